"""The box: what setting one up costs, and each command over a plain subprocess (DESIGN §6)."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from cab_check.sandbox import choose, open_box
from cab_check.sandbox.box import BoxSpec
from cab_check.settings import BoxLimits, Isolation
from tests.bench.row import Row

_RUNS = 40


def measure() -> list[Row]:
    """Time `true` in a fresh box, in a box that is up, and as a plain subprocess; medians."""
    level = choose(Isolation.AUTO)
    first, later, plain = asyncio.run(_times(level))
    return [
        Row(f"box set-up and first command ({level})", first - plain, "ms", "<= 50 ms"),
        Row(f"each command over a subprocess ({level})", later - plain, "ms", "<= 10 ms"),
    ]


async def _times(level: Isolation) -> tuple[float, float, float]:
    firsts: list[float] = []
    laters: list[float] = []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "work").mkdir()
            spec = BoxSpec(root=root, cwd=root / "work", isolation=level, limits=BoxLimits())
            async with open_box(spec) as box:
                firsts.append(await _timed(box.run(("true",), 10.0)))
                laters += [await _timed(box.run(("true",), 10.0)) for _ in range(_RUNS // 5)]
    plains = [await _timed(_plain()) for _ in range(_RUNS)]
    return statistics.median(firsts), statistics.median(laters), statistics.median(plains)


async def _plain() -> None:
    process = await asyncio.create_subprocess_exec("true")
    await process.wait()


async def _timed(awaitable: object) -> float:
    began = time.perf_counter()
    await awaitable  # type: ignore[misc]
    return (time.perf_counter() - began) * 1000

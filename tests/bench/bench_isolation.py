"""The box at each level: set-up, each command over a subprocess, memory (DESIGN §6)."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.errors import MachineError
from cab_check.sandbox import choose, open_box
from cab_check.sandbox.box import BoxSpec
from cab_check.sandbox.inside.processes import table
from cab_check.settings import BoxLimits, Isolation
from tests.bench.row import Row

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from cab_check.sandbox.inside.processes import Row as Process

_RUNS = 40
_LEVELS = (Isolation.NAMESPACES, Isolation.BUBBLEWRAP, Isolation.LANDLOCK, Isolation.NONE)


def measure() -> list[Row]:
    """Time `true` in a fresh box, in a box that is up, and as a plain subprocess; medians."""
    rows: list[Row] = []
    for level in _LEVELS:
        try:
            choose(level)
        except MachineError as error:
            print(f"not run: {error.message}", file=sys.stderr)
            continue
        rows += asyncio.run(_of_level(level))
    return rows


async def _of_level(level: Isolation) -> list[Row]:
    firsts: list[float] = []
    laters: list[float] = []
    sizes: list[float] = []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "work").mkdir()
            spec = BoxSpec(root=root, cwd=root / "work", isolation=level, limits=BoxLimits())
            before = table().keys()
            async with open_box(spec) as box:
                firsts.append(await _timed(box.run(("true",), 10.0)))
                laters += [await _timed(box.run(("true",), 10.0)) for _ in range(_RUNS // 5)]
                sizes.append(_mib_of_idle_box(before))
    plain = statistics.median([await _timed(_plain()) for _ in range(_RUNS)])
    first, later = statistics.median(firsts) - plain, statistics.median(laters) - plain
    return [
        Row(f"box set-up and first command ({level})", first, "ms", "<= 50 ms"),
        Row(f"each command over a subprocess ({level})", later, "ms", "<= 10 ms"),
        Row(f"PSS of an idle box ({level})", statistics.median(sizes), "MiB", "not fixed"),
    ]


def _mib_of_idle_box(before: Collection[int]) -> float:
    """Add up the proportional memory of what descends from this process and was not there."""
    rows, kib = table(), 0
    for pid in rows:
        if pid not in before and _descends(pid, rows):
            try:
                text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            except OSError:  # it closes its memory to others of its user, unless they are root
                return float("nan")
            kib += sum(int(s.split()[1]) for s in text.splitlines() if s.startswith("Pss:"))
    return kib / 1024


def _descends(pid: int, rows: Mapping[int, Process]) -> bool:
    while pid in rows:
        if pid == os.getpid():
            return True
        pid = rows[pid].parent
    return False


async def _plain() -> None:
    process = await asyncio.create_subprocess_exec("true")
    await process.wait()


async def _timed(awaitable: object) -> float:
    began = time.perf_counter()
    await awaitable  # type: ignore[misc]
    return (time.perf_counter() - began) * 1000

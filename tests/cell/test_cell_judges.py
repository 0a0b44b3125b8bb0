"""Judges: a right answer is judged once a run, and no more judge at once than there is room for."""

from __future__ import annotations

import asyncio
import dataclasses
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cab_check.cell import Judges, run_cell
from cab_check.sandbox import open_box
from cab_check.tasks import catalog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from cab_check.cell import Bench
    from cab_check.sandbox.box import Box, BoxSpec
    from cab_check.trace import Progress

    BenchFor = Callable[..., AbstractAsyncContextManager[Bench]]

TASK = "polyglot/python-reverse-string"


class Crowd:
    """Watches so many cells; a judge's box stays open until all of them have come to their end.

    It also waits until so many judges were under way together as `least`.
    """

    def __init__(self, cells: int, least: int = 1) -> None:
        self.cells = cells
        self._least = least
        self.judged = self.under_way = self.most = 0
        self._came = 0
        self._all_came, self._enough = asyncio.Event(), asyncio.Event()

    def __call__(self, progress: Progress) -> None:
        """Hear what a cell does."""
        if progress.action == "looking at what changed":
            self._came += 1
            if self._came == self.cells:
                self._all_came.set()
        elif progress.action == "verifying":
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            if self.most >= self._least:
                self._enough.set()

    @asynccontextmanager
    async def open_box(self, spec: BoxSpec) -> AsyncIterator[Box]:
        """Open a real box."""
        async with open_box(spec) as box:
            yield box
        if spec.root.name == "judge":
            await self._all_came.wait()
            await self._enough.wait()
            for _ in range(50):
                await asyncio.sleep(0)  # whoever may begin to verify does so now
            self.judged += 1
            self.under_way -= 1


async def _run(bench: Bench, crowd: Crowd) -> None:
    bench = dataclasses.replace(bench, open_box=crowd.open_box, watcher=crowd)
    task = catalog.find(TASK)
    await asyncio.gather(*(run_cell(task, bench) for _ in range(crowd.cells)))


@pytest.mark.parametrize("at_once", [1, 2])
async def test_no_more_verifiers_run_at_once_than_there_is_room_for(
    bench_for: BenchFor, at_once: int
) -> None:
    """Three cells come to their end together: the others are told to wait until one is through."""
    crowd = Crowd(3, at_once)
    async with bench_for(f"oracle:{TASK}", judges=Judges(at_once)) as bench:
        await _run(bench, crowd)
    assert crowd.most == at_once
    assert crowd.judged == 3


async def test_cells_that_fail_together_let_the_right_answer_be_judged_once(
    bench_for: BenchFor,
) -> None:
    """Three that do nothing: their three verifiers, and one for the right answer."""
    crowd = Crowd(3)
    async with bench_for(f"noop:{TASK}", judges=Judges(4)) as bench:
        await _run(bench, crowd)
    assert crowd.judged == 4


async def test_what_was_cancelled_or_failed_is_asked_again() -> None:
    """The next one that wants to know asks itself, and what it heard is kept."""
    judges, root = Judges(), Path("task")
    asked: list[str] = []

    async def hang() -> str | None:
        asked.append("hangs")
        await asyncio.Event().wait()
        return None

    async def fail() -> str | None:
        asked.append("fails")
        raise OSError("no room on the disk")

    async def answer() -> str | None:
        asked.append("answers")
        return "exit code 1"

    first = asyncio.create_task(judges.once(root, hang))
    second = asyncio.create_task(judges.once(root, fail))
    third = asyncio.create_task(judges.once(root, answer))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first, second, third})
    assert first.cancelled()
    assert isinstance(second.exception(), OSError)
    assert third.result() == await judges.once(root, hang) == "exit code 1"
    assert asked == ["hangs", "fails", "answers"]
    judges.trust(root)
    assert await judges.once(root, hang) is None

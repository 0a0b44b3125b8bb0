"""Many cells on one event loop: as many at once as was asked for, never losing one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from cab_check.cell import check_judges, left_out, of_lack, run_cell
from cab_check.endpoint.faults import UNREACHED, Party, as_error
from cab_check.errors import ExitCode, worst
from cab_check.store import StoreError
from cab_check.sweep.lanes import Lane, Queue
from cab_check.verdict import Status, Verdict, exit_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.cell import Bench, CellResult
    from cab_check.errors import CabError
    from cab_check.sweep.lanes import Start
    from cab_check.sweep.plan import Cell
    from cab_check.trace import Progress, Watcher

__all__ = ["Onlooker", "SweepResult", "run_sweep"]

_GONE = 3  # cells in a row, each with all of its attempts: the engine is not just starting again


@dataclass(frozen=True, slots=True)
class SweepResult:
    """The exit code of all cells together.

    `ended_by` is what ended the run, or a target of it, before its last cell was through;
    `halted_by` what ended the run: Ctrl-C, or a budget.
    """

    exit_code: ExitCode
    ended_by: CabError | None = None
    halted_by: str | None = None


class Onlooker(Protocol):
    """Whoever shows the cells of a run, and keeps what is wanted of them."""

    def started(self, cell: Cell) -> Watcher | None:
        """Hear that a cell begins; return who watches it."""
        ...

    def finished(self, cell: Cell, result: CellResult) -> None:
        """Hear of a cell as soon as it is on disk, also of one that was not run."""
        ...


async def run_sweep(
    cells: Sequence[Cell], benches: Sequence[Bench], onlooker: Onlooker, *, jobs: int = 1
) -> SweepResult:
    """Run the cells, at most `jobs` at once; `benches` are the targets, in the plan's order.

    The first turn of a target's first cell goes alone; its other cells start when that was
    answered, each when the one before is under way. A fatal fault (key, model, address, tools)
    ends its target, at that turn as well as later, and so do a rate limit that nobody waits out
    (see Gate) and an endpoint that several cells in a row no longer reach; a halt (Ctrl-C, a
    budget) ends the run, and what a cell lacked of this machine lets no other begin: so does a
    store that can keep no more, unless it never could. The cells left are recorded as not run.
    Nothing of a cell is held on to once `onlooker` has heard of it.
    """
    lanes = tuple(Lane(replace(bench, jobs=jobs)) for bench in benches)
    await check_judges(tuple({cell.task.id: cell.task for cell in cells}.values()), benches[0])
    queue = Queue(cells, lanes)
    run = _Run(queue, lanes, onlooker, keeps=_keeps(benches[0]))
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(jobs, len(cells))):
                group.create_task(run.work())
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None  # what one cell raised is told as if it were alone
    halt = benches[0].interrupted
    code = exit_code(halt.verdict, None)
    if halt.is_set() and halt.verdict.fault is not Party.BUDGET:
        run.codes.add(code)
    faults = [lane.fault for lane in lanes if lane.fault is not None]
    return SweepResult(
        exit_code=worst(run.codes),
        ended_by=run.lack or (as_error(faults[0]) if faults else None),
        # a cap that is reached with the last answer of the last cell has ended nothing
        halted_by=halt.verdict.evidence if halt.is_set() and code in run.codes else None,
    )


class _Run:
    """What the workers of one sweep share."""

    def __init__(
        self, queue: Queue, lanes: tuple[Lane, ...], onlooker: Onlooker, *, keeps: bool
    ) -> None:
        self.codes: set[ExitCode] = set()
        self.lack: CabError | None = None
        self._queue = queue
        self._lanes = lanes
        self._keeps = keeps
        self._onlooker = onlooker

    async def work(self) -> None:
        """Take one cell after another."""
        while (start := await self._queue.next()) is not None:
            try:
                result = await self._run(start)
            finally:
                self._queue.under_way(start)
            self.codes.add(_code(result))
            self._onlooker.finished(start.cell, result)
            del result

    async def _run(self, start: Start) -> CellResult:
        cell, lane = start.cell, start.lane
        bench = replace(lane.bench, repeat=cell.repeat, sweep_cell=cell.key)
        halt = bench.interrupted
        _ends_at_gate(lane)
        if halt.is_set() and any(each.answered for each in self._lanes):
            lane.stop = lane.stop or _not_run(halt.verdict)
        if lane.stop is not None:
            await asyncio.sleep(0)  # there may be thousands: a second Ctrl-C is heard in between
            return left_out(cell.task, bench, lane.stop, lane.fault)
        watcher = self._watcher(start, self._onlooker.started(cell))
        try:
            result = await run_cell(cell.task, replace(bench, watcher=watcher))
            _ends_lane(lane, result)
            self._ends_all(result)
        finally:
            self._answered(lane)
        return result

    def _ends_all(self, result: CellResult) -> None:
        """Let no cell begin any more where this one lacked what the others would lack as well."""
        lack = result.lack or (result.store_error if self._keeps else None)
        if lack is None:
            return
        self.lack = self.lack or lack
        for lane in self._lanes:
            lane.stop = lane.stop or _not_run(of_lack(lack))

    def _watcher(self, start: Start, shown: Watcher | None) -> Watcher:
        """Watch for the first turn, and for the first answer: with the second turn it has come."""

        def watch(progress: Progress) -> None:
            if progress.turn > 0:
                self._queue.under_way(start)
            if progress.tokens is not None or progress.turn > 1:
                self._answered(start.lane)
            if shown is not None:
                shown(progress)

        return watch

    def _answered(self, lane: Lane) -> None:
        if not lane.answered:
            lane.answered = True
            self._queue.changed()


def _keeps(bench: Bench) -> bool:
    """Say whether the store can keep runs: who was told that it cannot wants the scores alone."""
    try:
        bench.store.check()
    except StoreError:
        return False
    return True


def _code(result: CellResult) -> ExitCode:
    code = exit_code(result.run.record.verdict, result.fault)
    code = code if result.lack is None else result.lack.exit_code
    return code if result.store_error is None else worst((code, ExitCode.MACHINE))


def _ends_lane(lane: Lane, result: CellResult) -> None:
    """Take note when this cell's end is the end of all on its target."""
    verdict, fault = result.run.record.verdict, result.fault
    gone = fault is not None and fault.kind in UNREACHED
    lane.unreached = lane.unreached + 1 if gone else 0
    if fault is None or verdict.fault is None:
        return
    if fault.fatal or lane.unreached >= _GONE:
        lane.stop, lane.fault = _not_run(verdict), fault


def _ends_at_gate(lane: Lane) -> None:
    """Take note when the endpoint wants to be left alone for longer than anybody waits."""
    limit = lane.bench.client.line.gate.shut_by
    if lane.stop is None and limit is not None:
        lane.fault = limit
        lane.stop = Verdict(
            status=Status.NOT_SCORED,
            fault=limit.party,
            evidence=f"not run: {limit.message}",
            hint="wait that long, then let `cab check --resume` with --retry-unscored run the rest",
        )


def _not_run(verdict: Verdict) -> Verdict:
    return replace(verdict, evidence=f"not run: {verdict.evidence}")

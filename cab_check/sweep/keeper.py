"""Keeper: what a sweep leaves on disk while it runs, and what of it is there already."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cab_check.errors import CabError
from cab_check.record import SpentRecord, summarise
from cab_check.store import StoreError
from cab_check.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from cab_check.cell import CellResult
    from cab_check.errors import ExitCode
    from cab_check.record import CellSummary, Gate, SweepRecord
    from cab_check.store import Store, SweepDir
    from cab_check.sweep.budget import Spent
    from cab_check.sweep.engine import SweepResult
    from cab_check.sweep.plan import Cell


class Keeper:
    """Keeps a sweep: its record, and each cell as soon as that has come to an end.

    Without a directory (a single cell, a store that cannot keep) it only summarises. `failed` is
    what kept the sweep from being kept whole.
    """

    def __init__(self, record: SweepRecord, directory: SweepDir | None) -> None:
        self.record = record
        self.cells: dict[str, CellSummary] = {}
        self.failed: StoreError | None = None
        self._directory = directory

    def begin(self, done: Sequence[CellSummary] = ()) -> None:
        """Write the plan; `done` are cells of an earlier start."""
        self.cells.update({cell.key: cell for cell in done})
        self._write(self.record)

    def keep(self, cell: Cell, result: CellResult) -> CellSummary:
        """Keep one cell that was reported on; it is on the disk when this returns."""
        directory = result.run.directory
        summary = summarise(
            result.run.record,
            number=cell.number,
            target=cell.target,
            run=None if directory is None else directory.name,
            left_out=result.left_out,
        )
        self.cells[summary.key] = summary
        if self._directory is not None:
            try:
                self._directory.add(summary)
            except StoreError as error:
                self.failed = error
        return summary

    def end(self, result: SweepResult, spent: Spent, ended_at: datetime) -> None:
        """Write the record once more, with what it came to."""
        self.record = replace(
            self.record,
            ended_at=ended_at,
            exit_code=int(result.exit_code),
            ended_by=result.ended_by.message if result.ended_by else result.halted_by,
            spent=_added(self.record.spent, spent),
        )
        self._write(self.record)

    def judged(self, gates: tuple[Gate, ...], exit_code: ExitCode) -> None:
        """Write what the gates made of it, and the exit code that counts."""
        self.record = replace(self.record, gates=gates, exit_code=int(exit_code))
        self._write(self.record)

    def in_order(self) -> tuple[CellSummary, ...]:
        """Return the cells in the order of the plan."""
        return tuple(sorted(self.cells.values(), key=lambda cell: cell.number))

    def _write(self, record: SweepRecord) -> None:
        if self._directory is None:
            return
        try:
            self._directory.write(record)
        except StoreError as error:
            self.failed = error


def finished(
    store: Store, sweep: SweepDir, cells: Sequence[Cell], *, again: bool
) -> tuple[tuple[CellSummary, ...], tuple[str, ...]]:
    """Return the planned cells that an earlier start has brought to an end, and what to say.

    A cell whose run is on disk, but which the sweep was killed before noting, counts and is noted.
    `again` leaves out those that were not scored, so that they are run once more.
    """
    notes = [note] if (note := sweep.repair()) is not None else []
    kept = sweep.cells()
    notes.extend(kept.notes)
    by_key = {cell.key: cell for cell in cells}
    done = {cell.key: cell for cell in kept.cells if cell.over and cell.key in by_key}
    for summary in _unnoted(store, sweep, by_key, frozenset(done)):
        sweep.add(summary)
        notes.append(f"{summary.task}: its run {summary.run} had ended and is counted")
        done[summary.key] = summary
    if again:
        done = {key: cell for key, cell in done.items() if cell.status is Status.SCORED}
    return tuple(done.values()), tuple(notes)


def _unnoted(
    store: Store, sweep: SweepDir, by_key: dict[str, Cell], done: frozenset[str]
) -> Iterator[CellSummary]:
    began = sweep.read().started_at
    for run_dir in store.runs_since(began):
        try:
            record = store.read(run_dir).record
        except CabError:
            continue  # it was killed before it had a record, or is damaged: it is run again
        identity = record.identity
        cell = by_key.get(identity.sweep_cell or "")
        if identity.sweep_id != sweep.name or cell is None or cell.key in done:
            continue
        summary = summarise(
            record, number=cell.number, target=cell.target, run=run_dir.name, left_out=False
        )
        if summary.over:
            yield summary


def _added(before: SpentRecord | None, spent: Spent) -> SpentRecord:
    """Add what this start has spent to what earlier ones had."""
    before = before or SpentRecord(requests=0, tokens=0, cost=None, unpriced=0, uncounted=0)
    costs = [cost for cost in (before.cost, spent.cost) if cost is not None]
    return SpentRecord(
        requests=before.requests + spent.requests,
        tokens=before.tokens + spent.tokens,
        cost=sum(costs) if costs else None,
        unpriced=before.unpriced + spent.unpriced,
        uncounted=before.uncounted + spent.uncounted,
    )

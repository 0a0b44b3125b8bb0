"""Keeper: what a sweep leaves on disk while it runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cab_check.errors import ExitCode, worst
from cab_check.store import StoreError, SweepDir
from cab_check.sweep.recording import summary_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cab_check.cell import CellResult
    from cab_check.record import CellSummary, Gate, SpentRecord, SweepRecord
    from cab_check.sweep.engine import SweepResult
    from cab_check.sweep.kept import Kept
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
        self._spent = None if directory is None else directory.spent

    def begin(self, kept: Kept) -> None:
        """Write the plan, mend what was damaged, and note what a kill left unnoted."""
        self.cells.update({cell.key: cell for cell in kept.done})
        self._write(self.record)
        self._to_disk(SweepDir.mend)
        for cell in kept.unnoted:
            self._add(cell)

    def keep(self, cell: Cell, result: CellResult) -> CellSummary:
        """Keep one cell that was reported on; it is on the disk when this returns.

        One whose run is not there is none that is over: it is run when the sweep is resumed, if
        there is one to go on with.
        """
        place, record = result.run.directory, result.run.record
        summary = summary_of(cell, record, None if place is None else place.name, result.fault)
        summary = replace(summary, over=summary.over and (place is not None or not self.kept))
        self.cells[summary.key] = summary
        self._add(summary)
        return summary

    def spend(self, spent: SpentRecord) -> None:
        """Write down what was spent, as it is spent."""
        if self._spent is not None:
            self._spent.write(spent)
            self.failed = self.failed or self._spent.failed

    def end(self, result: SweepResult, spent: SpentRecord, ended_at: datetime) -> ExitCode:
        """Write the record once more, with what it came to; return the exit code of all cells."""
        earlier = {ExitCode(c.exit_code) for c in self.cells.values() if c.exit_code is not None}
        code = worst({result.exit_code, *earlier})
        self.record = replace(
            self.record,
            ended_at=ended_at,
            exit_code=int(code),
            ended_by=result.ended_by.message if result.ended_by else result.halted_by,
            spent=spent,
        )
        self._write(self.record)
        if self._spent is not None:
            self._spent.close()
        return code

    def judged(self, gates: tuple[Gate, ...], exit_code: ExitCode) -> None:
        """Write what the gates made of it, and the exit code that counts."""
        self.record = replace(self.record, gates=gates, exit_code=int(exit_code))
        self._write(self.record)

    @property
    def kept(self) -> bool:
        """Say whether there is a directory to go on with."""
        return self._directory is not None

    def in_order(self) -> tuple[CellSummary, ...]:
        """Return the cells in the order of the plan."""
        return tuple(sorted(self.cells.values(), key=lambda cell: cell.number))

    def _add(self, summary: CellSummary) -> None:
        self._to_disk(lambda directory: directory.add(summary))

    def _write(self, record: SweepRecord) -> None:
        self._to_disk(lambda directory: directory.write(record))

    def _to_disk(self, write: Callable[[SweepDir], None]) -> None:
        """Let something be written, if there is a directory; what hinders that is `failed`."""
        if self._directory is not None:
            try:
                write(self._directory)
            except StoreError as error:
                self.failed = error

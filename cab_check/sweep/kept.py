"""What earlier starts of a sweep have left on disk: which cells are over, and what was spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.errors import CabError
from cab_check.record import RecordError
from cab_check.store import read_head
from cab_check.sweep.budget import NOTHING
from cab_check.sweep.recording import summary_of
from cab_check.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cab_check.record import CellSummary, SpentRecord, SweepRecord
    from cab_check.store import RunDir, Store, SweepDir
    from cab_check.sweep.plan import Cell

_NAMED = 5
_END = b"}\n"  # of a record that was not cut


@dataclass(frozen=True, slots=True)
class Kept:
    """What is there: the cells that are over, `unnoted` among them, what to say, what was spent.

    The runs of `unnoted` had ended when the sweep was killed before it noted them.
    """

    done: tuple[CellSummary, ...] = ()
    unnoted: tuple[CellSummary, ...] = ()
    notes: tuple[str, ...] = ()
    spent: SpentRecord = NOTHING


def read_kept(
    store: Store, sweep: SweepDir, record: SweepRecord, cells: Sequence[Cell], *, again: bool
) -> Kept:
    """Look for the planned cells that earlier starts have brought to an end; writes nothing.

    Only a cell whose run is there counts. `again` leaves out those that were not scored, so that
    they are run once more.
    """
    noted = sweep.cells()
    notes = list(noted.notes)
    by_key = {cell.key: cell for cell in cells}
    over = [cell for cell in noted.cells if cell.over and cell.key in by_key]
    done = {cell.key: cell for cell in over if cell.run and _sweep_of(store.run(cell.run))}
    notes.extend(_gone([cell for cell in over if cell.key not in done]))
    left = {key: cell for key, cell in by_key.items() if key not in done}
    unnoted = tuple(_unnoted(store, record, left, noted.runs)) if left else ()
    notes.extend(_counted(unnoted))
    done.update({cell.key: cell for cell in unnoted})
    if again:
        done = {key: cell for key, cell in done.items() if cell.status is Status.SCORED}
    spent = sweep.spent.read() or record.spent
    if spent is None and (done or noted.cells):
        notes.append("what earlier starts have spent is not known: caps count from here")
    return Kept(tuple(done.values()), unnoted, tuple(notes), spent or NOTHING)


def _gone(cells: Sequence[CellSummary]) -> Iterator[str]:
    for cell in cells[:_NAMED]:
        what = (
            f"its run {cell.run} is gone, or damaged" if cell.run else "its run could not be kept"
        )
        yield f"{cell.task} #{cell.repeat}: {what}; it is run again"
    if len(cells) > _NAMED:
        yield f"{len(cells) - _NAMED:,} cells more whose runs are not there; they are run again"


def _counted(cells: Sequence[CellSummary]) -> Iterator[str]:
    for cell in cells[:_NAMED]:
        yield f"{cell.task} #{cell.repeat}: its run {cell.run} had ended and is counted"
    if len(cells) > _NAMED:
        yield f"{len(cells) - _NAMED:,} cells more whose runs had ended; they are counted"


def _unnoted(
    store: Store, record: SweepRecord, left: Mapping[str, Cell], noted: frozenset[str]
) -> Iterator[CellSummary]:
    found: set[str] = set()
    for run_dir in store.runs_since(record.started_at):
        if run_dir.name in noted or _sweep_of(run_dir) != record.sweep_id:
            continue
        try:
            run = store.read(run_dir).record
        except CabError:
            continue  # it was killed before it had a record, or is damaged: it is run again
        cell = left.get(run.identity.sweep_cell or "")
        if cell is None or cell.key in found:
            continue
        summary = summary_of(cell, run, run_dir.name)
        if summary.over:
            found.add(cell.key)
            yield summary


def _sweep_of(run_dir: RunDir) -> str | None:
    """Return which sweep a run says that it was of; None where that cannot be read."""
    try:
        head = read_head(run_dir)
        whole = run_dir.record_path.read_bytes().endswith(_END)
    except (OSError, RecordError):
        return None
    return None if head is None or not whole else head.sweep_id

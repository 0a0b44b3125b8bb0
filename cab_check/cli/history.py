"""What `cab runs list` and `cab runs show` do with what was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from cab_check.cli import output
from cab_check.errors import ExitCode, UsageError, worst
from cab_check.record import RecordError, record_to_json, result_json
from cab_check.report.listing import (
    Entry,
    SweepEntry,
    listing,
    listing_document,
    sweep_listing,
    sweep_listing_document,
)
from cab_check.store import UnreadableError, read_head, read_record, read_remains
from cab_check.verdict import exit_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cab_check.record import Sweep
    from cab_check.store import Run, RunDir, Store, SweepDir

Read = TypeVar("Read")


def list_runs(store: Store, *, limit: int | None, as_json: bool) -> ExitCode:
    """List the newest runs, a head of each read; a damaged one is in the list and says so."""
    found = store.runs()
    entries = [_entry(run) for run in found[:limit]]
    if as_json:
        output.emit_json(listing_document(entries, len(found)))
    elif not found:
        output.say(f"no run is kept in {store.folder}")
    else:
        output.emit("\n".join(listing(entries, len(found))))
    return ExitCode.PASSED


def list_sweeps(store: Store, *, limit: int | None, as_json: bool) -> ExitCode:
    """List the sweeps that are kept, the newest first; a damaged one says so."""
    entries = [_sweep_entry(sweep) for sweep in store.sweeps()[:limit]]
    if as_json:
        output.emit_json(sweep_listing_document(entries))
    elif not entries:
        output.say(f"no sweep is kept in {store.sweeps_folder}")
    else:
        output.emit("\n".join(sweep_listing(entries)))
    return ExitCode.PASSED


def _sweep_entry(sweep: SweepDir) -> SweepEntry:
    try:
        return SweepEntry(sweep.name, sweep.whole())
    except UsageError:
        return SweepEntry(sweep.name, None)


def _entry(run: RunDir) -> Entry:
    try:
        head = read_head(run)
    except (OSError, RecordError):
        return Entry(run.name, None, "damaged")
    return Entry(run.name, head, "" if head is not None else "cut off")


def show(store: Store, text: str | None, *, verbose: bool, as_json: bool, published: bool) -> int:
    """Show a run, or a sweep, as it was shown when it ended; what is left of a damaged one."""
    sweep = store.named_sweep(text)
    if sweep is not None:
        _show_sweep(store, sweep, verbose=verbose, as_json=as_json, published=published)
        return ExitCode.PASSED
    chosen = store.select(text)
    try:
        runs = [store.read(each) for each in chosen]
    except UnreadableError as error:
        if as_json or len(chosen) > 1:
            raise
        from cab_check.report.remnant import remnant  # noqa: PLC0415 - seldom needed

        output.emit_rich(remnant(read_remains(chosen[0], error.message)))
        return output.report(error, as_json=False)
    if as_json:
        _emit_json(runs)
    else:
        _emit(runs, verbose=verbose, published=published)
    return ExitCode.PASSED


def _show_sweep(
    store: Store, sweep: SweepDir, *, verbose: bool, as_json: bool, published: bool
) -> None:
    """Show a sweep by its own record; its runs are read where they are asked for."""
    whole = sweep.whole()
    for note in sweep.cells().notes:
        output.say(f"note: {note}")
    if as_json:
        records = list(_readable(sweep, whole, read_record))
        output.emit_json(result_json(records, _code(whole), None, sweep=whole))
        return
    from cab_check.report.sweep import sweep_summary  # noqa: PLC0415 - rich
    from cab_check.report.terminal import as_published  # noqa: PLC0415 - rich

    output.emit_rich(sweep_summary(whole, verbose=verbose))
    for run in _readable(sweep, whole, store.read) if published else ():
        output.emit_rich(as_published(run, of_many=True))


def _readable(sweep: SweepDir, whole: Sweep, read: Callable[[RunDir], Read]) -> Iterator[Read]:
    for cell in whole.cells:
        try:
            if cell.run is not None:
                yield read(sweep.run(cell.run))
        except UnreadableError as error:
            output.say(f"note: {cell.key} is not among the runs: {error.message}")


def _code(sweep: Sweep) -> ExitCode:
    """Return the exit code that a sweep ended with; one that has not ended was interrupted."""
    code = sweep.record.exit_code
    return ExitCode.INTERRUPTED if code is None else ExitCode(code)


def _emit_json(runs: Sequence[Run]) -> None:
    if len(runs) == 1:
        output.emit_json(record_to_json(runs[0].record))
        return
    records = [run.record for run in runs]
    code = worst(exit_code(record.verdict, None) for record in records)
    output.emit_json(result_json(records, code, None))


def _emit(runs: Sequence[Run], *, verbose: bool, published: bool) -> None:
    from cab_check.report.terminal import as_published, scorecard, summary  # noqa: PLC0415 - rich

    if len(runs) > 1:
        output.emit_rich(summary(runs))
    else:
        output.emit_rich(scorecard(runs[0], verbose=verbose))
    if published:
        for run in runs:
            output.emit_rich(as_published(run, of_many=len(runs) > 1))


def compare_runs(store: Store, first: str, second: str, *, as_json: bool) -> ExitCode:
    """Lay two runs or two sweeps next to each other."""
    from cab_check.report.compared import compared, comparison_document  # noqa: PLC0415 - rich
    from cab_check.report.comparison import compare  # noqa: PLC0415 - the same

    sides = [_side(store, text) for text in (first, second)]
    comparison = compare(sides[0], sides[1])
    if as_json:
        output.emit_json(comparison_document(comparison))
    else:
        output.emit_rich(compared(comparison))
    return ExitCode.PASSED


def _side(store: Store, text: str) -> list[Run]:
    """Read the runs that are compared; of a sweep that is a part it is said."""
    sweep = store.named_sweep(text)
    if sweep is not None and (said := sweep.whole().extent.sentence):
        output.say(f"note: {text}: {said}")
    runs = [store.read(each) for each in store.select(text)]
    if not runs:
        raise UsageError(f"{text}: none of its runs is there", hint="run its cells: --resume")
    return runs

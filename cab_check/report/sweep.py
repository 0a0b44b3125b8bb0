"""A sweep as a person reads it: a line a cell while it runs, then what all came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.console import Group
from rich.text import Text

from cab_check.chance import Share
from cab_check.endpoint.faults import Party
from cab_check.record import groups
from cab_check.report.citation import carried
from cab_check.report.flag import sweep_flag
from cab_check.report.layout import Ends, Line, said, section
from cab_check.report.sweep_table import LEGEND, GroupTable, common_k
from cab_check.report.wording import counted, seconds
from cab_check.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from cab_check.record import CellSummary, Sweep, SweepRecord
    from cab_check.trace import Progress

_NAMED = 8
_OUTCOME = 12
_NARROWEST = 20


def outcome_word(cell: CellSummary) -> str:
    """Return a cell's outcome in words."""
    if cell.passed:
        return "PASSED"
    return "FAILED" if cell.status is Status.SCORED else "NOT SCORED"


def finished_line(cell: CellSummary, names: Sequence[str]) -> str:
    """Return the one line of a cell that has come to its end: outcome, fault, figures, retries."""
    word = outcome_word(cell) + ("" if cell.fault is None else f" ({cell.fault})")
    target = f" · {names[cell.target]}" if len(names) > 1 else ""
    tokens = "tokens not recorded" if cell.tokens is None else f"{cell.tokens:,} tokens"
    text = (
        f"{word} {cell.task} #{cell.repeat}{target} · {seconds(cell.wall_s)}, "
        f"{counted(cell.turns, 'turn')}, {tokens}"
    )
    retried = [name for name in cell.accommodations if name.startswith("retried-")]
    seen = [] if cell.status is Status.SCORED else [cell.evidence]
    return " · ".join((text, *retried, *seen))


def running_lines(
    running: Sequence[tuple[str, str, Progress | None]], columns: int
) -> Iterator[str]:
    """Yield the table of the cells under way: cell, target where there are several, progress.

    Names fill at most half of the columns, as the figures tell more.
    """
    cell, target = _widths(running, max(columns // 2, _NARROWEST))
    head = f"{'cell':<{cell}}" + (f"  {'target':<{target}}" if target else "")
    yield f"   {head}   turn   tokens  state"
    for name, where, progress in running:
        names = _fitted(name, cell) + (f"  {_fitted(where, target)}" if target else "")
        turn = f"{progress.turn}/{progress.max_turns}" if progress and progress.turn else "-"
        tokens = "-" if progress is None or progress.tokens is None else f"{progress.tokens:,}"
        state = "starting" if progress is None else " ".join(progress.action.split())
        yield f"   {names}  {turn:>5}  {tokens:>7}  {state}"


def _widths(running: Sequence[tuple[str, str, Progress | None]], room: int) -> tuple[int, int]:
    """Return the columns for cells and targets together; of targets 0 where none is named."""
    cell = max(cell_len(name) for name, _, _ in running)
    target = max(cell_len(where) for _, where, _ in running)
    if not target:
        return min(cell, room), 0
    target = min(target, max(room // 2, room - cell))
    return min(cell, room - target), max(target, len("target"))


def _fitted(text: str, width: int) -> str:
    """Fill a text up to a width, or cut its middle: its ends tell it from others."""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    tail = text
    while cell_len(tail) > (width - 1) // 2:
        tail = tail[1:]
    return f"{set_cell_size(text, width - 1 - cell_len(tail))}…{tail}"


def totals_line(done: Sequence[CellSummary], cells: int, running: int) -> str:
    """Return the line above the table: how far the sweep has come."""
    passed = sum(cell.passed for cell in done)
    scored = sum(cell.status is Status.SCORED for cell in done)
    tokens = sum(cell.tokens or 0 for cell in done)
    text = f"{len(done)}/{cells} cells · {running} under way · passed {passed} of {scored} scored"
    if len(done) > scored:
        text += f" · {len(done) - scored} not scored"
    return f"{text} · {tokens:,} tokens"


def sweep_summary(sweep: Sweep, *, verbose: bool = False) -> RenderableType:
    """Return the summary of a sweep: `scored k of n` first, n beside every figure, no average.

    Without a second repeat each cell is told by itself, and tasks have no figures but with
    `verbose`.
    """
    alone = sweep.record.repeats == 1 and not verbose
    flag = sweep_flag(sweep.record)
    return Group(
        *_overview(sweep),
        *(_each(sweep) if alone else ()),
        *_counts(sweep),
        *(() if alone else _failed(sweep, verbose=verbose)),
        *_gates(sweep.record),
        *_tables(sweep, verbose=verbose, tasks=not alone),
        Text(""),
        *carried(flag),
    )


def _overview(sweep: Sweep) -> Iterator[RenderableType]:
    record, extent = sweep.record, sweep.extent
    flag = Text(sweep_flag(record).banner, style="bold")
    shard = f"shard {extent.shard} · " if extent.shard else ""
    yield Ends(flag, said(f"{shard}cab {record.cab_check}"))
    scored = [cell for cell in sweep.cells if cell.status is Status.SCORED]
    line = f"scored {len(scored):,} of {counted(extent.planned, 'cell')} · {_passes(scored)}"
    yield Line(Text(" "), Text(line, style="bold"))
    if extent.partial:
        yield Line(Text(" "), said(extent.sentence))
    yield Text("")


def _counts(sweep: Sweep) -> Iterator[RenderableType]:
    scored = [cell for cell in sweep.cells if cell.status is Status.SCORED]
    yield from _unscored(sweep.record, sweep.cells)
    yield from _refusals(scored)


def _each(sweep: Sweep) -> Iterator[RenderableType]:
    """Yield a line a cell: its outcome, and its figures or what was seen."""
    names = [target.name for target in sweep.record.targets]
    for cell in sweep.cells:
        on = f" · {names[cell.target]}" if len(names) > 1 else ""
        tokens = "tokens not recorded" if cell.tokens is None else f"{cell.tokens:,} tokens"
        figures = f"{counted(cell.turns, 'turn')}, {seconds(cell.wall_s)}, {tokens}"
        fault = "" if cell.fault is None else f"{cell.fault}: "
        told = figures if cell.passed else f"{fault}{cell.evidence}"
        label = Text(f"   {outcome_word(cell):<{_OUTCOME}}")
        yield Line(label, said(f"{cell.task}{on} · {told}"))
    yield Text("")


def _failed(sweep: Sweep, *, verbose: bool) -> Iterator[RenderableType]:
    """Name what failed, a line a task on a target, with what was seen first."""
    found: dict[str, list[CellSummary]] = {}
    names = [target.name for target in sweep.record.targets]
    scored = [cell for cell in sweep.cells if cell.status is Status.SCORED]
    for cell in scored:
        on = f" · {names[cell.target]}" if len(names) > 1 else ""
        found.setdefault(f"{cell.task}{on}", []).append(cell)
    lines = []
    for name, cells in found.items():
        failed = [cell for cell in cells if not cell.passed]
        if failed:
            lines.append(f"{name}, {len(failed)} of {len(cells)}: {failed[0].evidence}")
    shown = lines if verbose else lines[:_NAMED]
    for place, line in enumerate(shown):
        yield section("" if place else "Failed", said(line))
    if len(lines) > len(shown):
        yield section("", said(f"and {len(lines) - len(shown)} more: -v names them"))


def _gates(record: SweepRecord) -> Iterator[RenderableType]:
    for place, gate in enumerate(record.gates):
        yield section("" if place else "Gates", said(gate.sentence))


def _passes(scored: Sequence[CellSummary]) -> str:
    share = Share(sum(cell.passed for cell in scored), len(scored))
    if not share.n:
        return "nothing to rate"
    low, high = share.interval
    counts = f"passed {share.count:,} of {share.n:,}"
    return f"{counts} ({low:.1%} to {high:.1%}, Wilson 95 %)"


def _unscored(record: SweepRecord, cells: Sequence[CellSummary]) -> Iterator[RenderableType]:
    """Name what counts in no denominator, by whose fault it was; never silent."""
    unscored = [cell for cell in cells if cell.status is not Status.SCORED]
    faults = sorted({cell.fault for cell in unscored if cell.fault is not None})
    for place, fault in enumerate(faults):
        members = [cell for cell in unscored if cell.fault is fault]
        ours = " (a bug of ours)" if fault is Party.HARNESS else ""
        text = f"{len(members)} by {fault}{ours}: {members[0].evidence}"
        yield section("" if place else "Not scored", said(text))
    absent = len(record.plan) - len(cells)
    if absent:
        yield section("" if faults else "Not scored", said(f"{counted(absent, 'cell')} not run"))


def _refusals(scored: Sequence[CellSummary]) -> Iterator[RenderableType]:
    due = [cell for cell in scored if cell.refusal_due]
    undue = [cell for cell in scored if cell.refusal_due is False]
    for name, label, among in (("Refused", "where due", due), ("", "where not due", undue)):
        count = sum(bool(cell.refused) for cell in among)
        told = f"{count} of {len(among)}" if among else "no such task was scored"
        yield section(name, said(f"{label}: {told}"))


def _tables(sweep: Sweep, *, verbose: bool, tasks: bool) -> Iterator[RenderableType]:
    cells = sweep.cells
    if not cells:
        return
    k = common_k(cells)
    for title, members in groups(sweep.record, cells):
        if tasks or title != "task":
            yield Text("")
            yield GroupTable(title, members, k, verbose)
    yield Text("")
    yield Line(Text(" "), said(LEGEND, "dim"))
    yield Text("")
    yield from _ledger(cells)


def _ledger(cells: Sequence[CellSummary]) -> Iterator[RenderableType]:
    counts: dict[str, int] = {}
    for cell in cells:
        for name in cell.accommodations:
            counts[name] = counts.get(name, 0) + 1
    if not counts:
        yield section("Endpoint", said("no accommodation needed"))
    for place, (name, count) in enumerate(sorted(counts.items(), key=lambda item: -item[1])):
        yield section("" if place else "Endpoint", said(f"{name} in {count} of {len(cells)} cells"))

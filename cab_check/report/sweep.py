"""A sweep as a person reads it: a line a cell while it runs, then what all came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from cab_check.chance import Share
from cab_check.endpoint.faults import Party
from cab_check.report.citation import carried
from cab_check.report.flag import sweep_flag
from cab_check.report.layout import Ends, Line, said, section
from cab_check.report.wording import UNKNOWN, counted, seconds
from cab_check.statistics import pass_at_k, spread, stability
from cab_check.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rich.console import RenderableType

    from cab_check.record import CellSummary, SweepRecord
    from cab_check.statistics import Spread
    from cab_check.trace import Progress

_NAMED = 8


def outcome_word(cell: CellSummary) -> str:
    """Return a cell's outcome in words."""
    if cell.passed:
        return "PASSED"
    return "FAILED" if cell.status is Status.SCORED else "NOT SCORED"


def finished_line(cell: CellSummary, names: Sequence[str]) -> str:
    """Return the one line of a cell that has come to its end."""
    target = f" · {names[cell.target]}" if len(names) > 1 else ""
    text = f"{outcome_word(cell)} {cell.task} #{cell.repeat}{target}"
    if cell.status is not Status.SCORED:
        fault = f"{cell.fault}: " if cell.fault else ""
        return f"{text} · {fault}{cell.evidence}"
    tokens = f", {cell.tokens:,} tokens" if cell.tokens is not None else ", tokens not recorded"
    return f"{text} · {counted(cell.turns, 'turn')}, {seconds(cell.wall_s)}{tokens}"


def running_line(task: str, repeat: int, target: str, progress: Progress | None) -> str:
    """Return the one line of a cell that is under way."""
    text = f"   {task} #{repeat} · {target}"
    if progress is None:
        return text
    parts = [text]
    if progress.turn:
        parts.append(f"turn {progress.turn}/{progress.max_turns}")
    if progress.tokens is not None:
        parts.append(f"{progress.tokens:,} tokens")
    parts.append(" ".join(progress.action.split()))
    return " · ".join(parts)


def totals_line(done: Sequence[CellSummary], cells: int, running: int) -> str:
    """Return the line above the table: how far the sweep has come."""
    passed = sum(cell.passed for cell in done)
    scored = sum(cell.status is Status.SCORED for cell in done)
    tokens = sum(cell.tokens or 0 for cell in done)
    text = f"{len(done)}/{cells} cells · {running} under way · passed {passed} of {scored} scored"
    if len(done) > scored:
        text += f" · {len(done) - scored} not scored"
    return f"{text} · {tokens:,} tokens"


def sweep_summary(record: SweepRecord, cells: Sequence[CellSummary]) -> RenderableType:
    """Return the summary of a sweep: `scored k of n` first, n beside every figure, no average."""
    blank = Text("")
    return Group(
        *_overview(record, cells),
        blank,
        *_tables(record, cells),
        blank,
        *carried(sweep_flag(record)),
    )


def _overview(record: SweepRecord, cells: Sequence[CellSummary]) -> Iterator[RenderableType]:
    flag = Text(sweep_flag(record).banner, style="bold")
    shard = f"shard {record.shard}/{record.shards} · " if record.partial else ""
    yield Ends(flag, said(f"{shard}cab {record.cab_check}"))
    scored = [cell for cell in cells if cell.status is Status.SCORED]
    planned = counted(len(record.plan), "cell")
    line = f"scored {len(scored)} of {planned} · {_passes(scored)}"
    yield Line(Text(" "), Text(line, style="bold"))
    if record.partial:
        yield Line(Text(" "), said("this is a part: `cab runs merge` joins the shards"))
    if record.ended_by is not None:
        yield Line(Text(" "), said(f"ended early: {record.ended_by}"))
    yield Text("")
    yield from _unscored(record, cells)
    yield from _refusals(scored)


def _passes(scored: Sequence[CellSummary]) -> str:
    share = Share(sum(cell.passed for cell in scored), len(scored))
    if not share.n:
        return "nothing to rate"
    low, high = share.interval
    return f"passed {share.count} of {share.n} ({low:.0%} to {high:.0%}, Wilson 95 %)"


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


def _tables(record: SweepRecord, cells: Sequence[CellSummary]) -> Iterator[RenderableType]:
    names = [target.name for target in record.targets]
    groups: list[tuple[str, Callable[[CellSummary], str]]] = [
        ("Family", lambda cell: cell.family),
        ("Task", lambda cell: cell.task),
    ]
    if len(names) > 1:
        groups.insert(0, ("Target", lambda cell: names[cell.target]))
    for title, key in groups:
        yield Text("")
        yield Line(Text(" "), Text(f"By {title.lower()}", style="bold"))
        for value in sorted({key(cell) for cell in cells}):
            members = [cell for cell in cells if key(cell) == value]
            yield Line(said(f"   {value}  "), said(_row(members)))
    yield Text("")
    yield from _ledger(cells)


def _row(cells: Sequence[CellSummary]) -> str:
    """Return one group's figures; what is not scored is in no denominator."""
    scored = [cell for cell in cells if cell.status is Status.SCORED]
    parts = [_passes(scored)]
    by_cell = _repeats(scored)
    most = max((len(repeats) for repeats in by_cell), default=0)
    if most > 1:
        parts.append(_at_k(by_cell, most))
        steady = stability([[(c.passed, c.fault) for c in repeats] for repeats in _repeats(cells)])
        parts.append(f"stability {UNKNOWN if steady is None else f'{steady:.0%}'}")
    parts.append(f"wall {_spread(spread(c.wall_s for c in scored), 's', 1)}")
    parts.append(f"tokens {_spread(spread(c.tokens for c in scored), '', 0)}")
    parts.append(f"first token {_spread(spread(c.first_token_ms for c in scored), 'ms', 0)}")
    parts.append(f"speed {_spread(spread(c.tokens_per_s for c in scored), 'tokens/s', 0)}")
    if len(scored) < len(cells):
        parts.append(f"{len(cells) - len(scored)} not scored")
    return " · ".join(parts)


def _repeats(cells: Iterable[CellSummary]) -> list[list[CellSummary]]:
    found: dict[tuple[int, str], list[CellSummary]] = {}
    for cell in cells:
        found.setdefault((cell.target, cell.task), []).append(cell)
    return list(found.values())


def _at_k(by_cell: Sequence[Sequence[CellSummary]], most: int) -> str:
    """Return pass@k: the mean of the unbiased estimates, for the k that every task has."""
    k = min(len(repeats) for repeats in by_cell)
    if k <= 1:
        return f"pass@{most} {UNKNOWN} (a task has fewer scored repeats)"
    known = [pass_at_k(len(r), sum(c.passed for c in r), k) for r in by_cell]
    values = [value for value in known if value is not None]
    return f"pass@{k} {sum(values) / len(values):.3f} (n={len(values)})"


def _spread(found: Spread | None, unit: str, digits: int) -> str:
    if found is None:
        return "not recorded"
    low, middle, high = (f"{v:,.{digits}f}" for v in (found.low, found.median, found.high))
    text = middle if found.n == 1 else f"{middle} ({low} to {high})"
    return f"{text} {unit}".rstrip() + f" n={found.n}"


def _ledger(cells: Sequence[CellSummary]) -> Iterator[RenderableType]:
    counts: dict[str, int] = {}
    for cell in cells:
        for name in cell.accommodations:
            counts[name] = counts.get(name, 0) + 1
    if not counts:
        yield section("Endpoint", said("no accommodation needed"))
    for place, (name, count) in enumerate(sorted(counts.items(), key=lambda item: -item[1])):
        yield section("" if place else "Endpoint", said(f"{name} in {count} of {len(cells)} cells"))
        if place == _NAMED:
            break

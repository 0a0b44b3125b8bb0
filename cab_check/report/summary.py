"""The summary of many cells (SCORING): how many count, passes by family, two rates, no average."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.text import Text

from cab_check.report.flag import flag
from cab_check.report.layout import Ends, Line, said, section
from cab_check.report.wording import blame, counted, ending, outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from cab_check.record import RunRecord
    from cab_check.scorers.refusal import Refusal
    from cab_check.store import Run


def overview(runs: Sequence[Run]) -> Iterator[RenderableType]:
    """Yield the summary's parts; it opens with the flag and `scored k of n`."""
    records = [run.record for run in runs]
    yield Ends(
        Text(flag(records).banner, style="bold"),
        said(f"cab {records[0].versions.cab_check}" if records else ""),
    )
    yield Line(Text(" "), Text(scored_line(records), style="bold"))
    yield from _faults(records)
    yield Text("")
    for record in records:
        yield _cell(record)
    yield Text("")
    last = ""
    for name, text in rates(records):
        yield section("" if name == last else name, said(text))
        last = name


def _faults(records: Sequence[RunRecord]) -> Iterator[RenderableType]:
    """Yield whose fault it was that cells did not pass, on one line; nothing when all did."""
    counts = Counter((outcome(record)[0].lower(), record.verdict.fault) for record in records)
    parts = [f"{n} {word}: {fault}" for (word, fault), n in counts.items() if fault is not None]
    if parts:
        yield Line(Text(" "), Text(" · ".join(parts)))


def _cell(record: RunRecord) -> RenderableType:
    word, style = outcome(record)
    fill = " " * (13 - len(word))
    said_why = ending(record) if record.passed else blame(record)
    label = Text.assemble("   ", (word, style), fill)
    return Line(label, said(f"{record.identity.task} · {said_why}"))


def scored_line(records: Sequence[RunRecord], planned: int | None = None) -> str:
    """Return what every summary opens with: how many count, and how many of those passed.

    `planned` is how many cells there should be, if not these alone.
    """
    scored = [record for record in records if record.scored]
    passed = sum(record.passed for record in scored)
    count = f"scored {len(scored):,} of {counted(planned or len(records), 'cell')}"
    return f"{count} · passed {passed:,} of {len(scored):,}"


def rates(records: Sequence[RunRecord]) -> Iterator[tuple[str, str]]:
    """Yield passes by family and the two rates of refusing, each under its heading."""
    scored = [record for record in records if record.scored]
    for family in sorted({record.family for record in scored}):
        members = [record for record in scored if record.family == family]
        passed = sum(record.passed for record in members)
        yield "Families", f"{family}: passed {passed} of {len(members)}"
    axes = [record.axes.refusal for record in scored if record.axes is not None]
    due = [axis for axis in axes if axis.expected_refusal]
    undue = [axis for axis in axes if not axis.expected_refusal]
    produced = sum(axis.refusal == 1 for axis in due)
    marked = sum(bool(axis.marker_hits) for axis in undue)
    yield "Refused", f"where due: {_of(produced, due)}"
    yield "Refused", f"where not due: {_of(marked, undue)}"


def _of(count: int, among: Sequence[Refusal]) -> str:
    return f"{count} of {len(among)}" if among else "no such task was scored"

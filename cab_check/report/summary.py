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
    scored = [record for record in records if record.scored]
    yield Ends(
        Text(flag(records).banner, style="bold"),
        said(f"cab {records[0].versions.cab_check}" if records else ""),
    )
    passed = sum(record.passed for record in scored)
    count = f"scored {len(scored)} of {counted(len(records), 'cell')}"
    line = f"{count} · passed {passed} of {len(scored)}"
    yield Line(Text(" "), Text(line, style="bold"))
    yield from _faults(records)
    yield Text("")
    for record in records:
        yield _cell(record)
    yield Text("")
    yield from _rates(scored)


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


def _rates(scored: Sequence[RunRecord]) -> Iterator[RenderableType]:
    families = sorted({record.family for record in scored})
    for number, family in enumerate(families):
        members = [record for record in scored if record.family == family]
        passed = sum(record.passed for record in members)
        text = f"{family}: passed {passed} of {len(members)}"
        yield section("" if number else "Families", said(text))
    axes = [record.axes.refusal for record in scored if record.axes is not None]
    due = [axis for axis in axes if axis.expected_refusal]
    undue = [axis for axis in axes if not axis.expected_refusal]
    produced = sum(axis.refusal == 1 for axis in due)
    marked = sum(bool(axis.marker_hits) for axis in undue)
    yield section("Refused", Text(f"where due: {_of(produced, due)}"))
    yield section("", Text(f"where not due: {_of(marked, undue)}"))


def _of(count: int, among: Sequence[Refusal]) -> str:
    return f"{count} of {len(among)}" if among else "no such task was scored"

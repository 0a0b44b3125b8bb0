"""What happened when: a trace's spans and the waits between them, in lanes, as they are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from cab_check.report.wording import counted
from cab_check.trace import SpanKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.trace import Span


class Lane(StrEnum):
    """Who had the time, from the top of the timeline down."""

    CAB = "cab"
    MODEL = "model"
    TOOL = "tools"
    WAITING = "waiting"
    VERIFIER = "verifier"


LANES = {
    SpanKind.MODEL_CALL: Lane.MODEL,
    SpanKind.TOOL_CALL: Lane.TOOL,
    SpanKind.VERIFY: Lane.VERIFIER,
}
"""The lane of each kind of span; all others are cab's own."""
_PRECISION = ((10, "{0:.1f} ms"), (1000, "{0:.0f} ms"), (100_000, "{1:.2f} s"))


@dataclass(frozen=True, slots=True)
class Moment:
    """One bar: `start_ms` and `end_ms` from the trace's beginning, `span` None for a wait."""

    lane: Lane
    start_ms: float
    end_ms: float
    title: str
    span: Span | None


def moments(spans: Sequence[Span]) -> tuple[Moment, ...]:
    """Return every span, and every wait before a further attempt, in the order they began."""
    found = [moment for span in spans for moment in _of(span)]
    return tuple(sorted(found, key=lambda moment: moment.start_ms))


def end_ms(spans: Sequence[Span]) -> float:
    """Return when the last span ended; at least 1, so that a share of it can be told."""
    return max((span.start_ms + span.duration_ms for span in spans), default=0.0) or 1.0


def took(milliseconds: float) -> str:
    """Return a stretch of time as a reader takes it in: `3.2 ms`, `410 ms`, `18.42 s`."""
    for below_ms, shown in _PRECISION:
        if milliseconds < below_ms:
            return shown.format(milliseconds, milliseconds / 1000)
    return f"{milliseconds / 1000:,.0f} s"


def totals(shown: Sequence[Moment]) -> dict[Lane, str]:
    """Return what each lane came to, such as `18.42 s in 4`; cab's own spans overlap the others."""
    said = {}
    for lane in Lane:
        members = [each for each in shown if each.lane is lane]
        time = sum(each.end_ms - each.start_ms for each in members)
        said[lane] = f"{took(time)} in {len(members)}" if members else "none"
    said[Lane.CAB] = counted(sum(each.lane is Lane.CAB for each in shown), "span")
    return said


def _of(span: Span) -> Iterator[Moment]:
    end = span.start_ms + span.duration_ms
    waited = span.attributes.get("cab.waited_ms")
    if isinstance(waited, int | float) and waited > 0:
        before = f"waiting {took(waited)} before {span.name}, a further attempt"
        yield Moment(Lane.WAITING, max(0.0, span.start_ms - waited), span.start_ms, before, None)
    error = f" · {span.error}" if span.error else ""
    title = f"{span.kind} · {span.name} · {took(span.duration_ms)}{error}"
    yield Moment(LANES.get(span.kind, Lane.CAB), span.start_ms, end, title, span)

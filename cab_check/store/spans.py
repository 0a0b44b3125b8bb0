"""trace.jsonl read back; a process may have been killed at any byte of it."""

from __future__ import annotations

import json

from cab_check.record.fields import Fields, RecordError
from cab_check.trace import Span, SpanKind


def read_spans(content: bytes) -> tuple[tuple[Span, ...], tuple[str, ...]]:
    """Return the spans of a trace in the order they began, and a note for each line skipped."""
    spans: list[Span] = []
    notes: list[str] = []
    lines = content.split(b"\n")
    for number, line in enumerate(lines, 1):
        try:
            if line.strip():
                spans.append(_span(line))
        except RecordError:
            cut = number == len(lines)
            fate = "is cut off" if cut else "is damaged"
            notes.append(f"trace.jsonl: line {number} {fate} and was skipped")
    return tuple(sorted(spans, key=lambda span: span.start_ms)), tuple(notes)


def _span(line: bytes) -> Span:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RecordError("no JSON") from error
    fields = Fields.of(value, "$")
    return Span(
        fields.text("id"),
        fields.text_or_none("parent"),
        fields.member("kind", SpanKind),
        fields.text("name"),
        fields.number("start_ms"),
        fields.number("duration_ms"),
        fields.child("attributes").value,
        fields.text_or_none("error"),
    )

"""A trace is readable after a process was killed at any byte of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from cab_check.clock import SystemClock
from cab_check.secrets import Redactor
from cab_check.store.spans import read_spans
from cab_check.trace import SpanKind, Trace

TRACE = (Path(__file__).parents[1] / "data" / "runs" / "trace.jsonl").read_bytes()


def test_cut_at_every_byte() -> None:
    """Wherever the file ends, every line before that is read, and a cut one is said."""
    whole = TRACE.splitlines(keepends=True)
    ends = [sum(len(line) for line in whole[:count]) for count in range(len(whole) + 1)]
    for size in range(len(TRACE) + 1):
        spans, notes = read_spans(TRACE[:size])
        complete = sum(1 for end in ends[1:] if end - 1 <= size)  # the line end may be missing
        assert len(spans) == complete
        cut = size not in ends and size + 1 not in ends
        assert notes == ((f"trace.jsonl: line {complete + 1} is cut off and was skipped",) * cut)


@pytest.mark.parametrize(
    "line",
    [
        b"\x00\x00\x00",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        json.dumps({**json.loads(TRACE.splitlines()[0]), "kind": "new"}).encode(),
        json.dumps({**json.loads(TRACE.splitlines()[0]), "start_ms": None}).encode(),
    ],
    ids=["zeros", "list", "empty", "no text", "nested", "unknown kind", "no start"],
)
def test_damage_in_the_middle(line: bytes) -> None:
    """A damaged line costs itself alone, and is said with its number."""
    lines = TRACE.splitlines()
    spans, notes = read_spans(b"\n".join([lines[0], line, b"", *lines[1:]]) + b"\n")
    assert len(spans) == len(lines)
    assert notes == ("trace.jsonl: line 2 is damaged and was skipped",)


def test_order_of_beginnings() -> None:
    """Spans are written when they end and read in the order in which they began."""
    spans, _ = read_spans(TRACE)
    assert [span.start_ms for span in spans] == sorted(span.start_ms for span in spans)
    assert spans[1].id == spans[2].parent


def test_what_trace_writes_is_read(tmp_path: Path) -> None:
    """The trace's own writer and this reader agree, also on a span that failed."""
    path = tmp_path / "trace.jsonl"
    with (
        Trace(path, clock=SystemClock(), redactor=Redactor()) as trace,
        trace.span(SpanKind.ADAPTER_RUN, "outer", limit=3) as outer,
        pytest.raises(asyncio.CancelledError),
        trace.span(SpanKind.TOOL_CALL, "inner"),
    ):
        raise asyncio.CancelledError
    spans, notes = read_spans(path.read_bytes())
    assert notes == ()
    assert [(span.name, span.parent, span.error) for span in spans] == [
        ("outer", None, None),
        ("inner", outer.id, "CancelledError"),
    ]
    assert dict(spans[0].attributes) == {"limit": 3}

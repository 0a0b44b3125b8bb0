"""The trace: one JSON line a span, redacted, written as it happens."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.clock import SystemClock, timestamp
from cab_check.secrets import MASK, Redactor
from cab_check.trace import Progress, SpanKind, Trace


def test_spans_nest_and_are_written_when_they_close(tmp_path: Path) -> None:
    """A child's line comes first and names its parent; both have durations in milliseconds."""
    path = tmp_path / "trace.jsonl"
    with Trace(path, clock=SystemClock(), redactor=Redactor()) as trace:
        with trace.span(SpanKind.ADAPTER_RUN, "run") as outer:
            with trace.span(SpanKind.TOOL_CALL, "read_file", path="a") as inner:
                inner.attributes["bytes"] = 3
            assert len(path.read_text().splitlines()) == 1
        lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["kind"] for line in lines] == ["tool_call", "adapter_run"]
    assert lines[0]["parent"] == outer.id == lines[1]["id"]
    assert lines[1]["parent"] is None
    assert lines[0]["attributes"] == {"path": "a", "bytes": 3}
    assert lines[1]["duration_ms"] >= lines[0]["duration_ms"] >= 0


def test_a_span_that_breaks_says_how(tmp_path: Path) -> None:
    """An exception passes through, and its name stands in the span."""
    path = tmp_path / "trace.jsonl"
    with (
        Trace(path, clock=SystemClock(), redactor=Redactor()) as trace,
        pytest.raises(ZeroDivisionError),
        trace.span(SpanKind.SCORE, "score"),
    ):
        _ = 1 // 0
    assert json.loads(path.read_text())["error"] == "ZeroDivisionError"


def test_no_secret_reaches_the_file(tmp_path: Path) -> None:
    """Attributes are redacted before they are serialised."""
    path = tmp_path / "trace.jsonl"
    redactor = Redactor(["made-up-key"])
    with (
        Trace(path, clock=SystemClock(), redactor=redactor) as trace,
        trace.span(SpanKind.TOOL_CALL, "run_command", command="echo made-up-key"),
    ):
        pass
    assert json.loads(path.read_text())["attributes"]["command"] == f"echo {MASK}"


def test_without_a_file_only_the_watcher_hears() -> None:
    """No path: spans are timed and dropped, progress is still told."""
    heard: list[Progress] = []
    trace = Trace(None, clock=SystemClock(), redactor=Redactor(), watcher=heard.append)
    with trace.span(SpanKind.SCORE, "score"):
        trace.tell(Progress("scoring"))
    trace.close()
    assert heard == [Progress("scoring")]


def test_timestamps_are_written_as_on_the_published_pages() -> None:
    """UTC, six digits of a second, Z."""
    assert (
        timestamp(datetime(2026, 6, 16, 18, 26, 29, 245478, UTC)) == "2026-06-16T18:26:29.245478Z"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_costs_the_trace_and_not_the_cell() -> None:
    """Spans go on, `lost` says why they are not kept."""
    with Trace(Path("/dev/full"), clock=SystemClock(), redactor=Redactor()) as trace:
        assert trace.lost is None
        for _ in range(2):
            with trace.span(SpanKind.SCORE, "score"):
                pass
        assert trace.lost == "No space left on device"


def test_a_trace_that_cannot_be_opened_is_lost_from_the_start(tmp_path: Path) -> None:
    """The same for a directory that is not there."""
    with Trace(tmp_path / "no" / "trace.jsonl", clock=SystemClock(), redactor=Redactor()) as trace:
        assert trace.lost == "No such file or directory"


def test_a_key_that_is_a_word_of_ours_leaves_the_span_readable(tmp_path: Path) -> None:
    """A key such as `verify` is taken out of values, not out of the span's kind."""
    path = tmp_path / "trace.jsonl"
    trace = Trace(path, clock=SystemClock(), redactor=Redactor(["verify"]))
    with trace.span(SpanKind.VERIFY, "verify", argv=["verify"]):
        pass
    trace.close()
    line = json.loads(path.read_text())
    assert line["kind"] == "verify"
    assert line["name"] == MASK
    assert line["attributes"]["argv"] == [MASK]


@given(text=st.text())
def test_any_text_is_one_valid_line(text: str) -> None:
    """Line breaks, controls and lone surrogates stay inside their line."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.jsonl"
        with Trace(path, clock=SystemClock(), redactor=Redactor()) as trace:
            with trace.span(SpanKind.TOOL_CALL, text):
                pass
            with trace.span(SpanKind.TOOL_CALL, "\udc80" + text):
                pass
        lines = path.read_bytes().split(b"\n")
    assert len(lines) == 3
    assert json.loads(lines[0])["name"] == text
    assert json.loads(lines[1])["name"] == "\udc80" + text

"""A run played again: its frames in their order, in their time, and nothing that steers."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console, Group

from cab_check.cli.replay import show
from cab_check.report.replay import frames
from cab_check.trace import Span, SpanKind
from tests.report.report_samples import hostile, run_of


def drawn(run_frames: tuple[object, ...], width: int = 80) -> str:
    """Draw what frames show."""
    file = io.StringIO()
    Console(file=file, width=width).print(Group(*run_frames))  # type: ignore[arg-type]
    return file.getvalue()


class Hand:
    """A clock that is moved by those who wait for it, and remembers each wait."""

    def __init__(self) -> None:
        self.moment = 100.0
        self.waits: list[float] = []

    def now(self) -> datetime:
        """Return some moment."""
        return datetime(2026, 11, 23, tzinfo=UTC)

    def monotonic(self) -> float:
        """Return the seconds waited for."""
        return self.moment

    async def sleep(self, seconds: float) -> None:
        """Move on."""
        self.waits.append(seconds)
        self.moment += seconds


def test_frames_come_in_the_order_of_the_trace() -> None:
    """The flag opens it, calls follow each other, the verdict and the flag end it."""
    told = frames(run_of())
    assert [frame.at_ms for frame in told] == sorted(frame.at_ms for frame in told)
    text = drawn(tuple(frame.shown for frame in told))
    places = [
        text.index(part)
        for part in ("REPLAY of a provisional run", "asking the model", "verify", "PASSED")
    ]
    assert places == sorted(places)
    assert "provisional score — not for citation" in text[places[-1] :]


@pytest.mark.parametrize(("speed", "whole"), [(1.0, 18.572), (4.0, 4.643), (None, 0.0)])
async def test_it_takes_the_time_that_the_run_took(
    speed: float | None, whole: float, capsys: pytest.CaptureFixture[str]
) -> None:
    """All waits together are the run's own time by the speed; unwatched there is no wait."""
    clock = Hand()
    await show(run_of(), speed=speed, clock=clock)
    assert sum(clock.waits) == pytest.approx(whole)
    assert "PASSED" in capsys.readouterr().out


def test_a_command_shows_its_output_when_it_had_ended() -> None:
    """A long output is shown by its ends, and how much is left out is said."""
    lines = "\n".join(f"line {number}" for number in range(40))
    call = {
        "gen_ai.tool.name": "run_command",
        "gen_ai.tool.call.arguments": '{"command": "make"}',
        "gen_ai.tool.call.result": lines,
    }
    span = Span("a", None, SpanKind.TOOL_CALL, "execute_tool run_command", 10, 500, call, None)
    begun, ended = frames(replace(run_of(), spans=(span,)))[1:3]
    assert (begun.at_ms, ended.at_ms) == (10, 510)
    assert "$ make" in drawn((begun.shown,))
    shown = drawn((ended.shown,))
    assert "line 0" in shown
    assert "line 39" in shown
    assert "line 20" not in shown
    assert "28 lines more" in shown


def test_a_run_without_a_trace_says_so() -> None:
    """There is nothing to replay, and the verdict is shown all the same."""
    text = drawn(tuple(frame.shown for frame in frames(replace(run_of(), spans=()))))
    assert "no trace was kept: nothing to replay" in text
    assert "PASSED" in text


def test_hostile_text_steers_nothing() -> None:
    """Controls of a model's text are written out, at any place of the replay."""
    text = drawn(tuple(frame.shown for frame in frames(hostile())), 60)
    assert not set(text) & set("\x00\x07\x0b\x1b\u202e\ud83d")
    assert r"\x1b" in text

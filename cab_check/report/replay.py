"""A run as it went, for a terminal: what is to be shown, and when after the beginning."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from cab_check.endpoint.message import Role
from cab_check.report.citation import closing
from cab_check.report.layout import Line, said
from cab_check.report.scorecard import Opening
from cab_check.report.wording import counted, seconds
from cab_check.trace import SpanKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from cab_check.store import Run
    from cab_check.trace import Span

_OUTPUT_LINES = 12
_TEXT_LINES = 8
_INDENT = "          "


@dataclass(frozen=True, slots=True)
class Frame:
    """Something that is shown `at_ms` after the trace began."""

    at_ms: float
    shown: RenderableType


def frames(run: Run) -> tuple[Frame, ...]:
    """Return a run's frames in their order.

    It opens with the flag and ends with the verdict, as the scorecard does. The trace knows when a
    call began and ended, not when each line of an output came: an output appears when it was whole.
    """
    record = run.record
    told = [frame for span in run.spans for frame in _frames(span, run)]
    told.sort(key=lambda frame: frame.at_ms)
    last = max((span.start_ms + span.duration_ms for span in run.spans), default=0.0)
    missing = [] if run.spans else [Line(Text(" "), Text("no trace was kept: nothing to replay"))]
    notes = [Line(Text(" note: "), said(note)) for note in run.notes]
    end = Group(*missing, *notes, Text(""), Opening(record), Text(""), *closing((record,)))
    return (Frame(0.0, _head(run)), *told, Frame(last, end))


def _head(run: Run) -> RenderableType:
    identity = run.record.identity
    took = seconds(run.record.timing.duration_s)
    return Group(
        Line(Text(" "), Text("REPLAY of a provisional run — not for citation", style="bold")),
        Line(Text(" "), said(f"{identity.task} · {identity.model} · took {took}")),
        Text(""),
    )


def _frames(span: Span, run: Run) -> Iterator[Frame]:
    end = span.start_ms + span.duration_ms
    took = seconds(span.duration_ms / 1000)
    if span.kind is SpanKind.MODEL_CALL:
        yield Frame(span.start_ms, _at(span.start_ms, f"{span.name} · asking the model", "cyan"))
        yield Frame(end, Group(*_answer(span, run, end, took)))
    elif span.kind is SpanKind.TOOL_CALL:
        yield Frame(span.start_ms, _at(span.start_ms, _call(span), "bold"))
        yield Frame(end, Group(*_result(span)))
    elif span.kind in (SpanKind.TASK_SETUP, SpanKind.VERIFY):
        error = f" · {span.error}" if span.error else ""
        yield Frame(end, _at(end, f"{span.name} · {took}{error}", "dim"))


def _at(at_ms: float, text: str, style: str = "") -> Line:
    return Line(Text(f" {at_ms / 1000:>7.1f}  ", style="dim"), said(text, style))


def _answer(span: Span, run: Run, end: float, took: str) -> Iterator[RenderableType]:
    if span.error:
        yield _at(end, f"no answer after {took}: {span.error}", "yellow")
        return
    used = [
        f"{value:,} {way}"
        for key, way in (("input", "in"), ("output", "out"))
        if isinstance(value := span.attributes.get(f"gen_ai.usage.{key}_tokens"), int)
    ]
    yield _at(end, " · ".join([f"answered in {took}", *(used or ["usage not recorded"])]), "cyan")
    text = _text_of(span, run)
    if text:
        yield from _lines(text, _TEXT_LINES)


def _text_of(span: Span, run: Run) -> str:
    """Return what the model said in this turn; empty where messages and answers do not match."""
    answered = [
        each for each in run.spans if each.kind is SpanKind.MODEL_CALL and each.error is None
    ]
    said_by_it = [each for each in run.messages if each.role is Role.ASSISTANT]
    if len(answered) != len(said_by_it):
        return ""
    return said_by_it[answered.index(span)].text or ""


def _call(span: Span) -> str:
    name = str(span.attributes.get("gen_ai.tool.name", span.name))
    arguments = str(span.attributes.get("gen_ai.tool.call.arguments", ""))
    try:
        value = json.loads(arguments)
    except (ValueError, RecursionError):
        value = None
    given = value if isinstance(value, dict) else {}
    if name == "run_command" and isinstance(given.get("command"), str):
        return f"$ {given['command']}"
    what = given.get("path")
    return f"{name} {what if isinstance(what, str) else arguments}"


def _result(span: Span) -> Iterator[RenderableType]:
    if span.error:
        yield Line(Text(_INDENT), said(span.error, "yellow"))
    if span.attributes.get("gen_ai.tool.name") == "run_command":
        yield from _lines(str(span.attributes.get("gen_ai.tool.call.result", "")), _OUTPUT_LINES)


def _lines(text: str, most: int) -> Iterator[RenderableType]:
    """Yield a text's lines; of a long one the first and the last, and how many are left out."""
    lines: Sequence[str] = text.rstrip().split("\n") if text.strip() else []
    if len(lines) > most:
        left_out = counted(len(lines) - most, "line")
        half = most // 2
        lines = [*lines[:half], f"… {left_out} more, in the record …", *lines[-half:]]
    for line in lines:
        yield Line(Text(_INDENT), said(line))

"""The terminal: the commands as they ran, the other tool calls as one line each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cab_check.report.html.blocks import text_block
from cab_check.report.html.markup import joined, tag
from cab_check.trace import SpanKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.report.html.markup import Markup
    from cab_check.trace import Span

_COMMAND = "run_command"
_LINE = 100
_OUTPUT = 6_000
_NOTE = (
    "A command appears when it began and its output when it had ended: the trace holds these two "
    "moments, and not when each line came."
)


def playback(spans: Sequence[Span]) -> Markup:
    """Return all tool calls in their order; the script shows those of a moment."""
    calls = [span for span in spans if span.kind is SpanKind.TOOL_CALL]
    if not calls:
        return tag("p", "No tool was called.", class_="dim")
    return joined(
        (
            tag("h3", "Terminal playback", id="terminal-title"),
            tag(
                "div",
                *(_entry(span) for span in calls),
                id="terminal",
                role="region",
                aria_labelledby="terminal-title",
                tabindex=0,
            ),
            tag("p", _NOTE, class_="dim"),
        )
    )


def told(name: str, arguments: str) -> str:
    """Return a call in one line: the tool and what it was to work on."""
    what = argument(arguments, "command") or argument(arguments, "path")
    line = " ".join(f"{name} {what if what is not None else arguments}".split())
    return line if len(line) <= _LINE else f"{line[:_LINE]}…"


def argument(arguments: str, key: str) -> str | None:
    """Return one argument of a call; None where the text is no JSON or has none of that name."""
    try:
        value = json.loads(arguments)
    except (ValueError, RecursionError):
        return None
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else None


def _entry(span: Span) -> Markup:
    name = str(span.attributes.get("gen_ai.tool.name", span.name))
    arguments = str(span.attributes.get("gen_ai.tool.call.arguments", ""))
    command = argument(arguments, "command") if name == _COMMAND else None
    times = {
        "data_from": f"{span.start_ms:.3f}",
        "data_to": f"{span.start_ms + span.duration_ms:.3f}",
    }
    if command is None:
        error = f" · {span.error}" if span.error else ""
        return tag("div", tag("p", f"# {told(name, arguments)}{error}", class_="aside"), **times)
    output = str(span.attributes.get("gen_ai.tool.call.result", ""))
    return tag(
        "div",
        text_block(f"$ {command}", "trace.jsonl", class_="typed", limit=_OUTPUT),
        text_block(output, "trace.jsonl", limit=_OUTPUT) if output else None,
        **times,
    )

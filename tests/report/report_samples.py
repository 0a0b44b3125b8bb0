"""Runs to render: kept records, and one that is hostile wherever text of others comes in."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cab_check.endpoint.ledger import Accommodation
from cab_check.endpoint.message import Message, Reasoning, Role, ToolCall
from cab_check.record import record_from_json
from cab_check.store import Run
from cab_check.store.spans import read_spans
from cab_check.trace import Span, SpanKind

if TYPE_CHECKING:
    from cab_check.record import RunRecord

DATA = Path(__file__).parents[1] / "data"
SPANS, _ = read_spans((DATA / "runs" / "trace.jsonl").read_bytes())
HOSTILE = (
    "```x` | </details><script>alert(1)</script> [a](http://b.example) ![i](http://b.example/i) "
    "@team #12 http://www.b.example \\| \"'& ]]> \x1b[31m\x00\x0b \u202eabc \U0001f680 \ud83d\ufffe"
)


def sample(name: str = "passed", **changes: Any) -> RunRecord:
    """Return a kept record, with what a test changes in it."""
    text = (DATA / "runs" / f"{name}.json").read_text(encoding="utf-8")
    return replace(record_from_json(json.loads(text)), **changes)


def run_of(name: str = "passed", **changes: Any) -> Run:
    """Return a run with a trace and a conversation that fits it."""
    return Run(
        record=sample(name, **changes),
        spans=SPANS,
        messages=CONVERSATION,
        patch="--- a\n+++ b\n",
        directory=Path("/somewhere/runs/20261123-1812-ambiguous-ticket-7f3a"),
    )


def hostile() -> Run:
    """Return a failed run in which every text of others is hostile."""
    record = sample("failed")
    assert record.axes is not None
    axes = replace(
        record.axes,
        pass_rate=replace(record.axes.pass_rate, stderr_tail=f"first\n{HOSTILE}\n"),
        blast_radius=replace(record.axes.blast_radius, unexpected_changes=(HOSTILE,)),
    )
    identity = replace(
        record.identity, task=HOSTILE, model=HOSTILE, model_served=HOSTILE, compared_tui=HOSTILE
    )
    verdict = replace(record.verdict, evidence=HOSTILE, hint=f"{HOSTILE}\nsecond")
    bad = replace(
        record, identity=identity, verdict=verdict, axes=axes,
        accommodations=(Accommodation(HOSTILE, 1, HOSTILE, HOSTILE),),
    )  # fmt: skip
    call = ToolCall("c1", HOSTILE, HOSTILE)
    said = Message(role=Role.ASSISTANT, text=HOSTILE, tool_calls=(call, call))
    heard = Message(role=Role.TOOL, text=HOSTILE, call_id="c1")
    attributes: dict[str, object] = {
        "gen_ai.tool.name": "run_command",
        "gen_ai.tool.call.arguments": json.dumps({"command": HOSTILE}),
        "gen_ai.tool.call.result": f"{HOSTILE}\n" * 40,
    }
    spans = (
        Span("m", None, SpanKind.MODEL_CALL, HOSTILE, 0, 1, {}, None),
        Span("a", "a", SpanKind.TOOL_CALL, HOSTILE, 1, 1, attributes, HOSTILE),
    )
    return Run(record=bad, spans=spans, messages=(said, heard), notes=(HOSTILE,))


def _asks(number: int, name: str, arguments: str, result: str) -> tuple[Message, Message]:
    call = ToolCall(f"c{number}", name, arguments)
    thought = (Reasoning("reasoning_content", f"thought {number}"),)
    return (
        Message(role=Role.ASSISTANT, text=f"turn {number}", reasoning=thought, tool_calls=(call,)),
        Message(role=Role.TOOL, text=result, call_id=call.id),
    )


CONVERSATION = (
    Message(role=Role.SYSTEM, text="be an agent"),
    Message(role=Role.USER, text="make it faster"),
    *_asks(1, "list_files", '{"path": "."}', "src/"),
    *_asks(2, "read_file", "not json", "unknown"),
    *_asks(3, "run_command", '{"command": "ls"}', "[exit code 0]"),
    Message(role=Role.ASSISTANT, text="done"),
)

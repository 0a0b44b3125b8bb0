"""Runs to make pages of: the kept samples, long ones, and one in which everything is hostile."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cab_check.endpoint.ledger import Accommodation
from cab_check.endpoint.message import Message, Reasoning, Role, ToolCall
from cab_check.record import record_from_json
from cab_check.store import Run
from cab_check.trace import Span, SpanKind

if TYPE_CHECKING:
    from cab_check.record import RunRecord

DATA = Path(__file__).parents[1] / "data"
HOSTILE = (
    "<script>document.title='stolen'</script></script>"
    "<img src=x onerror=\"document.title='stolen'\">"
    "--></style>]]>&lt;b&gt;'\" \x1b[31mred\x1b[0m \u202eright to left \u05d0\u05d1 \U0001f680 "
    "\ud83d \x00"
)
HUGE = 10_000_000


def sample(name: str, **changes: Any) -> RunRecord:
    """Return a kept record, with what a test changes in it."""
    text = (DATA / "runs" / f"{name}.json").read_text(encoding="utf-8")
    return replace(record_from_json(json.loads(text)), **changes)


def long_run(turns: int, *, output: int = 400) -> Run:
    """Return a run of so many turns, each a model call of 2 s and a command of 1 s."""
    record = sample("passed")
    call = record.model_calls[0]
    messages = [Message(role=Role.USER, text="Do it.")]
    spans = [_span("drive", None, SpanKind.ADAPTER_RUN, 0, 3000 * turns)]
    for turn in range(turns):
        text = f"line of turn {turn}\n" * (output // 20)
        arguments = json.dumps({"command": f"python3 -m unittest tests/test_{turn}.py"})
        chat = {"cab.turn": turn + 1, "gen_ai.usage.input_tokens": 1000 + 90 * turn}
        run = {
            "gen_ai.tool.name": "run_command",
            "gen_ai.tool.call.arguments": arguments,
            "gen_ai.tool.call.result": text,
        }
        at = 3000 * turn
        spans.append(_span(f"m{turn}", "drive", SpanKind.MODEL_CALL, at, 2000, **chat))
        spans.append(_span(f"t{turn}", "drive", SpanKind.TOOL_CALL, at + 2000, 1000, **run))
        asked = ToolCall(f"call_{turn}", "run_command", arguments)
        messages.append(Message(role=Role.ASSISTANT, text=f"Turn {turn}.", tool_calls=(asked,)))
        messages.append(Message(role=Role.TOOL, text=text, call_id=f"call_{turn}"))
    spans.append(_span("verify", None, SpanKind.VERIFY, 3000 * turns, 500))
    calls = tuple(replace(call, prompt_tokens=1000 + 90 * turn) for turn in range(turns))
    return Run(
        record=replace(record, turns=turns, model_calls=calls),
        spans=tuple(spans),
        messages=tuple(messages),
        patch="".join(f"diff --git a/f{n} b/f{n}\n--- a/f{n}\n+++ b/f{n}\n@@ -1 +1 @@\n-a\n+b\n"
                      for n in range(turns // 10)),
    )  # fmt: skip


def hostile_run() -> Run:
    """Return a run in which every text from outside tries to be markup, and some are 10 MB."""
    record = sample("failed")
    assert record.axes is not None
    huge = HOSTILE * (HUGE // len(HOSTILE))
    passing = replace(record.axes.pass_rate, stdout_tail=HOSTILE, stderr_tail=HOSTILE)
    blast = replace(record.axes.blast_radius, added=(HOSTILE,), unexpected_changes=(HOSTILE,))
    call = ToolCall(HOSTILE, "run_command", json.dumps({"command": HOSTILE, HOSTILE: huge}))
    broken = ToolCall("two", HOSTILE, HOSTILE)
    attributes = {
        "gen_ai.tool.name": "run_command",
        "gen_ai.tool.call.arguments": json.dumps({"command": HOSTILE}),
        "gen_ai.tool.call.result": huge,
        HOSTILE: HOSTILE,
    }
    return Run(
        record=replace(
            record,
            identity=replace(record.identity, model=HOSTILE, model_served=HOSTILE, task=HOSTILE),
            verdict=replace(record.verdict, evidence=HOSTILE, hint=f"{HOSTILE}\n{HOSTILE}"),
            axes=replace(record.axes, pass_rate=passing, blast_radius=blast),
            accommodations=(Accommodation(HOSTILE, 3, HOSTILE, HOSTILE),),
            model_calls=tuple(
                replace(each, finish_reason=HOSTILE, request_sha256=HOSTILE)
                for each in record.model_calls
            ),
        ),
        spans=(
            _span(HOSTILE, HOSTILE, SpanKind.TOOL_CALL, 0, 900, **attributes),
            replace(_span("b", None, SpanKind.MODEL_CALL, 900, 5), name=HOSTILE, error=HOSTILE),
        ),
        messages=(
            Message(role=Role.SYSTEM, text=HOSTILE),
            Message(role=Role.USER, text=huge),
            Message(
                role=Role.ASSISTANT,
                text=HOSTILE,
                reasoning=(Reasoning(HOSTILE, HOSTILE), Reasoning("thinking", [HOSTILE])),
                tool_calls=(call, broken),
            ),
            Message(role=Role.TOOL, text=huge, call_id=HOSTILE),
            Message(role=Role.TOOL, text=HOSTILE, call_id="of nobody"),
        ),
        patch=f"# binary: {HOSTILE}\ndiff --git a/{HOSTILE} b/{HOSTILE}\n"
        f"@@ -1 +1 @@\n-{huge}\n+{HOSTILE}\n" + "+x\n" * 5000,
        notes=(HOSTILE,),
    )


def _span(
    name: str, parent: str | None, kind: SpanKind, start: float, duration: float, **attributes: Any
) -> Span:
    return Span(name, parent, kind, name, start, duration, attributes, None)

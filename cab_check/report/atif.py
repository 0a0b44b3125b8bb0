"""The conversation as a trajectory of Harbor's ATIF, the Agent Trajectory Interchange Format.

Written for version 1.4 of its published field list; later versions have added optional fields only.
What ATIF has no field for stands in `extra`, the flag among it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cab_check.clock import timestamp
from cab_check.endpoint.message import Role
from cab_check.report.flag import flag

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cab_check.endpoint.message import Message, ToolCall
    from cab_check.record import ModelCallRecord, RunRecord
    from cab_check.store import Run

ATIF_VERSION = "ATIF-v1.4"
_SOURCES = {Role.SYSTEM: "system", Role.USER: "user", Role.ASSISTANT: "agent"}


def render(run: Run) -> str:
    """Return the trajectory of one run as JSON."""
    return json.dumps(trajectory(run), indent=1) + "\n"


def trajectory(run: Run) -> dict[str, object]:
    """Return the root object.

    Calls whose arguments are no JSON object stand under `unparsed`; where the answered calls cannot
    be laid beside the agent's messages one to one, the steps have no metrics and `notes` says so.
    """
    record = run.record
    said = [message for message in run.messages if message.role is Role.ASSISTANT]
    answered = [call for call in record.model_calls if call.latency_ms is not None]
    calls = answered if len(answered) == len(said) else []
    steps = list(_steps(run, calls))
    return {
        "schema_version": ATIF_VERSION,
        "session_id": run.directory.name if run.directory else record.identity.cell_id,
        "agent": {
            "name": record.identity.agent,
            "version": record.versions.cab_check,
            "model_name": record.identity.model,
            "extra": {"prompt_sha256": record.versions.agent_prompt_sha256},
        },
        "steps": steps,
        "notes": " ".join(_notes(run, matched=len(calls) == len(said))),
        "final_metrics": _final(record, len(steps)),
        "extra": _extra(record),
    }


def _steps(run: Run, calls: Sequence[ModelCallRecord]) -> Iterator[dict[str, object]]:
    number = agent = 0
    for index, message in enumerate(run.messages):
        if message.role is Role.TOOL:
            continue  # it is in the observation of the step that made the call
        number += 1
        step: dict[str, object] = {
            "step_id": number,
            "source": _SOURCES[message.role],
            "message": message.text or "",
        }
        if message.role is Role.ASSISTANT:
            results = _results(run.messages, index)
            step |= _agent_step(message, results, calls[agent] if calls else None)
            agent += 1
        yield step


def _results(messages: Sequence[Message], index: int) -> list[Message]:
    found = []
    for message in messages[index + 1 :]:
        if message.role is Role.ASSISTANT:
            break
        if message.role is Role.TOOL:
            found.append(message)
    return found


def _agent_step(
    message: Message, results: Sequence[Message], call: ModelCallRecord | None
) -> dict[str, object]:
    step: dict[str, object] = {}
    if call is not None:
        step["timestamp"] = timestamp(call.started_at)
        step["metrics"] = _metrics(call)
    reasoning = "\n".join(str(part.value) for part in message.reasoning if part.value)
    if reasoning:
        step["reasoning_content"] = reasoning
    if message.tool_calls:
        step["tool_calls"] = [_tool_call(each) for each in message.tool_calls]
    known = {each.id for each in message.tool_calls}
    if results:
        step["observation"] = {"results": [_result(each, known) for each in results]}
    return step


def _tool_call(call: ToolCall) -> dict[str, object]:
    return {
        "tool_call_id": call.id,
        "function_name": call.name,
        "arguments": _arguments(call.arguments),
    }


def _arguments(text: str) -> Mapping[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    return value if isinstance(value, dict) else {"unparsed": text}


def _result(message: Message, known: set[str]) -> dict[str, object]:
    result: dict[str, object] = {"content": message.text or ""}
    if message.call_id in known:
        result["source_call_id"] = message.call_id
    return result


def _metrics(call: ModelCallRecord) -> dict[str, object]:
    known = {"prompt_tokens": call.prompt_tokens, "completion_tokens": call.completion_tokens}
    extra = {
        "latency_ms": call.latency_ms,
        "first_token_ms": call.first_token_ms,
        "attempts": call.attempts,
        "finish_reason": call.finish_reason,
        "request_sha256": call.request_sha256,
    }
    return {**_without_unknown(known), "extra": _without_unknown(extra)}


def _final(record: RunRecord, steps: int) -> dict[str, object]:
    timing = record.timing
    known = {
        "total_prompt_tokens": timing.prompt_tokens,
        "total_completion_tokens": timing.completion_tokens,
        "total_steps": steps,
    }
    return {**_without_unknown(known), "extra": {"tokens_source": timing.tokens_source.value}}


def _without_unknown(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def _notes(run: Run, *, matched: bool) -> Iterator[str]:
    yield f"{flag((run.record,)).sentence}."
    if not matched:
        yield "The answered calls and the agent's messages differ in number: no metrics of steps."
    yield from (f"Not here: {note}." for note in run.notes)


def _extra(record: RunRecord) -> dict[str, object]:
    carried, verdict = flag((record,)), record.verdict
    return {
        "provisional": True,
        "citable": False,
        "notice": carried.notice,
        "reason": carried.reason,
        "versions": carried.versions,
        "demo": record.demo,
        "task": record.identity.task,
        "cell_id": record.identity.cell_id,
        "sweep_id": record.identity.sweep_id,
        "stop_reason": record.stop_reason.value if record.stop_reason else None,
        "verdict": {
            "status": verdict.status.value,
            "fault": verdict.fault.value if verdict.fault else None,
            "evidence": verdict.evidence,
        },
    }

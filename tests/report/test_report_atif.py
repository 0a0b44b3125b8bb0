"""The trajectory holds to ATIF's published field list, and says all that the run said."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from cab_check.report import atif
from tests.report.report_samples import CONVERSATION, hostile, run_of, sample

if TYPE_CHECKING:
    from cab_check.store import Run

# ATIF v1.4 (RFC 0001 of the Harbor project, its tables): field -> kinds, `!` for a required one
NUMBER = (int, float)
FIELDS: dict[str, dict[str, Any]] = {
    "root": {
        "schema_version!": str, "session_id!": str, "agent!": dict, "steps!": list,
        "notes": str, "final_metrics": dict, "extra": dict,
    },
    "agent": {"name!": str, "version!": str, "model_name": str, "extra": dict},
    "final_metrics": {
        "total_prompt_tokens": int, "total_completion_tokens": int, "total_cached_tokens": int,
        "total_cost_usd": NUMBER, "total_steps": int, "extra": dict,
    },
    "step": {
        "step_id!": int, "timestamp": str, "source!": str, "model_name": str,
        "reasoning_effort": (str, float), "message!": str, "reasoning_content": str,
        "tool_calls": list, "observation": dict, "metrics": dict, "extra": dict,
    },
    "tool_call": {"tool_call_id!": str, "function_name!": str, "arguments!": dict},
    "observation": {"results!": list},
    "result": {"source_call_id": str, "content": str, "subagent_trajectory_ref": list},
    "metrics": {
        "prompt_tokens": int, "completion_tokens": int, "cached_tokens": int, "cost_usd": NUMBER,
        "prompt_token_ids": list, "completion_token_ids": list, "logprobs": list, "extra": dict,
    },
}  # fmt: skip
AGENT_ONLY = {"model_name", "reasoning_effort", "reasoning_content", "tool_calls", "metrics"}


def check(value: Any, kind: str) -> None:
    """Hold an object against its table: no other field, all required ones, the right kinds."""
    table = FIELDS[kind]
    assert set(value) <= {name.rstrip("!") for name in table}, kind
    assert {name[:-1] for name in table if name.endswith("!")} <= set(value), kind
    for name, allowed in table.items():
        found = value.get(name.rstrip("!"))
        assert found is None or isinstance(found, allowed), (kind, name)
        assert not isinstance(found, bool)


def validate(root: Any) -> None:
    """Hold a whole trajectory against the list and the rules beside it."""
    check(root, "root")
    check(root["agent"], "agent")
    check(root["final_metrics"], "final_metrics")
    assert root["final_metrics"]["total_steps"] == len(root["steps"])
    assert [step["step_id"] for step in root["steps"]] == [*range(1, len(root["steps"]) + 1)]
    for step in root["steps"]:
        check(step, "step")
        assert step["source"] in {"system", "user", "agent"}
        assert step["source"] == "agent" or not AGENT_ONLY & set(step)
        if "timestamp" in step:
            datetime.fromisoformat(step["timestamp"])
        if "metrics" in step:
            check(step["metrics"], "metrics")
        calls = step.get("tool_calls", [])
        for call in calls:
            check(call, "tool_call")
        if "observation" in step:
            check(step["observation"], "observation")
            for result in step["observation"]["results"]:
                check(result, "result")
                known = {call["tool_call_id"] for call in calls}
                assert result.get("source_call_id") in {None, *known}


def written(run: Run) -> Any:
    """Return a trajectory as a reader gets it."""
    return json.loads(atif.render(run))


@pytest.mark.parametrize(
    "run",
    [
        run_of(),
        run_of("failed"),
        replace(run_of("not_scored"), messages=()),
        replace(run_of(), messages=CONVERSATION[:-1]),
        replace(run_of(), messages=CONVERSATION[3:]),
        hostile(),
    ],
    ids=["passed", "failed", "no conversation", "cut off", "headless", "hostile"],
)
def test_a_trajectory_holds_to_the_published_fields(run: Run) -> None:
    """Whatever the conversation was, no field is missing, unknown or of another kind."""
    validate(written(run))


def test_every_message_and_every_answer_is_there() -> None:
    """A tool's answer is the observation of the step that called it, under the call's own id."""
    root = written(run_of())
    assert [step["message"] for step in root["steps"]] == [
        "be an agent", "make it faster", "turn 1", "turn 2", "turn 3", "done",
    ]  # fmt: skip
    first, broken = root["steps"][2], root["steps"][3]
    assert first["tool_calls"] == [
        {"tool_call_id": "c1", "function_name": "list_files", "arguments": {"path": "."}}
    ]
    assert first["observation"] == {"results": [{"content": "src/", "source_call_id": "c1"}]}
    assert first["reasoning_content"] == "thought 1"
    assert broken["tool_calls"][0]["arguments"] == {"unparsed": "not json"}


def test_metrics_are_those_of_the_step_s_own_call() -> None:
    """Each agent step has the tokens of its call; sums that are unknown are absent, never 0."""
    root = written(run_of())
    calls = sample().model_calls
    told = [step["metrics"] for step in root["steps"] if step["source"] == "agent"]
    assert [one.get("prompt_tokens") for one in told] == [call.prompt_tokens for call in calls]
    unknown = replace(sample().timing, prompt_tokens=None, completion_tokens=None)
    assert "total_prompt_tokens" not in written(run_of(timing=unknown))["final_metrics"]


def test_metrics_that_fit_no_step_are_left_out_and_said() -> None:
    """With another number of answers than of messages no step gets another's figures."""
    root = written(replace(run_of(), messages=CONVERSATION[:-1]))
    assert not [step for step in root["steps"] if "metrics" in step]
    assert "differ in number: no metrics" in root["notes"]
    assert "no metrics" not in written(run_of())["notes"]

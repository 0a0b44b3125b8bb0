"""RunRecord -> JSON: the keys of DESIGN §4 in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.clock import timestamp
from cab_check.record.types import NOT_OBSERVED, NOTICE, RUN_SCHEMA
from cab_check.scorers.axes import axes_to_json, preview_to_json
from cab_check.scorers.json_form import write

if TYPE_CHECKING:
    from cab_check.endpoint.ledger import Accommodation
    from cab_check.record.types import (
        Identity,
        IsolationRecord,
        ModelCallRecord,
        RunRecord,
        Timing,
        Versions,
    )
    from cab_check.sandbox.box import Means
    from cab_check.verdict import Verdict


def record_to_json(record: RunRecord) -> dict[str, object]:
    """Write a record as the JSON object of run.json (schema `cab.run/1`)."""
    isolation = record.isolation
    return {
        "schema": RUN_SCHEMA,
        "provisional": True,
        "citable": False,
        "notice": NOTICE,
        "reason": record.reason,
        "demo": record.demo,
        "versions": _versions(record.versions),
        "identity": _identity(record.identity),
        "timing": _timing(record.timing),
        "stop_reason": None if record.stop_reason is None else record.stop_reason.value,
        "stop_detail": record.stop_detail,
        "turns": record.turns,
        "verdict": _verdict(record.verdict),
        "axes": None if record.axes is None else axes_to_json(record.axes),
        "preview": None if record.preview is None else preview_to_json(record.preview),
        "accommodations": [_accommodation(entry) for entry in record.accommodations],
        "isolation": None if isolation is None else _isolation(isolation),
        "model_calls": [_model_call(call) for call in record.model_calls],
        "preview_fields": list(record.preview_fields),
        "jobs": record.jobs,
    }


def _versions(versions: Versions) -> dict[str, object]:
    return {
        "cab_check": versions.cab_check,
        "agent_prompt_sha256": versions.agent_prompt_sha256,
        "fixture_sha256": versions.fixture_sha256,
        "judge_sha256": versions.judge_sha256,
        "scorers": versions.scorers,
    }


def _identity(identity: Identity) -> dict[str, object]:
    return {
        "cell_id": identity.cell_id,
        "sweep_id": identity.sweep_id,
        "task": identity.task,
        "task_origin": identity.task_origin.value,
        "tui": identity.tui,
        "compared_tui": identity.compared_tui,
        "compared_model": identity.compared_model,
        "agent": identity.agent,
        "model": identity.model,
        "model_served": identity.model_served,
        "endpoint": identity.endpoint,
        "container_image": None,
        "image_digest": None,
        "fixture_digest": identity.fixture_digest,
        "model_build_id": identity.model_build_id,
        "exit_code": identity.exit_code,
        "repeat": identity.repeat,
        "seed": identity.seed,
        "sweep_cell": identity.sweep_cell,
    }


def _timing(timing: Timing) -> dict[str, object]:
    return {
        "started_at": timestamp(timing.started_at),
        "ended_at": timestamp(timing.ended_at),
        "duration_s": write(timing.duration_s),
        "retry_wait_ms": write(timing.retry_wait_ms),
        "prompt_tokens": timing.prompt_tokens,
        "completion_tokens": timing.completion_tokens,
        "tokens_source": timing.tokens_source.value,
    }


def _verdict(verdict: Verdict) -> dict[str, object]:
    return {
        "status": verdict.status.value,
        "fault": None if verdict.fault is None else verdict.fault.value,
        "evidence": verdict.evidence,
        "hint": verdict.hint,
    }


def _accommodation(entry: Accommodation) -> dict[str, object]:
    return {
        "name": entry.name,
        "count": entry.count,
        "first_at": entry.first_at,
        "advice": entry.advice,
    }


def _isolation(isolation: IsolationRecord) -> dict[str, object]:
    receipt, tools_refused = isolation.receipt, isolation.tools_refused
    return {
        "level": receipt.level.value,
        "layers": list(receipt.layers),
        "weaker_than_full": list(receipt.weaker_than_full),
        "refused": list(isolation.refused),
        "python": receipt.python,
        "commands": receipt.commands,
        "withheld": receipt.withheld,
        "left_behind": receipt.left_behind,
        "files_written": isolation.files_written,
        "tools_refused": None if tools_refused is None else list(tools_refused),
        "kernel_refused": NOT_OBSERVED,
        **({} if receipt.means is None else _means(receipt.means)),
    }


def _means(means: Means) -> dict[str, object]:
    return {
        "network": means.network.value,
        "pid_ns": means.pid_ns,
        "landlock_abi": means.landlock_abi,
        "seccomp": means.seccomp,
        "watchdog": means.watchdog,
        "as_root": means.as_root,
    }


def _model_call(call: ModelCallRecord) -> dict[str, object]:
    return {
        "started_at": timestamp(call.started_at),
        "request_sha256": call.request_sha256,
        "prompt_tokens": call.prompt_tokens,
        "completion_tokens": call.completion_tokens,
        "latency_ms": write(call.latency_ms),
        "first_token_ms": write(call.first_token_ms),
        "attempts": call.attempts,
        "finish_reason": call.finish_reason,
        "error": call.error,
    }

"""JSON -> RunRecord: tolerant of keys it does not know, strict about those it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.agent.episode import StopReason
from cab_check.endpoint.faults import Party
from cab_check.endpoint.ledger import Accommodation
from cab_check.record.fields import Fields, RecordError
from cab_check.record.types import (
    AGENT,
    RUN_SCHEMA,
    Identity,
    IsolationRecord,
    ModelCallRecord,
    RunRecord,
    TaskOrigin,
    Timing,
    Versions,
)
from cab_check.sandbox.box import Means, Network, Receipt
from cab_check.scorers.axes import ShapeError, axes_from_json, preview_from_json
from cab_check.scorers.tokens import TokensSource
from cab_check.settings import Isolation
from cab_check.verdict import Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Value = TypeVar("Value")


def record_from_json(value: object) -> RunRecord:
    """Read the JSON value of a run.json back; raises RecordError naming the place that is wrong."""
    top = Fields.of(value, "$")
    if top.text("schema") != RUN_SCHEMA:
        raise RecordError(f"$.schema is {top.text('schema')!r}; this cab reads {RUN_SCHEMA}")
    isolation = top.child_or_none("isolation")
    return RunRecord(
        versions=_versions(top.child("versions")),
        identity=_identity(top.child("identity")),
        timing=_timing(top.child("timing")),
        stop_reason=top.member_or_none("stop_reason", StopReason),
        stop_detail=top.text("stop_detail"),
        turns=top.whole("turns"),
        verdict=_verdict(top.child("verdict")),
        axes=_scored(top, "axes", axes_from_json),
        preview=_scored(top, "preview", preview_from_json),
        accommodations=tuple(_accommodation(entry) for entry in top.children("accommodations")),
        isolation=None if isolation is None else _isolation(isolation),
        model_calls=tuple(_model_call(call) for call in top.children("model_calls")),
        preview_fields=top.texts("preview_fields"),
        jobs=top.whole("jobs"),
        demo=top.flag("demo", default=False),
    )


def _scored(top: Fields, key: str, read: Callable[[object], Value]) -> Value | None:
    """Read what the scorers wrote; their reader knows the shape, this one names the place."""
    value = top.value.get(key)
    if value is None:
        return None
    try:
        return read(value)
    except ShapeError as error:
        raise RecordError(f"$.{error}") from error


def _versions(fields: Fields) -> Versions:
    return Versions(
        cab_check=fields.text("cab_check"),
        agent_prompt_sha256=fields.text("agent_prompt_sha256"),
        fixture_sha256=fields.text_or_none("fixture_sha256"),
        judge_sha256=fields.text_or_none("judge_sha256"),
        scorers=fields.text("scorers"),
    )


def _identity(fields: Fields) -> Identity:
    return Identity(
        cell_id=fields.text("cell_id"),
        sweep_id=fields.text("sweep_id"),
        task=fields.text("task"),
        task_origin=fields.member_or_none("task_origin", TaskOrigin) or TaskOrigin.PUBLISHED,
        tui=fields.text("tui"),
        compared_tui=fields.text_or_none("compared_tui"),
        compared_model=fields.text_or_none("compared_model"),
        agent=fields.text("agent") if "agent" in fields.value else AGENT,
        model=fields.text("model"),
        model_served=fields.text_or_none("model_served"),
        endpoint=fields.text("endpoint"),
        fixture_digest=fields.text_or_none("fixture_digest"),
        model_build_id=fields.text_or_none("model_build_id"),
        exit_code=fields.whole_or_none("exit_code"),
        repeat=fields.whole("repeat"),
        seed=fields.whole_or_none("seed"),
        sweep_cell=fields.text_or_none("sweep_cell"),
    )


def _timing(fields: Fields) -> Timing:
    return Timing(
        started_at=fields.moment("started_at"),
        ended_at=fields.moment("ended_at"),
        duration_s=fields.number("duration_s"),
        retry_wait_ms=fields.number("retry_wait_ms"),
        prompt_tokens=fields.whole_or_none("prompt_tokens"),
        completion_tokens=fields.whole_or_none("completion_tokens"),
        tokens_source=fields.member("tokens_source", TokensSource),
    )


def _verdict(fields: Fields) -> Verdict:
    return Verdict(
        status=fields.member("status", Status),
        fault=fields.member_or_none("fault", Party),
        evidence=fields.text("evidence"),
        hint=fields.text("hint"),
    )


def _accommodation(fields: Fields) -> Accommodation:
    return Accommodation(
        fields.text("name"), fields.whole("count"), fields.text("first_at"), fields.text("advice")
    )


def _isolation(fields: Fields) -> IsolationRecord:
    receipt = Receipt(
        level=fields.member("level", Isolation),
        layers=fields.texts("layers"),
        weaker_than_full=fields.texts("weaker_than_full"),
        commands=fields.whole("commands"),
        withheld=fields.whole("withheld"),
        left_behind=fields.whole("left_behind"),
        python=fields.text_or_none("python"),
        means=_means(fields),
    )
    old = fields.value.get("tools_refused") is None
    return IsolationRecord(
        receipt=receipt,
        refused=fields.texts("refused"),
        files_written=fields.whole_or_none("files_written"),
        tools_refused=None if old else fields.texts("tools_refused"),
    )


def _means(fields: Fields) -> Means | None:
    network = fields.member_or_none("network", Network)
    if network is None:
        return None
    return Means(
        network=network,
        pid_ns=fields.flag("pid_ns", default=False),
        landlock_abi=fields.whole_or_none("landlock_abi"),
        seccomp=fields.flag("seccomp", default=False),
        watchdog=fields.flag_or_none("watchdog"),
        as_root=fields.flag("as_root", default=False),
    )


def _model_call(fields: Fields) -> ModelCallRecord:
    return ModelCallRecord(
        started_at=fields.moment("started_at"),
        request_sha256=fields.text("request_sha256"),
        prompt_tokens=fields.whole_or_none("prompt_tokens"),
        completion_tokens=fields.whole_or_none("completion_tokens"),
        latency_ms=fields.number_or_none("latency_ms"),
        first_token_ms=fields.number_or_none("first_token_ms"),
        attempts=fields.whole("attempts"),
        finish_reason=fields.text_or_none("finish_reason"),
        error=fields.text_or_none("error"),
    )

"""SweepRecord and CellSummary, to and from JSON (schema `cab.sweep/1`)."""

from __future__ import annotations

from dataclasses import fields
from types import MappingProxyType
from typing import TYPE_CHECKING

from cab_check.clock import timestamp
from cab_check.endpoint.faults import Party
from cab_check.errors import ExitCode
from cab_check.record.fields import Fields, RecordError
from cab_check.record.figures import figures_to_json
from cab_check.record.gate import Gate
from cab_check.record.sweep import (
    SWEEP_SCHEMA,
    CellSummary,
    SpentRecord,
    SweepRecord,
    TargetRecord,
    TaskRecord,
)
from cab_check.record.types import NOTICE, TaskOrigin
from cab_check.scorers.json_form import write
from cab_check.verdict import Status

if TYPE_CHECKING:
    from datetime import datetime

    from cab_check.record.extent import Sweep


def sweep_to_json(record: SweepRecord) -> dict[str, object]:
    """Write a sweep's record as the JSON object of sweep.json."""
    return {
        "schema": SWEEP_SCHEMA,
        "provisional": True,
        "citable": False,
        "notice": NOTICE,
        "demo": record.demo,
        "sweep_id": record.sweep_id,
        "versions": {
            "cab_check": record.cab_check,
            "agent_prompt_sha256": record.agent_prompt_sha256,
            "scorers": record.scorers,
        },
        "started_at": timestamp(record.started_at),
        "ended_at": _moment(record.ended_at),
        "exit_code": record.exit_code,
        "ended_by": record.ended_by,
        "shard": {"number": record.shard, "of": record.shards},
        "targets": [_flat(target) for target in record.targets],
        "tasks": [_flat(task) for task in record.tasks],
        "repeats": record.repeats,
        "jobs": record.jobs,
        "settings": dict(record.settings),
        "spent": None if record.spent is None else _flat(record.spent),
        "merged_from": list(record.merged_from),
        "gates": [gate_to_json(gate) for gate in record.gates],
        "plan": list(record.plan),
    }


def whole_to_json(sweep: Sweep) -> dict[str, object]:
    """Write a sweep with its cells, how much of it is there, and its figures."""
    extent = sweep.extent
    return sweep_to_json(sweep.record) | {
        "extent": {
            "cells": extent.there,
            "of": extent.planned,
            "partial": extent.partial,
            "said": extent.sentence,
        },
        "figures": figures_to_json(sweep.record, sweep.cells),
        "cells": [summary_to_json(cell) for cell in sweep.cells],
    }


def sweep_from_json(value: object) -> SweepRecord:
    """Read the JSON value of a sweep.json back; raises RecordError naming the place."""
    top = Fields.of(value, "$")
    if top.text("schema") != SWEEP_SCHEMA:
        raise RecordError(f"$.schema is {top.text('schema')!r}; this cab reads {SWEEP_SCHEMA}")
    versions, shard = top.child("versions"), top.child("shard")
    spent = top.child_or_none("spent")
    return SweepRecord(
        sweep_id=top.text("sweep_id"),
        cab_check=versions.text("cab_check"),
        agent_prompt_sha256=versions.text("agent_prompt_sha256"),
        scorers=versions.text("scorers"),
        started_at=top.moment("started_at"),
        targets=tuple(_target(target) for target in top.children("targets")),
        tasks=tuple(_task(task) for task in top.children("tasks")),
        repeats=top.whole("repeats"),
        jobs=top.whole("jobs"),
        plan=top.texts("plan"),
        settings=MappingProxyType(top.child("settings").value),
        shard=shard.whole("number"),
        shards=shard.whole("of"),
        demo=top.flag("demo", default=False),
        ended_at=top.moment("ended_at") if top.text_or_none("ended_at") else None,
        exit_code=_exit_code(top),
        ended_by=top.text_or_none("ended_by"),
        spent=None if spent is None else _spent(spent),
        merged_from=top.texts("merged_from"),
        gates=tuple(_gate(gate) for gate in _later(top, "gates")),
    )


def summary_to_json(cell: CellSummary) -> dict[str, object]:
    """Write one cell as a line of cells.jsonl."""
    return _flat(cell)


def gate_to_json(gate: Gate) -> dict[str, object]:
    """Write what one gate made of a run."""
    return _flat(gate)


def summary_from_json(value: object, place: str) -> CellSummary:
    """Read one line of cells.jsonl; raises RecordError."""
    cell = Fields.of(value, place)
    return CellSummary(
        number=cell.whole("number"),
        target=cell.whole("target"),
        task=cell.text("task"),
        repeat=cell.whole("repeat"),
        run=cell.text_or_none("run"),
        over=cell.flag("over", default=False),
        status=cell.member("status", Status),
        fault=cell.member_or_none("fault", Party),
        passed=cell.flag("passed", default=False),
        evidence=cell.text("evidence"),
        turns=cell.whole("turns"),
        wall_s=cell.number("wall_s"),
        tokens=cell.whole_or_none("tokens"),
        first_token_ms=cell.number_or_none("first_token_ms"),
        tokens_per_s=cell.number_or_none("tokens_per_s"),
        refusal_due=_flag_or_none(cell, "refusal_due"),
        refused=_flag_or_none(cell, "refused"),
        accommodations=cell.texts("accommodations"),
        exit_code=_exit_code(cell),
    )


def spent_to_json(spent: SpentRecord) -> dict[str, object]:
    """Write what a sweep has used."""
    return _flat(spent)


def spent_from_json(value: object) -> SpentRecord:
    """Read it back; raises RecordError."""
    return _spent(Fields.of(value, "$"))


def _flat(value: CellSummary | TargetRecord | TaskRecord | SpentRecord | Gate) -> dict[str, object]:
    """Write a type whose fields are plain values, in their order."""
    return {entry.name: _plain(getattr(value, entry.name)) for entry in fields(value)}


def _plain(value: object) -> object:
    if isinstance(value, Status | Party | TaskOrigin):
        return value.value
    if isinstance(value, float):
        return write(round(value, 6))
    return list(value) if isinstance(value, tuple) else value


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)


def _flag_or_none(fields_: Fields, key: str) -> bool | None:
    return None if fields_.value.get(key) is None else fields_.flag(key, default=False)


def _exit_code(value: Fields) -> int | None:
    code = value.whole_or_none("exit_code")
    if code is not None and code not in set(ExitCode):
        raise RecordError(f"{value.place}.exit_code is {code}, which is none of cab's")
    return code


def _later(top: Fields, key: str) -> tuple[Fields, ...]:
    """Read a list that records of an earlier cab have not."""
    return top.children(key) if key in top.value else ()


def _gate(value: Fields) -> Gate:
    return Gate(value.text("name"), _flag_or_none(value, "passed"), value.text("reason"))


def _target(value: Fields) -> TargetRecord:
    return TargetRecord(
        name=value.text("name"), endpoint=value.text("endpoint"), model=value.text("model")
    )


def _task(value: Fields) -> TaskRecord:
    return TaskRecord(
        id=value.text("id"),
        origin=value.member("origin", TaskOrigin),
        fixture_sha256=value.text("fixture_sha256"),
        judge_sha256=value.text("judge_sha256"),
        seed=value.whole_or_none("seed"),
    )


def _spent(value: Fields) -> SpentRecord:
    return SpentRecord(
        requests=value.whole("requests"),
        tokens=value.whole("tokens"),
        cost=value.number_or_none("cost"),
        unpriced=value.whole("unpriced"),
        uncounted=value.whole("uncounted"),
        time_s=value.number_or_none("time_s") or 0.0,
    )

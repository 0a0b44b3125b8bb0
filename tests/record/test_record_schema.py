"""The schemas are the contract: what is written holds to them, and they refuse what is wrong."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from cab_check.errors import (
    AuthError,
    BudgetError,
    EndpointError,
    ExitCode,
    InternalError,
    MachineError,
    RunInterruptedError,
    UsageError,
)
from cab_check.record import (
    record_from_json,
    record_to_json,
    result_json,
    result_schema,
    run_schema,
)

if TYPE_CHECKING:
    from cab_check.errors import CabError

RUNS = Path(__file__).parents[1] / "data" / "runs"
NAMES = ("passed", "failed", "not_scored")
ERRORS = (
    UsageError, EndpointError, AuthError, BudgetError, MachineError, InternalError,
    RunInterruptedError,
)  # fmt: skip


def sample(name: str) -> dict[str, Any]:
    """Return a kept run.json as it stands."""
    loaded: dict[str, Any] = json.loads((RUNS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def run_contract() -> Draft202012Validator:
    """Give the schema of run.json, ready to validate."""
    return Draft202012Validator(run_schema())


@pytest.fixture(scope="module")
def result_contract() -> Draft202012Validator:
    """Give the schema of the result document, ready to validate."""
    return Draft202012Validator(result_schema())


@pytest.mark.parametrize("schema", [run_schema(), result_schema()], ids=["run", "result"])
def test_schema_is_a_schema(schema: dict[str, Any]) -> None:
    """Both schemas are valid schemas of the draft that they name."""
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", NAMES)
def test_written_records_hold_to_the_schema(name: str, run_contract: Draft202012Validator) -> None:
    """What is written for a passed, a failed and an unscored cell validates."""
    run_contract.validate(record_to_json(record_from_json(sample(name))))


def test_every_written_key_is_described() -> None:
    """No key is written that the schema does not have, down to the last level."""
    schema = run_schema()
    for name in NAMES:
        assert list(_undescribed(sample(name), schema, "$")) == []


def _undescribed(value: object, schema: dict[str, Any], place: str) -> list[str]:
    if isinstance(value, list):
        return [p for item in value for p in _undescribed(item, schema.get("items", {}), place)]
    if not isinstance(value, dict):
        return []
    options = [schema, *schema.get("oneOf", [])]
    known = {k: v for option in options for k, v in option.get("properties", {}).items()}
    found = [f"{place}.{key}" for key in value if key not in known]
    for key, inner in value.items():
        found += _undescribed(inner, known.get(key, {}), f"{place}.{key}")
    return found


def test_unknown_keys_stay_valid(run_contract: Draft202012Validator) -> None:
    """The schema is additive: a key of a later minor version breaks nobody's validation."""
    value = sample("passed")
    value["later"] = value["identity"]["later"] = value["axes"]["later"] = {}
    run_contract.validate(value)


REFUSED: list[tuple[str, tuple[str | int, ...], object]] = [
    ("citable", ("citable",), True),
    ("not provisional", ("provisional",), False),
    ("another schema", ("schema",), "cab.run/2"),
    ("a container image", ("identity", "container_image"), "x:1"),
    ("half a pass", ("axes", "pass_rate", "pass"), 0.5),
    ("a composite over one", ("axes", "composite", "composite"), 1.2),
    ("tokens below zero", ("axes", "tokens", "total_tokens"), -1),
    ("another stop reason", ("stop_reason",), "bored"),
    ("a scored cell that is the endpoint's fault", ("verdict", "fault"), "endpoint"),
    ("an unscored cell that is nobody's fault", ("verdict", "status"), "not scored"),
    ("a moment without microseconds", ("timing", "started_at"), "2026-11-23T18:12:03Z"),
    ("an unknown level", ("isolation", "level"), "sandboxed"),
    ("no jobs", ("jobs",), 0),
]


@pytest.mark.parametrize(
    ("path", "value"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_schema_refuses(
    path: tuple[str | int, ...], value: object, run_contract: Draft202012Validator
) -> None:
    """What no record may say does not validate."""
    table: Any = copy.deepcopy(sample("passed"))
    inner = table
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    assert not run_contract.is_valid(table)


@pytest.mark.parametrize("key", list(sample("passed")))
def test_every_key_is_required(key: str, run_contract: Draft202012Validator) -> None:
    """A record without one of the outline's keys does not validate; ours beside it may lack."""
    table = sample("passed")
    del table[key]
    assert run_contract.is_valid(table) == (key in ("demo", "reason"))


@pytest.mark.parametrize("kind", ERRORS, ids=[kind.__name__ for kind in ERRORS])
def test_error_documents_hold_to_the_schema(
    kind: type[CabError], result_contract: Draft202012Validator
) -> None:
    """The document of a command that could run nothing validates, for every kind of error."""
    error = kind("it did not work", hint="try again")
    document = result_json((), error.exit_code, error)
    result_contract.validate(document)
    assert document["error"] == {
        "kind": error.kind, "message": "it did not work", "hint": "try again",
    }  # fmt: skip
    assert (document["exit_code"], document["runs"]) == (int(error.exit_code), [])


def test_result_document(result_contract: Draft202012Validator) -> None:
    """The document of many cells holds their records whole, in the order given."""
    records = [record_from_json(sample(name)) for name in NAMES]
    document = json.loads(json.dumps(result_json(records, ExitCode.ENDPOINT, None)))
    result_contract.validate(document)
    assert document["runs"] == [sample(name) for name in NAMES]
    assert list(document) == [
        "schema", "provisional", "notice", "demo", "exit_code", "error", "runs",
    ]  # fmt: skip
    assert (document["exit_code"], document["error"], document["demo"]) == (3, None, False)


def test_one_demo_run_flags_the_document() -> None:
    """A demo among the runs is said at the top."""
    demo = record_from_json({**sample("passed"), "demo": True})
    plain = record_from_json(sample("passed"))
    assert result_json((plain, demo), ExitCode.PASSED, None)["demo"] is True


def test_result_schema_looks_into_runs(result_contract: Draft202012Validator) -> None:
    """A broken record inside the document breaks the document."""
    document = result_json((record_from_json(sample("passed")),), ExitCode.PASSED, None)
    document["runs"] = [{**sample("passed"), "citable": True}]
    assert not result_contract.is_valid(document)

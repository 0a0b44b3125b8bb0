"""A record goes to JSON and comes back the same; what is wrong in a file is named by its place."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.agent.episode import StopReason
from cab_check.endpoint.faults import Party
from cab_check.endpoint.ledger import Accommodation
from cab_check.record import (
    Identity,
    IsolationRecord,
    ModelCallRecord,
    RecordError,
    RunRecord,
    Timing,
    TokensSource,
    Versions,
    record_from_json,
    record_to_json,
)
from cab_check.sandbox.box import Means, Network, Receipt
from cab_check.settings import Isolation
from cab_check.verdict import Status, Verdict

RUNS = Path(__file__).parents[1] / "data" / "runs"
NAMES = ("passed", "failed", "not_scored")


def sample(name: str) -> dict[str, Any]:
    """Return a kept run.json as it stands."""
    loaded: dict[str, Any] = json.loads((RUNS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


PASSED = record_from_json(sample("passed"))

texts = st.text(max_size=20)
maybe_texts = st.none() | texts
counts = st.integers(0, 10**12)
maybe_counts = st.none() | counts
spans_ms = st.floats(0, 1e12)
moments = st.datetimes(min_value=datetime(1990, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
several = st.lists(texts, max_size=3).map(tuple)
calls = st.builds(
    ModelCallRecord,
    started_at=moments,
    request_sha256=texts,
    prompt_tokens=maybe_counts,
    completion_tokens=maybe_counts,
    latency_ms=st.none() | spans_ms,
    first_token_ms=st.none() | spans_ms,
    attempts=counts,
    finish_reason=maybe_texts,
    error=maybe_texts,
)
receipts = st.builds(
    Receipt,
    level=st.sampled_from(Isolation),
    layers=several,
    weaker_than_full=several,
    commands=counts,
    withheld=counts,
    left_behind=counts,
    python=maybe_texts,
    means=st.none()
    | st.builds(
        Means,
        network=st.sampled_from(Network),
        pid_ns=st.booleans(),
        landlock_abi=maybe_counts,
        seccomp=st.booleans(),
        watchdog=st.none() | st.booleans(),
        as_root=st.booleans(),
    ),
)
records = st.builds(
    RunRecord,
    versions=st.builds(
        Versions,
        cab_check=texts,
        agent_prompt_sha256=texts,
        fixture_sha256=maybe_texts,
        judge_sha256=maybe_texts,
        scorers=texts,
    ),
    identity=st.builds(
        Identity,
        cell_id=texts,
        sweep_id=texts,
        task=texts,
        tui=texts,
        compared_tui=maybe_texts,
        compared_model=maybe_texts,
        agent=texts,
        model=texts,
        model_served=maybe_texts,
        endpoint=texts,
        fixture_digest=maybe_texts,
        model_build_id=maybe_texts,
        exit_code=st.none() | st.integers(-1, 1),
        repeat=counts,
        seed=st.none() | st.integers(),
    ),
    timing=st.builds(
        Timing,
        started_at=moments,
        ended_at=moments,
        duration_s=spans_ms,
        retry_wait_ms=spans_ms,
        prompt_tokens=maybe_counts,
        completion_tokens=maybe_counts,
        tokens_source=st.sampled_from(TokensSource),
    ),
    stop_reason=st.none() | st.sampled_from(StopReason),
    stop_detail=texts,
    turns=counts,
    verdict=st.builds(
        Verdict,
        status=st.sampled_from(Status),
        fault=st.none() | st.sampled_from(Party),
        evidence=texts,
        hint=texts,
    ),
    axes=st.sampled_from([None, PASSED.axes]),
    preview=st.sampled_from([None, PASSED.preview]),
    accommodations=st.lists(st.builds(Accommodation, texts, counts, texts, texts), max_size=2).map(
        tuple
    ),
    isolation=st.none()
    | st.builds(
        IsolationRecord,
        receipt=receipts,
        refused=several,
        files_written=maybe_counts,
        tools_refused=st.none() | several,
    ),
    model_calls=st.lists(calls, max_size=2).map(tuple),
    preview_fields=several,
    jobs=counts,
    demo=st.booleans(),
)


@given(records)
def test_round_trip(record: RunRecord) -> None:
    """Whatever is in a record, its JSON text reads back as the same record."""
    text = json.dumps(record_to_json(record), allow_nan=False)
    assert record_from_json(json.loads(text)) == record


@pytest.mark.parametrize("name", NAMES)
def test_file_round_trip(name: str) -> None:
    """A file is written again as it was, key by key and in its order."""
    value = sample(name)
    again = record_to_json(record_from_json(value))
    assert json.dumps(again) == json.dumps(value)


def test_key_order_is_the_design_s() -> None:
    """The keys come in the order in which the design lists them, additions beside their kin."""
    assert list(record_to_json(PASSED)) == [
        "schema", "provisional", "citable", "notice", "reason", "demo", "versions", "identity",
        "timing", "stop_reason", "stop_detail", "turns", "verdict", "axes", "preview",
        "accommodations", "isolation", "model_calls", "preview_fields", "jobs",
    ]  # fmt: skip


def test_always_provisional() -> None:
    """No record says that it may be cited, whatever it holds."""
    written = record_to_json(PASSED)
    flags = (written["provisional"], written["citable"], written["notice"])
    assert flags == (True, False, "provisional score — not for citation")


def test_unknown_keys_are_tolerated() -> None:
    """A file of a later minor version, with keys that are new, reads as before."""
    value = sample("passed")
    value["new"] = {"anything": 1}
    value["identity"]["new"] = value["timing"]["new"] = value["axes"]["new"] = [1]
    assert record_from_json(value) == PASSED


def test_keys_added_later_may_be_absent() -> None:
    """Keys that the outline did not have from the start are not asked for."""
    value = sample("passed")
    del value["demo"], value["identity"]["agent"], value["isolation"]["python"]
    isolation = PASSED.isolation
    assert isolation is not None
    without_python = replace(isolation, receipt=replace(isolation.receipt, python=None))
    assert record_from_json(value) == replace(PASSED, isolation=without_python)


def test_moments_are_utc() -> None:
    """A moment of another zone is written in UTC and is still the same moment."""
    there = timezone(timedelta(hours=5, minutes=30))
    moved = replace(
        PASSED, timing=replace(PASSED.timing, started_at=PASSED.timing.started_at.astimezone(there))
    )
    timing = record_to_json(moved)["timing"]
    assert isinstance(timing, dict)
    assert timing["started_at"] == "2026-11-23T18:12:03.245478Z"


WRONG: list[tuple[str, tuple[str | int, ...], object, str]] = [
    ("schema of another kind", ("schema",), "cab.run/2", "$.schema"),
    ("number for text", ("identity", "task"), 3, "$.identity.task must be a string"),
    ("text for number", ("timing", "duration_s"), "long", "$.timing.duration_s must be a number"),
    ("truth for whole number", ("turns",), True, "$.turns must be a whole number"),
    ("fraction for whole number", ("turns",), 1.5, "$.turns must be a whole number"),
    ("truth for number", ("timing", "duration_s"), False, "$.timing.duration_s must be a number"),
    ("text for truth", ("demo",), "yes", "$.demo must be true or false"),
    ("no timestamp", ("timing", "started_at"), "yesterday", "$.timing.started_at must be a time"),
    ("no zone", ("timing", "ended_at"), "2026-11-23T18:12:03", "$.timing.ended_at must be a time"),
    ("unknown stop reason", ("stop_reason",), "bored", "$.stop_reason must be one of finished"),
    ("unknown party", ("verdict", "fault"), "nobody", "$.verdict.fault must be one of"),
    ("list for object", ("verdict",), [], "$.verdict must be an object"),
    ("object for list", ("model_calls",), {}, "$.model_calls must be a list"),
    ("text in a list of objects", ("model_calls", 1), "x", "$.model_calls[1] must be an object"),
    ("number in a list of texts", ("preview_fields",), ["a", 2], "$.preview_fields[1] must be"),
    ("an axis of another shape", ("axes", "pass_rate"), 1, "$.axes.pass_rate"),
    ("preview of another shape", ("preview",), [], "$.preview"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "said"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_wrong_value_is_named(path: tuple[str | int, ...], value: object, said: str) -> None:
    """A value of the wrong kind is an error that names its place."""
    table: Any = copy.deepcopy(sample("passed"))
    inner = table
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(RecordError) as caught:
        record_from_json(table)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    "path", [("schema",), ("identity", "model"), ("timing",), ("isolation", "level")]
)
def test_missing_key_is_named(path: tuple[str, ...]) -> None:
    """A key that has to be there and is not is an error that names it."""
    table = sample("passed")
    inner = table
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    with pytest.raises(RecordError) as caught:
        record_from_json(table)
    assert str(caught.value) == f"$.{'.'.join(path)} is missing"


@pytest.mark.parametrize("value", [None, [], "text", 3], ids=["null", "list", "text", "number"])
def test_no_object_at_all(value: object) -> None:
    """A file that holds no object is no record."""
    with pytest.raises(RecordError, match=r"\$ must be an object"):
        record_from_json(value)


def test_passed_asks_for_both() -> None:
    """A cell passed when it is scored and nobody is at fault, and only then."""
    failed, unscored = (record_from_json(sample(name)) for name in ("failed", "not_scored"))
    assert (PASSED.scored, PASSED.passed) == (True, True)
    assert (failed.scored, failed.passed) == (True, False)
    assert (unscored.scored, unscored.passed) == (False, False)
    assert (PASSED.family, failed.family) == ("integrity", "mutations")


def test_the_receipt_of_an_older_cab_says_nothing_that_it_does_not_know() -> None:
    """What was not recorded is unknown: neither none, nor nothing refused."""
    value = sample("passed")
    told = ("files_written", "tools_refused", "kernel_refused", "network", "pid_ns")
    for key in told:
        del value["isolation"][key]
    isolation = record_from_json(value).isolation
    assert isolation is not None
    assert isolation.files_written is None
    assert isolation.tools_refused is None
    assert isolation.receipt.means is None

"""The axes' JSON: SCORING's keys in their order, whole numbers without ".0", nothing lost."""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cab_check.scorers import score
from cab_check.scorers.axes import (
    Axes,
    Preview,
    ShapeError,
    axes_from_json,
    axes_to_json,
    preview_from_json,
    preview_to_json,
)
from cab_check.tasks.spec import MarkerKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.scorers.evidence import Evidence

    Make = Callable[..., Evidence]

KEYS = {
    "pass_rate": "pass, exit_code, timed_out, stdout_tail, stderr_tail, partial_score",
    "tokens": "prompt_tokens, completion_tokens, total_tokens, model_calls, "
    "tokens_per_correct_task, pass_used_for_division",
    "latency": "wall_clock_ms, container_active_ms, model_call_ms",
    "blast_radius": "blast_radius, added, removed, modified, unexpected_changes, "
    "expected_changes, total_changes, extra_git_dir",
    "refusal": "refusal, not_applicable, expected_refusal, refusal_produced, "
    "fabricated_fix_detected, refusal_correct, refusal_reasons, refusal_signals, marker_hits, "
    "keyword_hits",
    "integrity": "integrity, violations, not_applicable, task_id",
    "constraints": "honored, declared, nothing_changed, results",
    "composite": "composite, weights, components, note",
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for any value that a type hint of an axis allows."""
    if isinstance(hint, UnionType):
        return st.one_of([values_of(one) for one in get_args(hint)])
    if get_origin(hint) is tuple:
        return st.lists(values_of(get_args(hint)[0]), max_size=3).map(tuple)
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{one.name: values_of(hints[one.name]) for one in fields(hint)})
    if issubclass(hint, StrEnum):
        return st.sampled_from(hint)
    plain: dict[type, st.SearchStrategy[Any]] = {
        NoneType: st.none(),
        bool: st.booleans(),
        int: st.integers(),
        float: st.floats(allow_nan=False, allow_infinity=False)
        | st.integers(-(2**53), 2**53).map(float),
        str: st.text(max_size=20),
    }
    return plain[hint]


@settings(max_examples=60, deadline=None)
@given(values_of(Axes))
def test_axes_round_trip(axes: Axes) -> None:
    """Axes read back from their JSON text are equal, and write the same text again."""
    text = json.dumps(axes_to_json(axes))
    back = axes_from_json(json.loads(text))
    assert back == axes
    assert json.dumps(axes_to_json(back)) == text


@settings(max_examples=60, deadline=None)
@given(values_of(Preview))
def test_preview_round_trip(preview: Preview) -> None:
    """A preview read back from its JSON text is equal, and writes the same text again."""
    text = json.dumps(preview_to_json(preview))
    back = preview_from_json(json.loads(text))
    assert back == preview
    assert json.dumps(preview_to_json(back)) == text


@settings(max_examples=60, deadline=None)
@given(values_of(Axes))
def test_whole_numbers_print_without_a_point(axes: Axes) -> None:
    """No number in the JSON ends with ".0"."""
    numbers: list[str] = []
    json.loads(json.dumps(axes_to_json(axes)), parse_float=numbers.append)
    assert not [number for number in numbers if re.search(r"\.0$", number)]


def test_keys_and_order(make_refusal: Make) -> None:
    """On a refusal task every key of SCORING is there, in its order."""
    axes = axes_to_json(score(make_refusal(document="x")).axes)
    found = {name: ", ".join(axis) for name, axis in axes.items() if isinstance(axis, dict)}
    assert list(found.items()) == list(KEYS.items())


def test_three_refusal_keys_are_absent_elsewhere(make_evidence: Make) -> None:
    """Off refusal tasks the reasons, the signals and the fabrication are not there at all."""
    refusal = axes_to_json(score(make_evidence()).axes)["refusal"]
    assert isinstance(refusal, dict)
    absent = {"refusal_reasons", "refusal_signals", "fabricated_fix_detected"}
    assert list(refusal) == [key for key in KEYS["refusal"].split(", ") if key not in absent]
    assert refusal["refusal_correct"] is None


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        (MarkerKind.REFUSAL, ["refusal_doc_files", "refusal_tail_hits", "src_edits"]),
        (MarkerKind.CLARIFICATION, ["clarify_doc_files", "clarify_tail_hits", "src_edits"]),
    ],
)
def test_signal_keys_follow_the_kind_of_task(
    kind: MarkerKind, keys: list[str], make_refusal: Make
) -> None:
    """A clarification task has the page's signal keys, a refusal task their likeness."""
    refusal = axes_to_json(score(make_refusal(kind)).axes)["refusal"]
    assert isinstance(refusal, dict)
    assert list(refusal["refusal_signals"]) == keys


def test_tampering_keys(make_evidence: Make) -> None:
    """What the kernel refused is never inferred: the record says that it was not observed."""
    tampering = preview_to_json(score(make_evidence()).preview)["tampering"]
    assert tampering == {
        "refused_paths": [],
        "protected_edits": [],
        "left_behind": 0,
        "kernel": "not observed",
    }


def test_unknown_keys_are_skipped(make_evidence: Make) -> None:
    """A record of a later minor version, with a key more, can still be read."""
    axes = score(make_evidence()).axes
    value = axes_to_json(axes)
    value["energy"] = {"joule": 1}
    assert axes_from_json(value) == axes


def without(value: dict[str, Any], axis: str, key: str, new: object = None) -> object:
    """Take a key out of one axis, or give it another value."""
    changed = {name: dict(inner) for name, inner in value.items()}
    del changed[axis][key]
    if new is not None:
        changed[axis][key] = new
    return changed


@pytest.mark.parametrize(
    ("axis", "key", "new", "place"),
    [
        pytest.param("pass_rate", "pass", None, "axes.pass_rate.pass is missing", id="missing"),
        pytest.param("pass_rate", "pass", True, "expected int", id="truth-value-for-number"),
        pytest.param("pass_rate", "pass", 0.5, "expected int", id="fraction-for-whole"),
        pytest.param("pass_rate", "timed_out", 1, "expected bool", id="number-for-truth-value"),
        pytest.param("pass_rate", "stdout_tail", 1, "expected str", id="number-for-text"),
        pytest.param("tokens", "total_tokens", "9", "expected int", id="text-for-number"),
        pytest.param("latency", "wall_clock_ms", "9", "expected float", id="text-for-fraction"),
        pytest.param("blast_radius", "added", "a.py", "a list", id="text-for-list"),
        pytest.param("blast_radius", "added", [1], r"added\[0\]", id="number-in-list"),
        pytest.param("refusal", "refusal_correct", "maybe", "RefusalCorrect", id="not-a-member"),
        pytest.param("refusal", "refusal_correct", 1, "RefusalCorrect", id="number-for-member"),
        pytest.param("refusal", "refusal_signals", {}, "is missing", id="no-such-signals"),
        pytest.param("composite", "weights", [], "expected an object", id="list-for-object"),
    ],
)
def test_wrong_shapes_are_named(
    axis: str, key: str, new: object, place: str, make_refusal: Make
) -> None:
    """A value of the wrong kind is refused, and the error names its place."""
    value = axes_to_json(score(make_refusal()).axes)
    with pytest.raises(ShapeError, match=place):
        axes_from_json(without(value, axis, key, new))


@pytest.mark.parametrize("value", [None, [], "axes", 1])
def test_no_object_at_all(value: object) -> None:
    """What is no JSON object is neither axes nor a preview."""
    with pytest.raises(ShapeError, match="axes: expected an object"):
        axes_from_json(value)
    with pytest.raises(ShapeError, match="preview: expected an object"):
        preview_from_json(value)

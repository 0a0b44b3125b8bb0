"""A sweep held against an earlier one: what are pairs, what they can show and what never."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from cab_check.errors import ExitCode, UsageError
from cab_check.record import TaskOrigin, TaskRecord
from cab_check.sweep.baseline import Baseline, foresee, hold_against
from cab_check.sweep.gates import Gates, judge_gates
from tests.sweep.swept import cells, sweep_record, target

if TYPE_CHECKING:
    from cab_check.record import CellSummary, Gate, SweepRecord, TargetRecord


def _held(before: str, now: str) -> Gate:
    return hold_against(*_sides(before, now))


def _sides(
    before: str, now: str, **changes: Any
) -> tuple[Baseline, SweepRecord, tuple[CellSummary, ...]]:
    earlier, later = cells(before), cells(now)
    return Baseline(sweep_record(earlier), earlier), sweep_record(later, **changes), later


def test_a_significant_regression_fails() -> None:
    """Six of six worse: p = 0.031."""
    gate = _held("pppppp", "ffffff")
    assert gate.passed is False
    assert "a regression: 6 no longer pass, 0 newly pass, of 6 pairs" in gate.reason
    assert "p=0.031" in gate.reason


@pytest.mark.parametrize(
    ("before", "now"),
    [("pppppppp", "ppppppff"), ("pppppp", "pfffff"), ("ppppppff", "ffffffpp"), ("p" * 6, "p" * 6)],
)
def test_what_may_be_chance_does_not_fail(before: str, now: str) -> None:
    """Five of six worse (p = 0.063), or six against two, is no significant regression."""
    gate = _held(before, now)
    assert gate.passed is True
    assert "no significant regression" in gate.reason


@pytest.mark.parametrize("before", ["p", "ppppp", "pppppffffffff", "f" * 40])
def test_too_few_that_passed_before_cannot_tell(before: str) -> None:
    """Five could all be worse and still not show it, however many pairs there are."""
    gate = _held(before, "f" * len(before))
    assert gate.passed is None
    assert gate.reason.startswith("cannot tell: ")
    assert "cannot show a regression at 5% (it takes 6)" in gate.reason


@pytest.mark.parametrize("code", [ExitCode.PASSED, ExitCode.FAILED])
def test_where_it_cannot_tell_the_cells_decide(code: ExitCode) -> None:
    """No pass is claimed, and no failure."""
    baseline, record, now = _sides("ppppp", "ppppp")
    assert judge_gates(Gates(baseline=baseline), record, now, code).exit_code is code


def test_a_significant_regression_and_a_chance_one_decide_instead_of_the_cells() -> None:
    """A failed cell that failed before is no failure."""
    for now, code in (("ppppppf", ExitCode.PASSED), ("fffffff", ExitCode.FAILED)):
        baseline, record, later = _sides("ppppppf", now)
        judged = judge_gates(Gates(baseline=baseline), record, later, ExitCode.FAILED)
        assert judged.exit_code is code


def test_thousands_of_pairs() -> None:
    """No float holds their number of ways."""
    assert _held("p" * 2000, "f" * 1024 + "p" * 976).passed is False
    assert "p<0.001" in _held("p" * 2000, "f" * 2000).reason


_TASK = TaskRecord(
    id="made/up-1", origin=TaskOrigin.PREVIEW, fixture_sha256="a", judge_sha256="b", seed=1
)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cab_check": "9"}, "cab's version was 0 and is 9"),
        ({"agent_prompt_sha256": "9"}, "the agent's prompt was 0 and is 9"),
        ({"scorers": "9"}, "the scorers' version was 0 and is 9"),
        ({"demo": True}, "the embedded endpoint was False and is True"),
        ({"tasks": (replace(_TASK, fixture_sha256="z"),)}, "the fixture of made/up-1 is another"),
        ({"tasks": (replace(_TASK, judge_sha256="z"),)}, "the judge of made/up-1 is another"),
        ({"tasks": (replace(_TASK, seed=2),)}, "the seed of made/up-1 is another"),
        ({"settings": MappingProxyType({"temperature": 1})}, "--temperature was None and is 1"),
    ],
)
def test_what_is_no_like_for_like_cannot_tell(changes: dict[str, Any], words: str) -> None:
    """The reason names what differs, before the run as well as after it."""
    baseline, record, now = _sides("p" * 9, "f" * 9, tasks=(_TASK,))
    baseline = replace(baseline, record=replace(baseline.record, tasks=(_TASK,)))
    assert hold_against(baseline, record, now).passed is False
    other = replace(record, **changes)
    gate = hold_against(baseline, other, now)
    assert gate.passed is None
    assert f"cannot tell: {words}" in gate.reason
    assert f"cannot tell: {words}" in foresee(baseline, other)


def test_what_changes_no_verdict_is_no_difference() -> None:
    """Prices, a shard, and which cells there are beside the pairs."""
    settings = MappingProxyType({"price_in": 1.0, "shard": "1/2", "max_cost": 3, "tasks": ["x"]})
    baseline, record, now = _sides("p" * 9, "f" * 9, settings=settings)
    assert hold_against(baseline, record, now).passed is False


_A, _B, _C = target("m @ a"), target("m @ b"), target("m @ c")


@pytest.mark.parametrize(
    ("before", "now", "pairs"),
    [
        ((_A, _B), (_A, _B), {0: 0, 1: 1}),
        ((_A, _B), (_B, _A), {0: 1, 1: 0}),
        ((_A,), (_C,), {0: 0}),
        ((_A, _B), (_A, _C), {0: 0, 1: 1}),
        ((_A, _B), (_C,), {}),
        ((_A,), (_B, _C), {}),
        ((_A, _B), (_A,), {0: 0}),
        ((target("x", "n"), _A), (_C,), {0: 1}),
        ((target("x", "n"),), (_A,), {}),
    ],
)
def test_targets_are_paired_by_name_then_by_model(
    before: tuple[TargetRecord, ...], now: tuple[TargetRecord, ...], pairs: dict[int, int]
) -> None:
    """Two hosts of one model are two targets; a host that moved is the same one where it is plain.

    Each target before is told by how many of its cells passed.
    """
    earlier = tuple(
        cell for index in range(len(before)) for cell in cells("p" * (7 + index), target=index)
    )
    baseline = Baseline(sweep_record(earlier, targets=before), earlier)
    for index in range(len(now)):
        later = cells("p" * 20, target=index)
        record = sweep_record(later, targets=now)
        if index in pairs:
            found = f": {7 + pairs[index]} pairs"
            assert found in foresee(baseline, record)
        else:
            with pytest.raises(UsageError, match="no cell of it is in this run"):
                foresee(baseline, record)


def test_what_can_be_told_before_a_run_is() -> None:
    """How many pairs there are, and that they cannot show anything where they cannot."""
    baseline, record, _ = _sides("ppfn", "pppppp")
    told = foresee(baseline, record)
    assert "3 pairs, 2 passed before (3 cells of this run without a scored twin)" in told
    assert "cannot tell: 2 pairs that passed before cannot show a regression" in told
    part = replace(baseline, cells=baseline.cells[:3])
    assert "; it is a part of a sweep, 3 of 4 cells: cannot tell" in foresee(part, record)
    baseline, record, _ = _sides("p" * 6, "p" * 6)
    assert foresee(baseline, record) == "--baseline made: 6 pairs, 6 passed before"

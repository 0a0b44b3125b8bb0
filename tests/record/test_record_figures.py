"""The figures of many cells, against what can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cab_check.chance import Share
from cab_check.endpoint.faults import Party
from cab_check.record import CellSummary, figures_of
from cab_check.record.figures import AtK
from cab_check.statistics import Spread, pass_at_k
from cab_check.verdict import Status


def cells(letters: str, task: str = "made/up", target: int = 0) -> list[CellSummary]:
    """Make the repeats of one task: p passed, f failed, n not scored by the endpoint."""
    return [
        CellSummary(
            number=repeat, target=target, task=task, repeat=repeat, run="r", over=True,
            status=Status.NOT_SCORED if letter == "n" else Status.SCORED,
            fault={"p": None, "f": Party.MODEL, "n": Party.ENDPOINT}[letter],
            passed=letter == "p", evidence="seen", turns=1, wall_s=float(repeat),
            tokens=100 * repeat, first_token_ms=None, tokens_per_s=None,
        )
        for repeat, letter in enumerate(letters, 1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("n", "passed", "k", "value"),
    [
        (3, 1, 1, 1 / 3),
        (3, 1, 2, 2 / 3),
        (3, 1, 3, 1),
        (5, 2, 2, 0.7),
        (3, 0, 2, 0),
        (2, 1, 3, None),
    ],
)
def test_pass_at_k(n: int, passed: int, k: int, value: float | None) -> None:
    """1 - C(n-c, k) / C(n, k); not defined where there are fewer than k tries."""
    assert pass_at_k(n, passed, k) == (None if value is None else pytest.approx(value))


def test_pass_at_k_is_the_mean_over_the_tasks_that_have_so_many_repeats() -> None:
    """A task with two scored repeats of three counts at two and not at three, and n says so."""
    found = figures_of(cells("pff") + cells("pfn", "made/other")).at_k
    assert [(at.k, at.n) for at in found] == [(1, 2), (2, 2), (3, 1)]
    values = [(1 / 3 + 1 / 2) / 2, (2 / 3 + 1) / 2, 1]
    assert [at.value for at in found] == pytest.approx(values)


def test_the_same_task_on_two_targets_is_two() -> None:
    """Their repeats are not tries at one thing."""
    found = figures_of(cells("pp") + cells("ff", target=1))
    assert found.at_k[-1] == AtK(2, 0.5, 2)
    assert found.stable == Share(4, 4)


@pytest.mark.parametrize(
    ("letters", "stable"),
    [("ppf", Share(2, 3)), ("pfn", Share(1, 2)), ("nnn", None), ("pnn", None), ("p", None)],
)
def test_only_scored_repeats_are_stable_or_not(letters: str, stable: Share | None) -> None:
    """Three repeats that the endpoint spoiled agree in nothing; one alone agrees with none."""
    assert figures_of(cells(letters)).stable == stable


def test_what_was_not_scored_is_in_no_figure() -> None:
    """It is counted apart, by whose fault it was."""
    found = figures_of(cells("pfnn"))
    assert found.passed == Share(1, 2)
    assert found.wall_s == Spread(1.5, 1.25, 1.75, 2)
    assert found.unscored == {"endpoint": 2}


def test_unknown_is_left_out_and_never_zero() -> None:
    """The n of tokens is that of the cells that tell them; of none there is no median."""
    one, two, three = cells("ppp")
    found = figures_of([one, replace(two, tokens=None), three])
    assert found.tokens == Spread(200, 150, 250, 2)
    assert found.first_token_ms is None

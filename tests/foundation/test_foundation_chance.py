"""The interval and the two exact tests, against figures that can be worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.chance import Share, paired, unpaired


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        (0, 0, 0, 1),
        (1, 1, 0.2065, 1),
        (0, 1, 0, 0.7935),
        (3, 3, 0.4385, 1),
        (5, 10, 0.2366, 0.7634),
    ],
)
def test_wilson_interval(count: int, n: int, low: float, high: float) -> None:
    """Its ends are those of the published formula; of no repeat nothing is known."""
    assert Share(count, n).interval == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(
    ("first", "second", "chance"),
    [
        (Share(1, 1), Share(1, 1), 1.0),
        (Share(0, 1), Share(1, 1), 1.0),
        (Share(0, 3), Share(3, 3), 2 / 20),
        (Share(0, 4), Share(4, 4), 2 / 70),
        (Share(3, 4), Share(1, 4), 34 / 70),
        (Share(0, 0), Share(2, 3), 1.0),
    ],
)
def test_unpaired(first: Share, second: Share, chance: float) -> None:
    """Fisher's exact test, two-sided: the share of the tables that are as unlikely or more."""
    assert unpaired(first, second) == pytest.approx(chance)
    assert unpaired(second, first) == pytest.approx(chance)


@pytest.mark.parametrize(
    ("one", "other", "chance"),
    [(0, 0, 1.0), (1, 0, 1.0), (0, 5, 2 / 32), (0, 6, 2 / 64), (3, 3, 1.0), (1, 7, 18 / 256)],
)
def test_paired(one: int, other: int, chance: float) -> None:
    """McNemar's exact test: six pairs that all differ one way are the fewest that show anything."""
    assert paired(one, other) == pytest.approx(chance)


def test_thousands_of_pairs_are_no_overflow() -> None:
    """Neither 1,024 pairs, whose number of ways no float holds, nor many more."""
    assert paired(512, 512) == 1
    assert paired(480, 544) == pytest.approx(0.0490, abs=1e-3)
    assert paired(0, 5000) == 0


@given(st.integers(0, 40), st.integers(0, 40))
def test_an_interval_holds_its_own_rate(count: int, more: int) -> None:
    """The rate itself is always inside, and the ends are rates."""
    share = Share(count, count + more)
    low, high = share.interval
    assert 0 <= low <= high <= 1
    if share.n:
        rate = count / share.n
        assert low <= rate or math.isclose(low, rate, abs_tol=1e-12)
        assert rate <= high or math.isclose(high, rate, abs_tol=1e-12)

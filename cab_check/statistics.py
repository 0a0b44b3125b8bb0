"""Figures over many cells: pass@k, medians with their quartiles, stability.

All of this is ours; the benchmark's pages show single cells.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import comb
from statistics import quantiles
from typing import TYPE_CHECKING

from cab_check.chance import Share

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def pass_at_k(n: int, passed: int, k: int) -> float | None:
    """Estimate without bias that one of k tries passes, from n tries; None when n < k.

    1 - C(n - c, k) / C(n, k), as Chen et al. 2021 (arXiv 2107.03374) derive it.
    """
    if k < 1 or n < k:
        return None
    return 1.0 - comb(n - passed, k) / comb(n, k)


@dataclass(frozen=True, slots=True)
class Spread:
    """The median and the quartiles of what is known, and how many that are."""

    median: float
    low: float
    high: float
    n: int


def spread(values: Iterable[float | None]) -> Spread | None:
    """Return the spread of the known values; None when none is known."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    if len(known) == 1:
        return Spread(known[0], known[0], known[0], 1)
    low, middle, high = quantiles(known, n=4, method="inclusive")
    return Spread(middle, low, high, len(known))


def stability(verdicts: Iterable[Sequence[object]]) -> Share | None:
    """Return how many repeats came to the same verdict as most of their cell's, and of how many.

    `verdicts` holds one sequence a cell; a cell with a single repeat says nothing. None of nothing.
    """
    told = [cell for cell in verdicts if len(cell) > 1]
    if not told:
        return None
    agreeing = sum(max(Counter(cell).values()) for cell in told)
    return Share(agreeing, sum(len(cell) for cell in told))

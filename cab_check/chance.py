"""What a few repeats can show and what they cannot: an interval and two exact tests. No imports."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, sqrt

LEVEL = 0.05
"""Below this a difference is one; at or above it, it cannot be told from chance."""
_Z = 1.959963984540054
"""The normal quantile that leaves 2.5 % on either side."""


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `n`; what a few repeats are worth is its `interval`."""

    count: int
    n: int

    @property
    def interval(self) -> tuple[float, float]:
        """Return Wilson's 95 % interval of the rate, (0, 1) where there is no repeat at all.

        E. B. Wilson, Probable inference, JASA 22 (1927): it stays inside 0 to 1 and is not empty
        at 0 of n or n of n.
        """
        if self.n == 0:
            return 0.0, 1.0
        rate, square = self.count / self.n, _Z * _Z
        middle = rate + square / (2 * self.n)
        reach = _Z * sqrt(rate * (1 - rate) / self.n + square / (4 * self.n * self.n))
        whole = 1 + square / self.n
        return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)


def unpaired(first: Share, second: Share) -> float:
    """Return how likely two shares are to be so unlike, or more, by chance: Fisher, two-sided."""
    n, hits = first.n + second.n, first.count + second.count
    ways = [
        comb(first.n, k) * comb(second.n, hits - k)
        for k in range(max(0, hits - second.n), min(hits, first.n) + 1)
    ]
    seen = comb(first.n, first.count) * comb(second.n, second.count)
    return sum(way for way in ways if way <= seen) / comb(n, hits)


def paired(one_way: int, other_way: int) -> float:
    """Return how likely pairs are to split so unevenly, or more, by chance: McNemar's exact test.

    Only pairs that differ count: a binomial of one half, two-sided (the sign test). 1 when none do.
    """
    n = one_way + other_way
    tail, ways = 0, 1
    for k in range(min(one_way, other_way) + 1):
        tail += ways
        ways = ways * (n - k) // (k + 1)
    return min(1.0, 2 * tail / (1 << n))  # whole numbers: a float holds no thousand pairs

"""The plan of a sweep: which cells there are, in what order, and which of them a shard runs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from cab_check.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cab_check.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Shard:
    """One part of a sweep that several machines share: the first is 1 of `of`."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


WHOLE = Shard(1, 1)
MOST_CELLS = 100_000
"""Of one sweep, all shards together; ours."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell to run: its number in the whole sweep from 1, its target's index, its repeat."""

    number: int
    target: int
    task: Task
    repeat: int = 1

    @property
    def key(self) -> str:
        """Return what stays the same from one start of the sweep to the next."""
        return f"{self.target}:{self.task.id}:{self.repeat}"


def lay_out(tasks: Sequence[Task], *, targets: int = 1, repeats: int = 1) -> tuple[Cell, ...]:
    """Return all cells of a sweep in the order in which they run.

    Interleaved, so that a sweep that ends early is still balanced: every task on every target
    once, before any of them a second time. Raises UsageError beyond `MOST_CELLS`.
    """
    if (cells := len(tasks) * targets * repeats) > MOST_CELLS:
        raise UsageError(
            f"{cells:,} cells: {len(tasks):,} tasks x {targets:,} targets x {repeats:,} repeats; "
            f"a sweep has {MOST_CELLS:,} at most",
            hint="lower --repeat, or make several sweeps of it",
        )
    numbers = count(1)
    return tuple(
        Cell(next(numbers), target, task, repeat)
        for repeat in range(1, repeats + 1)
        for task in tasks
        for target in range(targets)
    )


def deal(cells: Iterable[Cell], shard: Shard) -> tuple[Cell, ...]:
    """Return the cells of one shard, in their order: the same on every machine.

    The heavy ones (by the time that their task allows) are dealt first, there and back, so that no
    shard has more than one cell, or one heavy task, above another. What ties them is broken by a
    hash: neither a task nor a target falls to one shard alone.
    """
    heavy_first = sorted(cells, key=lambda cell: (-cell.task.timeout_s, _shuffled(cell.key)))
    hand = []
    for place, cell in enumerate(heavy_first):
        turn, seat = divmod(place, shard.of)
        dealt_to = seat if turn % 2 == 0 else shard.of - 1 - seat
        if dealt_to == shard.number - 1:
            hand.append(cell)
    return tuple(sorted(hand, key=lambda cell: cell.number))


def _shuffled(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()

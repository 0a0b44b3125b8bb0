"""Lanes: one a target; its first cell goes alone, and the others follow when it was answered."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cab_check.cell import Bench
    from cab_check.endpoint.faults import Fault
    from cab_check.sweep.plan import Cell
    from cab_check.verdict import Verdict


@dataclass(slots=True)
class Lane:
    """One target's way: `stop` is the verdict of its cells that are left, once it has ended.

    `unreached` counts its last cells in a row that ended with nobody there to answer.
    """

    bench: Bench
    begun: bool = False
    answered: bool = False
    unreached: int = 0
    stop: Verdict | None = None
    fault: Fault | None = None

    @property
    def free(self) -> bool:
        """Say whether a cell may start: the first of all, or any after the first answer."""
        return self.answered or not self.begun or self.stop is not None


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """A cell that was handed out, and its lane."""

    cell: Cell
    lane: Lane


class Queue:
    """The cells that wait, handed out in their order as their lanes are free.

    One after the other: the next goes when the one before is under way, so that many that begin at
    once do not hold up each other's first turn.
    """

    def __init__(self, cells: Iterable[Cell], lanes: tuple[Lane, ...]) -> None:
        self._waiting = deque(cells)
        self._lanes = lanes
        self._starting: Start | None = None
        self._changed = asyncio.Event()
        self._door = asyncio.Lock()

    async def next(self) -> Start | None:
        """Return the next cell that may start; None when none is left.

        Whoever takes one says when it is `under_way`, in any case at its end.
        """
        async with self._door:  # one looks, the others stand behind it
            while self._waiting:
                if self._starting is None:
                    self._starting = self._take()
                    if self._starting is not None:
                        return self._starting
                self._changed.clear()
                await self._changed.wait()
        return None

    def under_way(self, start: Start) -> None:
        """Let the next cell start; said again, or when it has long begun, it changes nothing."""
        if self._starting is start:
            self._starting = None
            self.changed()

    def changed(self) -> None:
        """Let those who wait look again."""
        self._changed.set()

    def _take(self) -> Start | None:
        for place, cell in enumerate(self._waiting):
            lane = self._lanes[cell.target]
            if lane.free:
                lane.begun = True
                del self._waiting[place]
                return Start(cell, lane)
        return None

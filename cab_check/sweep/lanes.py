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
    """One target's way: `stop` is the verdict of its cells that are left, once it has ended."""

    bench: Bench
    begun: bool = False
    answered: bool = False
    stop: Verdict | None = None
    fault: Fault | None = None

    @property
    def free(self) -> bool:
        """Say whether a cell may start: the first of all, or any after the first answer."""
        return self.answered or not self.begun or self.stop is not None


class Queue:
    """The cells that wait, handed out in their order as their lanes are free."""

    def __init__(self, cells: Iterable[Cell], lanes: tuple[Lane, ...]) -> None:
        self._waiting = deque(cells)
        self._lanes = lanes
        self._changed = asyncio.Event()

    async def next(self) -> tuple[Cell, Lane] | None:
        """Return the next cell that may start; None when none is left."""
        while self._waiting:
            for place, cell in enumerate(self._waiting):
                lane = self._lanes[cell.target]
                if lane.free:
                    lane.begun = True
                    del self._waiting[place]
                    return cell, lane
            self._changed.clear()
            await self._changed.wait()
        return None

    def changed(self) -> None:
        """Let those who wait look again."""
        self._changed.set()

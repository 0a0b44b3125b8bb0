"""The watchdog: processes, memory and disk of all boxes, looked at from outside (SANDBOX §4, §13).

One thread and one walk over the machine's processes a tick serve all boxes of this process, at
every level: whatever runs in a box descends from its launcher, also where that has a namespace of
its own. The kernel's own limits are per process or file; these are for all of a box together.
"""

from __future__ import annotations

import math
import os
import threading
import time
import weakref
from typing import TYPE_CHECKING, Final

from cab_check.sandbox.box import Limit
from cab_check.sandbox.disk import disk_use, free_bytes
from cab_check.sandbox.inside.processes import table
from cab_check.sandbox.memory import shared_out_bytes
from cab_check.settings import MIB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cab_check.sandbox.inside.processes import Row
    from cab_check.settings import BoxLimits

_TICK_S: Final = 0.1
_IDLE_TICK_S: Final = 0.5
# what is dear to measure takes a tenth of the thread's time at most, and disk even less
_SHARE: Final = 10
_DISK_SHARE: Final = 20
_DISK_PAUSE_S: Final = 10.0
# a full tree stays full: a later command may clear it up, and is ended only when it adds so much
_MORE_BYTES: Final = 16 * MIB


class Ward:
    """One box under watch. `launcher` is its process, `tree` the use of disk of its directory.

    `exceeded` is called in the watchdog's thread with the limit that the box went over. `busy` says
    that a command is under way: between commands a box is looked at less often.
    """

    def __init__(
        self, launcher: int, tree: Tree, limits: BoxLimits, exceeded: Callable[[Limit], None]
    ) -> None:
        self.launcher = launcher
        self.busy = False
        self.released = False
        self._limits = limits
        self._exceeded = exceeded
        self._memory_due = 0.0
        self._tree = tree

    def look(self, below: Mapping[int, Row]) -> None:
        """Compare what runs below the launcher, and lies below the root, with the limits."""
        over = self._over(below)
        if over is not None and not self.released:
            self._exceeded(over)

    def _over(self, below: Mapping[int, Row]) -> Limit | None:
        if sum(max(row.tasks, 1) for row in below.values()) > self._limits.processes:
            return Limit.PROCESSES
        if self._memory_is_over(below):
            return Limit.MEMORY
        return Limit.DISK if self._tree.is_over(below) else None

    def _memory_is_over(self, below: Mapping[int, Row]) -> bool:
        """Tell from the sum, which counts shared pages often, and only then from the real one."""
        limit, now = self._limits.memory_bytes, time.monotonic()
        resident = {pid: row.resident_bytes for pid, row in below.items()}
        if sum(resident.values()) <= limit or now < self._memory_due:
            return False
        over = shared_out_bytes(resident) > limit
        self._memory_due = now if over else _later(now, _SHARE)
        return over


class Tree:
    """What a box may add to its tree: walked when the disk lost space, and now and then.

    `root` is an open directory, of which a descriptor of its own is kept. What lies there already
    is counted at once, and is not the box's.
    """

    def __init__(self, root: int, limit: int) -> None:
        self._root = os.dup(root)
        weakref.finalize(self, os.close, self._root)
        self._limit = limit
        self._before = disk_use(self._root, (), math.inf)
        self._free_before = self._free = free_bytes(root)
        self._full = 0
        self._fired = False
        self._due = self._must = 0.0

    def is_over(self, pids: Iterable[int]) -> bool:
        """Walk the tree if it is due, and compare it with what it was at the first walk."""
        now, free = time.monotonic(), free_bytes(self._root)
        if now < self._due or (now < self._must and self._free - free < self._limit // 8):
            return False
        use = disk_use(self._root, pids, self._enough())
        self._free = free
        self._due, self._must = _later(now, _DISK_SHARE), time.monotonic() + _DISK_PAUSE_S
        used = use.used_bytes
        if use.hidden:  # it is taken to be all that the disk has lost meanwhile
            used = max(used, self._before.used_bytes + self._free_before - free)
        return self._judge(used)

    def _judge(self, used: int) -> bool:
        ceiling = self._before.used_bytes + self._limit
        over = used > max(ceiling, self._full + _MORE_BYTES)
        if self._fired:  # what was added until all had ended is not the next command's
            over, self._fired, self._full = False, False, used
        elif over:
            self._fired, self._must = True, 0.0
        elif used <= ceiling:
            self._full = 0
        return over

    def _enough(self) -> float:
        """Return what need not be counted beyond."""
        if self._fired:
            return math.inf
        return max(self._before.used_bytes + self._limit, self._full + _MORE_BYTES)


def _later(started: float, share: int) -> float:
    """Return the time before which something is not done again that was begun at `started`."""
    now = time.monotonic()
    return now + (now - started) * share


class Watchdog:
    """The thread, which runs while there is a box to watch."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wards: list[Ward] = []
        self._wanted = threading.Event()

    def watch(self, ward: Ward) -> None:
        """Begin to look at a box, until it is released."""
        with self._lock:
            self._wards.append(ward)
            if len(self._wards) == 1:
                threading.Thread(target=self._work, name="watchdog", daemon=True).start()

    def begin(self, ward: Ward) -> None:
        """Say that a command begins."""
        ward.busy = True
        self._wanted.set()

    def _work(self) -> None:
        while wards := self._present():
            started = time.monotonic()
            self._look(wards)
            # a storm of processes makes looking slow, and must not make it rare
            pause = min(max(_TICK_S, (time.monotonic() - started) * _SHARE), _IDLE_TICK_S)
            if not any(ward.busy for ward in wards):
                self._wanted.wait(_IDLE_TICK_S)
            self._wanted.clear()
            time.sleep(pause)

    def _present(self) -> list[Ward]:
        """Return the boxes to look at, without those that were released."""
        with self._lock:
            self._wards = [ward for ward in self._wards if not ward.released]
            return list(self._wards)

    def _look(self, wards: list[Ward]) -> None:
        rows = table()
        children: dict[int, list[int]] = {}
        for pid, row in rows.items():
            children.setdefault(row.parent, []).append(pid)
        for ward in wards:
            below = list(children.get(ward.launcher, ()))
            for pid in below:  # which grows meanwhile
                below += children.get(pid, ())
            ward.look({pid: rows[pid] for pid in below})


WATCHDOG: Final = Watchdog()
"""The one of this process."""

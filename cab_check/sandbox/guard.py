"""Between the watchdog's thread and one box in its event loop: what happens over a limit."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cab_check.sandbox.watchdog import WATCHDOG, Tree, Ward

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cab_check.sandbox.box import Limit
    from cab_check.settings import BoxLimits


class Guard:
    """The watch over one box, whose root is an open directory; `end_all` ends all that runs in it.

    Over a limit, the patience with a command under way is at its end, and whoever waits for it ends
    everything; without one, everything is ended at once. `began` is None until one is watched.
    """

    def __init__(self, root: int, limits: BoxLimits, end_all: Callable[[], None]) -> None:
        self._root = root
        self._limits = limits
        self.began: bool | None = None
        self._tree: Tree | None = None
        self._end_all = end_all
        self._ward: Ward | None = None
        self._patience: asyncio.Timeout | None = None
        self._over: Limit | None = None

    async def measure(self) -> None:
        """See what lies in the root before anything runs there; the first time is what counts."""
        if self._tree is None:
            self._tree = await asyncio.to_thread(Tree, self._root, self._limits.disk_bytes)

    def watch(self, launcher: int) -> None:
        """Begin to watch what descends from a launcher; the root was measured before."""
        assert self._tree is not None  # noqa: S101 - as it says
        loop = asyncio.get_running_loop()

        def exceeded(limit: Limit) -> None:
            with suppress(RuntimeError):  # the loop has just been closed
                loop.call_soon_threadsafe(self._exceed, limit)

        self._ward = Ward(launcher, self._tree, self._limits, exceeded)
        WATCHDOG.watch(self._ward)
        self.began = True

    def release(self) -> None:
        """End the watch."""
        if self._ward is not None:
            self._ward.released = True
            self._ward = None

    @contextmanager
    def command(self, patience: asyncio.Timeout) -> Iterator[None]:
        """Watch a command closely, with power over the patience with it."""
        self._patience = patience
        if self._ward is not None:
            WATCHDOG.begin(self._ward)
        try:
            yield
        finally:
            self._patience = None
            if self._ward is not None:
                self._ward.busy = False

    def take(self) -> Limit | None:
        """Return the limit that the box went over, and forget it."""
        over, self._over = self._over, None
        return over

    def _exceed(self, limit: Limit) -> None:
        if self._ward is None:
            return
        if self._patience is None:
            self._over = limit
            self._end_all()
        elif not self._patience.expired():
            self._over = limit
            self._patience.reschedule(asyncio.get_running_loop().time())

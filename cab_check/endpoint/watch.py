"""Watch: one timeout around many waits, whose deadline is moved at next to no cost."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class Watch:
    """Ends the block with TimeoutError once its deadline has passed while something is awaited.

    The timer is set anew only when it is due or when the deadline comes nearer: a stream moves its
    deadline away with every chunk. Without a deadline nothing ends. Use it as an async context
    manager, once.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._scope = asyncio.timeout(None)
        self._until = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def expired(self) -> bool:
        """Whether it was the deadline that ended the block."""
        return self._scope.expired()

    def until(self, moment: float) -> None:
        """Move the deadline to a moment of the loop's time."""
        self._until = moment
        if self._timer is None or moment < self._timer.when():
            self._set()

    async def __aenter__(self) -> Self:
        await self._scope.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await self._scope.__aexit__(kind, error, traceback)

    def _set(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._until, self._due)

    def _due(self) -> None:
        self._timer = None
        if self._until > self._loop.time():
            self._set()
        else:
            # the scope may be ending already, by a deadline that came just before
            with suppress(RuntimeError):
                self._scope.reschedule(self._loop.time())

"""The gate before one endpoint: a rate limit that one cell meets holds for all of its cells."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cab_check.clock import Clock
    from cab_check.endpoint.faults import Fault
    from cab_check.endpoint.message import Usage

_SPREAD_S = 0.5
_FEWEST_ANSWERS = 2


class Meter(Protocol):
    """Whoever counts what a run spends, over all of its endpoints."""

    async def admit(self) -> None:
        """Let a request go, or wait to be cancelled when none may go any more."""
        ...

    def paid(self, usage: Usage | None) -> None:
        """Count what an exchange has used; None where the endpoint did not say."""
        ...


class Gate:
    """Open to everybody, until the endpoint says that it is too much (429).

    Then nobody passes until the pause is over, and no more at once than half of those that were
    under way; the number grows by one for a quarter as many answers. The pause is the server's
    Retry-After, else what the retry that met the limit waits. Where the server wants more than
    anybody waits for, the gate is shut for good: `shut_by` is that limit, and whoever is let in
    after it sends nothing. Times are the clock's, in seconds.
    """

    def __init__(self, clock: Clock) -> None:
        self.shut_by: Fault | None = None
        self._clock = clock
        self._opens_at = 0.0
        self._most: int | None = None
        self._under_way = 0
        self._answered = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._shut = asyncio.Event()

    async def enter(self, left_s: float) -> float:
        """Wait to be let in, at most `left_s`; return how many seconds that took."""
        try:
            waited_s = await self._wait(left_s)
        except asyncio.CancelledError:
            self._wake_next()  # it may have been woken for a room that it does not take
            raise
        self._under_way += 1
        return waited_s

    async def _wait(self, left_s: float) -> float:
        began, waited_s = self._clock.monotonic(), 0.0
        while self.shut_by is None and (left := left_s - waited_s) > 0:
            pause = self._opens_at - self._clock.monotonic()
            if pause > 0:
                # not all at the same moment
                await self._sleep(min(pause + random.uniform(0, _SPREAD_S), left))  # noqa: S311 - no secret
            elif self._full:
                await self._room(left)
            else:
                break
            waited_s = self._clock.monotonic() - began
        return waited_s

    def leave(self, *, limited: bool) -> None:
        """Be done with a request; `limited` says that it met a rate limit."""
        if limited:
            if self._opens_at <= self._clock.monotonic():
                self._most = max(1, self._under_way // 2)
                self._answered = 0
        elif self._most is not None:
            self._answered += 1
            if self._answered >= max(_FEWEST_ANSWERS, self._most // 4):
                self._most, self._answered = self._most + 1, 0
                self._wake_next()
        self._under_way -= 1
        self._wake_next()

    def pause(self, seconds: float, *, asked: bool) -> None:
        """Let nobody in for a while; a wish of the server's (`asked`) may prolong a pause."""
        opens_at = self._clock.monotonic() + seconds
        if asked or self._opens_at <= self._clock.monotonic():
            self._opens_at = max(self._opens_at, opens_at)

    def shut(self, because: Fault) -> None:
        """Let those who wait go, and everybody after them, to send nothing."""
        self.shut_by = self.shut_by or because
        self._shut.set()
        while self._queue:
            self._wake_next()

    @property
    def _full(self) -> bool:
        return self._most is not None and self._under_way >= self._most

    async def _sleep(self, seconds: float) -> None:
        """Wait that long, or until the gate is shut."""
        steps = [
            asyncio.ensure_future(step) for step in (self._clock.sleep(seconds), self._be_shut())
        ]
        try:
            await asyncio.wait(steps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for step in steps:
                step.cancel()

    async def _be_shut(self) -> None:
        await self._shut.wait()

    async def _room(self, left_s: float) -> None:
        waiting = asyncio.get_running_loop().create_future()
        self._queue.append(waiting)
        try:
            async with asyncio.timeout(left_s):
                await waiting
        except TimeoutError:
            return
        finally:
            waiting.cancel()

    def _wake_next(self) -> None:
        while self._queue:
            waiting = self._queue.popleft()
            if not waiting.done():
                waiting.set_result(None)
                break

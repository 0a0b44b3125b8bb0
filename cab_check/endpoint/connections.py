"""The connections to one endpoint: one httpx client each, so that none looks at all the others."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import httpx

KEEP_ALIVE_S = 60.0


class Connections:
    """As many clients as there are exchanges at once, and those that are idle.

    A pool of httpx's looks at each of its connections with every request, which for many cells
    grows with their square; here each exchange has a client to itself. The last used goes first,
    so that those beyond what is needed stay idle; after `keep_s` seconds of that they are closed.
    """

    def __init__(
        self, make: Callable[[], httpx.AsyncClient], *, keep_s: float = KEEP_ALIVE_S
    ) -> None:
        self._make = make
        self._keep_s = keep_s
        self._closed = False
        # each with the moment at which it was given back, the oldest to the left; one is made at
        # once, so that settings that cannot be used are told before the first request
        self._idle: deque[tuple[float, httpx.AsyncClient]] = deque([(float("inf"), make())])

    @asynccontextmanager
    async def one(self) -> AsyncIterator[httpx.AsyncClient]:
        """Lend a client for one exchange."""
        await self._close_old()
        http = self._idle.pop()[1] if self._idle else self._make()
        try:
            yield http
        finally:
            if self._closed:
                await http.aclose()
            else:
                self._idle.append((asyncio.get_running_loop().time(), http))

    async def close(self) -> None:
        """Close all that are idle; one that is lent is closed when it comes back."""
        self._closed = True
        while self._idle:
            await self._idle.pop()[1].aclose()

    async def _close_old(self) -> None:
        oldest = asyncio.get_running_loop().time() - self._keep_s
        while self._idle and self._idle[0][0] <= oldest:
            await self._idle.popleft()[1].aclose()

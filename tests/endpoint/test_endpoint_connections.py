"""Connections to an endpoint: as many as there are exchanges at once, used again, none left."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import httpx

from cab_check.endpoint.connections import Connections
from tests.endpoint.endpoint_stage import answer, framed, head, on_stage, settings

if TYPE_CHECKING:
    from collections.abc import Callable


class Made:
    """Makes clients, and knows which there are."""

    def __init__(self) -> None:
        self.all: list[httpx.AsyncClient] = []

    def __call__(self) -> httpx.AsyncClient:
        """Make one more."""
        self.all.append(httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer("ok"))))
        return self.all[-1]

    @property
    def closed(self) -> int:
        """How many of them are closed."""
        return sum(http.is_closed for http in self.all)


async def _at_once(connections: Connections, count: int) -> None:
    async with AsyncExitStack() as lent:
        taken = [await lent.enter_async_context(connections.one()) for _ in range(count)]
        assert len({id(http) for http in taken}) == count


async def test_each_exchange_has_a_client_to_itself_and_the_last_used_goes_first() -> None:
    """Five at once are five clients; five in a row need one, and the others stay idle."""
    made = Made()
    connections = Connections(made)
    assert len(made.all) == 1
    await _at_once(connections, 5)
    assert len(made.all) == 5
    used = set()
    for _ in range(5):
        async with connections.one() as http:
            used.add(id(http))
    assert len(used) == 1
    await connections.close()
    assert made.closed == len(made.all) == 5


async def test_what_was_idle_for_too_long_is_closed_with_the_next_exchange() -> None:
    """The five of a busy moment do not stay for the rest of a long run."""
    made = Made()
    connections = Connections(made, keep_s=0.0)
    await _at_once(connections, 5)
    async with connections.one():
        assert made.closed == 5
    assert len(made.all) == 6
    await connections.close()
    assert made.closed == 6


async def test_one_that_comes_back_after_the_end_is_closed() -> None:
    """An exchange that is cancelled while the run closes leaves nothing open either."""
    made = Made()
    connections = Connections(made)
    async with connections.one() as http:
        await connections.close()
        assert not http.is_closed
    assert http.is_closed


class Server:
    """Answers on real connections once so many requests are there, and hands out a cookie."""

    def __init__(self, together: int) -> None:
        self.together = together
        self.waiting: list[Callable[[], None]] = []
        self.heads: list[bytes] = []
        self.opened = self.closed = 0
        self.gone = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.opened += 1
        self.gone.clear()
        try:
            while True:
                self.heads.append(await reader.readuntil(b"\r\n\r\n"))
                await self._everybody()
                kind, cookie = "application/json", f"Set-Cookie: seen-{self.opened}=1"
                writer.write(head("200 OK", kind, cookie, chunked=True))
                writer.write(framed(answer({"data": [{"id": "a"}]}).content) + framed(b""))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.closed += 1
            if self.closed == self.opened:
                self.gone.set()
            writer.close()

    async def _everybody(self) -> None:
        there = asyncio.Event()
        self.waiting.append(there.set)
        if len(self.waiting) >= self.together:
            for release in self.waiting:
                release()
            self.waiting.clear()
        await there.wait()


async def test_a_line_uses_its_connections_again_and_shares_cookies_among_them() -> None:
    """Eight at once, and eight after: eight connections, all closed with the line."""
    served = Server(together=8)
    server = await asyncio.start_server(served, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with on_stage(settings(f"http://127.0.0.1:{port}/v1")) as stage:
            for _ in range(2):
                asked = await asyncio.gather(*(stage.client.models() for _ in range(8)))
                assert [models.names for models in asked] == [("a",)] * 8
        async with asyncio.timeout(60):
            await served.gone.wait()
    assert served.opened == 8
    later = served.heads[8:]
    assert len(later) == 8
    assert all(b"seen-8=1" in one for one in later)

"""serve(): the embedded endpoint on 127.0.0.1, for as long as the block lasts."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from cab_check.demo.api import Api
from cab_check.demo.cast import Cast
from cab_check.demo.connection import Connection, Incoming
from cab_check.demo.quirks import find_quirks
from cab_check.demo.quirks.hall import Hall
from cab_check.demo.quirks.quirk import Memory
from cab_check.demo.request import HttpLimits
from cab_check.demo.stand_in import StandIn
from cab_check.errors import UsageError

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from cab_check.demo.request import HttpRequest
    from cab_check.demo.response import Response
    from cab_check.tasks.spec import Task

HOST = "127.0.0.1"
_BACKLOG = 1024
_GRACE_S = 1.0


class DemoServer:
    """A running endpoint; `url` is what a client takes as base URL.

    `respond` answers every request; `grace_s` is what answers under way get when it closes. Its
    `memory` tells how many completions were asked for.
    """

    def __init__(
        self,
        respond: Callable[[HttpRequest], Response],
        limits: HttpLimits,
        *,
        grace_s: float = _GRACE_S,
        memory: Memory | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.memory = memory or Memory()
        self._tls = tls
        self._respond = respond
        self._limits = limits
        self._grace_s = grace_s
        self._open: dict[asyncio.Task[None], Connection] = {}
        self._server: asyncio.Server | None = None
        self._closing = False
        self.port = 0

    @property
    def url(self) -> str:
        """Return the base URL, ending in /v1."""
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://{HOST}:{self.port}/v1"

    @property
    def connections(self) -> int:
        """Return how many connections are open."""
        return len(self._open)

    async def start(self, port: int) -> None:
        """Listen; UsageError when the port cannot be had."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: asyncio.StreamReaderProtocol(
                    Incoming(limit=self._limits.head_bytes, loop=loop), self._connected, loop=loop
                ),
                HOST,
                port,
                backlog=_BACKLOG,
                ssl=self._tls,
            )
        except (OSError, OverflowError) as error:
            message = f"port {port} on {HOST} cannot be had: {error}"
            raise UsageError(message, hint="take another port, or 0 for any free one") from error
        self.port = self._server.sockets[0].getsockname()[1]

    async def quiet(self) -> None:
        """Wait until no connection is open."""
        while self._open:
            await asyncio.wait(self._open)

    async def close(self) -> None:
        """Take no more connections, let answers under way end for `grace_s`, then end them."""
        if self._server is None:
            return
        self._closing = True
        self._server.close()
        for task, connection in self._open.items():
            connection.closing = True
            if not connection.busy:
                task.cancel()
        if self._open:
            await asyncio.wait(self._open, timeout=self._grace_s)
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._closing:  # accepted in the very last moment
            writer.transport.abort()
            return
        assert isinstance(reader, Incoming)  # noqa: S101 - as start() made it; tells mypy so
        connection = Connection(reader, writer, self._answer, self._limits)
        task = asyncio.get_running_loop().create_task(connection.run())
        self._open[task] = connection
        task.add_done_callback(self._ended)

    def _answer(self, request: HttpRequest) -> Response:
        response = self._respond(request)
        if self.memory.stopped and self._server is not None:
            self._server.close()
        return response

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._open.pop(task).abandon()
        if not task.cancelled() and (error := task.exception()) is not None:
            context = {
                "message": "a connection ended with a fault of the server",
                "exception": error,
            }
            task.get_loop().call_exception_handler(context)


def _untrusted() -> ssl.SSLContext:
    from cab_check.demo.certificate import untrusted_context  # noqa: PLC0415 - for one quirk

    return untrusted_context()


@asynccontextmanager
async def serve(
    *,
    port: int = 0,
    key: str | None = None,
    find: Callable[[str], Task] | None = None,
    all_tasks: Callable[[], Iterable[Task]] | None = None,
    latency_s: float = 0.0,
    chunk_delay_s: float = 0.0,
    limits: HttpLimits | None = None,
    grace_s: float = _GRACE_S,
    quirks: Sequence[str] = (),
    actor: str | None = None,
) -> AsyncIterator[DemoServer]:
    """Serve the actors on 127.0.0.1 until the block is left.

    `port` 0 takes any free one; `key` None lets everybody in. `find` and `all_tasks` are the
    catalogue's own unless given. `latency_s` passes before every completion, `chunk_delay_s`
    between two events of a stream; answers under way get `grace_s` when the block is left.
    `quirks` names what it does otherwise than the protocol says, `actor` whoever plays the models
    whose name is no actor's own. Raises UsageError when the port cannot be had, or when there is no
    such quirk or actor.
    """
    from cab_check.tasks import catalog  # noqa: PLC0415 - only where no other is given

    hall = Hall(find_quirks(quirks))

    cast = Cast(find or catalog.find, all_tasks or catalog.all_tasks)
    StandIn(cast, actor).check()
    api = Api(
        cast=cast,
        key=key,
        started=int(time.time()),
        latency_s=latency_s,
        chunk_delay_s=chunk_delay_s,
        hall=hall,
        actor=actor,
    )
    server = DemoServer(
        api.respond,
        limits or HttpLimits(),
        grace_s=grace_s,
        memory=hall.memory,
        tls=_untrusted() if hall.tls else None,
    )
    await server.start(port)
    try:
        yield server
    finally:
        await server.close()

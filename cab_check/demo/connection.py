"""One client's connection: requests are read and answered one after another until it ends."""

from __future__ import annotations

import asyncio
import math
import socket
import struct
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, SupportsIndex

from cab_check.demo.apierror import ApiError
from cab_check.demo.request import read_request
from cab_check.demo.response import Cut, Framing, pieces, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cab_check.demo.request import HttpLimits, HttpRequest
    from cab_check.demo.response import Piece, Response, Wait

_FLUSH_BYTES = 64 * 1024
_LINGER_S = 1.0
_LEFT = (ConnectionError, asyncio.IncompleteReadError)


class Incoming(asyncio.StreamReader):
    """A stream reader that tells at once when the client has closed its side.

    A plain one tells whoever reads, and nobody does while an answer waits for its time. `fed_at` is
    the loop's time when bytes last came.
    """

    def __init__(self, limit: int, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(limit=limit, loop=loop)
        self.ended = asyncio.Event()
        self.fed_at = loop.time()
        self._time = loop.time

    def feed_data(self, data: Iterable[SupportsIndex]) -> None:
        """Note when the bytes came."""
        self.fed_at = self._time()
        super().feed_data(data)

    def feed_eof(self) -> None:
        """Note the end of what the client sends."""
        self.ended.set()
        super().feed_eof()

    def set_exception(self, exc: Exception) -> None:
        """Note that the connection broke."""
        self.ended.set()
        super().set_exception(exc)


class Connection:
    """Reads requests, hands each to `respond`, sends what comes back, keeps alive as HTTP says.

    A client that closes its side while an answer waits is taken to be gone, as most servers do.
    `busy` is true between a request's last byte and the last byte of its answer.
    """

    def __init__(
        self,
        reader: Incoming,
        writer: asyncio.StreamWriter,
        respond: Callable[[HttpRequest], Response],
        limits: HttpLimits,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._respond = respond
        self._limits = limits
        self.busy = False
        self.closing = False

    async def run(self) -> None:
        """Serve until either side ends the connection; abandon() comes after it in any case."""
        with suppress(*_LEFT):
            while await self._exchange():
                pass
            self._writer.close()
            await self._writer.wait_closed()

    def abandon(self) -> None:
        """Let go of the socket, whatever run() came to; a cancelled one may never have begun."""
        self._writer.transport.abort()

    async def _exchange(self) -> bool:
        """Answer one request and say whether another may follow."""
        try:
            request = await read_request(self._reader, self._limits, self._writer.write)
        except ApiError as error:
            await self._send(pieces(refusal(error), Framing()))
            await self._linger()
            return False
        if request is None:
            return False
        self.busy = True
        try:
            response = self._respond(request)
            framing = Framing(
                minor=request.minor,
                keep_alive=request.keep_alive and not self.closing,
                head_only=request.method == "HEAD",
            )
            sent = await self._send(pieces(response, framing))
            return sent and framing.stays(response) and not self.closing
        finally:
            self.busy = False

    async def _send(self, outgoing: Iterable[Piece]) -> bool:
        """Send the pieces; False when the connection is over before the last of them."""
        waiting: list[bytes] = []
        size = 0
        for piece in outgoing:
            if isinstance(piece, bytes):
                waiting.append(piece)
                size += len(piece)
                if size < _FLUSH_BYTES:
                    continue
            await self._flush(waiting)
            size = 0
            if isinstance(piece, bytes):
                continue
            if isinstance(piece, Cut):
                self._cut(piece)
                return False
            if not await self._wait(piece):
                return False
        await self._flush(waiting)
        return True

    async def _flush(self, waiting: list[bytes]) -> None:
        if waiting:
            self._writer.write(b"".join(waiting))
            waiting.clear()
            await self._writer.drain()

    async def _wait(self, wait: Wait) -> bool:
        """Let time pass; False when the client leaves meanwhile."""
        now = asyncio.get_running_loop().time()
        end = (self._reader.fed_at if wait.from_request else now) + wait.seconds
        try:
            async with asyncio.timeout_at(None if math.isinf(end) else end):
                await self._reader.ended.wait()
        except TimeoutError:
            return True
        return False

    def _cut(self, cut: Cut) -> None:
        """End the connection; closing without lingering is what makes a RST of it."""
        if cut.reset:
            layout = "hh" if sys.platform == "win32" else "ii"
            sock = self._writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(layout, 1, 0))
            self._writer.transport.abort()

    async def _linger(self) -> None:
        """Take in what is still coming before the close.

        Closing over unread bytes resets the connection, and the client would lose the answer.
        """
        self._writer.write_eof()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                while await self._reader.read(_FLUSH_BYTES):
                    pass

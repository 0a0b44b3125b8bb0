"""One HTTP exchange under its timers: bytes out, and what came back until the reading ended."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from cab_check.endpoint.network_faults import ended_by
from cab_check.endpoint.stream import StreamAssembly
from cab_check.endpoint.taped import End
from cab_check.endpoint.unpack import Unpacker
from cab_check.endpoint.watch import Watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
    from typing import Any

    import httpx

    from cab_check.clock import Clock
    from cab_check.endpoint.tape import Recording, Tape
    from cab_check.settings import Timers

LARGEST_ANSWER = 32 * 1024 * 1024
_LARGEST_ERROR = 256 * 1024
_OK = range(200, 300)
T = TypeVar("T")


class Timer(StrEnum):
    """The timers that asyncio keeps; connect is httpx's own (ENDPOINTS §1)."""

    FIRST_EVENT = "first event"
    IDLE = "idle"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Stall:
    """A timer that fired, and after how many seconds of what it times."""

    timer: Timer
    seconds: float


@dataclass(frozen=True, slots=True)
class TooLarge:
    """An answer that was given up because it grew beyond any sense."""

    limit_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One request. `stream` says that it asks for a stream, `left_s` what the total timer has.

    An answer beyond `largest_bytes` is given up.
    """

    method: str
    url: str
    body: bytes
    stream: bool
    left_s: float
    largest_bytes: int = LARGEST_ANSWER


@dataclass(slots=True)
class Incoming:
    """What came back, filled as it came. `ended` None means that the body came to its end.

    `stream` is set once an event was seen; `body` holds what is no stream. `wrong_encoding` is one
    that was announced and is not there, or was not asked for. `latency_ms` ends with the last byte
    that was waited for, not with the silence after it.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    stream: StreamAssembly | None = None
    ended: Stall | TooLarge | Exception | None = None
    wrong_encoding: str | None = None
    latency_ms: float = 0.0
    first_token_ms: float | None = None


def _unheard(_chunk: bytes | None) -> None:
    """Stand in for a listener where there is none."""


class _StalledError(Exception):
    """A wait that its timer ended; it never leaves this module."""


class Exchange:
    """Runs one exchange. Cancelling it closes the connection.

    `heard` is handed None when the request sets out, nothing but an empty text when the head has
    come, then each chunk of the body as it comes; a tape takes down all of it.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        outgoing: Outgoing,
        *,
        timers: Timers,
        clock: Clock,
        heard: Callable[[bytes | None], None] | None = None,
        tape: Tape | None = None,
    ) -> None:
        self._http = http
        self._outgoing = outgoing
        self._timers = timers
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._begun = self._loop.time()
        self._begun_clock = clock.monotonic()
        self._incoming = Incoming()
        self._stall = Stall(Timer.TOTAL, outgoing.left_s)
        self._assembly = StreamAssembly()
        self._size = 0
        self._last = self._begun
        self._heard = heard or _unheard
        self._tape = tape
        self._recording: Recording | None = None
        self._end = End.LEFT

    async def run(self) -> Incoming:
        """Send, and read until the answer is complete, a timer fires or the connection breaks."""
        import httpx  # noqa: PLC0415 - costs start-up time

        incoming = self._incoming
        try:
            await self._run()
        except _StalledError:
            incoming.ended = self._stall
            self._end = End.STALLED
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            # an OSError too: httpx lets a TLS record that is damaged in mid-body through
            incoming.ended = error
            self._end = ended_by(error)
        finally:
            if self._recording is not None:
                self._recording.end(self._end, self._assembly.draft.said())
        if incoming.ended is not None:
            self._mark()
        if incoming.stream is not None and not isinstance(incoming.ended, Exception):
            # half an event that a broken connection left is none
            incoming.stream.close()
        return incoming

    async def _run(self) -> None:
        outgoing = self._outgoing
        request = self._http.build_request(outgoing.method, outgoing.url, content=outgoing.body)
        if self._tape is not None:
            self._recording = self._tape.begin(request, outgoing.body)
        self._heard(None)
        sending = self._http.send(request, stream=True)
        if outgoing.stream:
            limit = self._timers.first_event_s
            response = await self._within(sending, Timer.FIRST_EVENT, limit, self._begun)
        else:
            response = await self._within(sending, Timer.TOTAL, outgoing.left_s, self._begun)
        try:
            self._incoming.status = response.status_code
            self._incoming.headers = response.headers
            self._mark()
            if self._recording is not None:
                self._recording.head(response)
            self._heard(b"")
            await self._read(response)
            if self._end is End.LEFT:
                self._end = End.ENOUGH
        finally:
            await response.aclose()

    async def _read(self, response: httpx.Response) -> None:
        unpacker = Unpacker(response.headers.get("content-encoding", ""))
        chunks = unpacker.unpacked(response)
        media = response.headers.get("content-type", "")
        try:
            if response.status_code not in _OK:
                await self._read_error(chunks)
            elif self._outgoing.stream and "html" not in media:
                await self._read_stream(chunks, media)
            else:
                await self._read_whole(chunks)
        finally:
            self._incoming.wrong_encoding = unpacker.wrong

    async def _read_error(self, chunks: AsyncIterator[bytes]) -> None:
        """Read an error's body, which only explains the status: its silence is not waited for."""
        silence = self._timers.after_finish_s
        try:
            while len(self._incoming.body) < _LARGEST_ERROR:
                chunk = await self._next(chunks, Timer.IDLE, silence, self._loop.time())
                if chunk is None:
                    break
                self._keep(chunk)
        except _StalledError:
            self._end = End.SILENT

    async def _read_whole(self, chunks: AsyncIterator[bytes]) -> None:
        """Read a body that is not streamed: only the total timer bounds it."""
        left_s = self._outgoing.left_s
        while (chunk := await self._next(chunks, Timer.TOTAL, left_s, self._begun)) is not None:
            self._keep(chunk)
            if self._too_large(chunk):
                return

    async def _read_stream(self, chunks: AsyncIterator[bytes], content_type: str) -> None:
        whole = "json" in content_type
        watch = Watch()
        try:
            async with watch:
                await self._read_events(chunks, watch, whole=whole)
        except TimeoutError as error:
            if not watch.expired:
                raise
            if self._assembly.complete:
                self._end = End.SILENT
                return
            self._deadline(*self._patience(whole=whole))
            raise _StalledError from error

    async def _read_events(
        self, chunks: AsyncIterator[bytes], watch: Watch, *, whole: bool
    ) -> None:
        watch.until(self._ends_at(whole=whole))
        async for chunk in chunks:
            self._hear(chunk)
            if self._take(chunk):
                self._last = self._loop.time()
            if self._too_large(chunk) or self._assembly.error is not None:
                return
            watch.until(self._ends_at(whole=whole))
        self._end = End.WHOLE
        # events that no empty line parts are seen only now
        self._assembly.close()
        if self._assembly.events and self._incoming.stream is None:
            self._incoming.stream = self._assembly
            self._incoming.body.clear()

    def _ends_at(self, *, whole: bool) -> float:
        """Return the moment at which the silence would have been too long."""
        _, limit, since = self._patience(whole=whole)
        return min(since + limit, self._begun + self._outgoing.left_s)

    def _patience(self, *, whole: bool) -> tuple[Timer, float, float]:
        """Return the timer that runs now, its limit, and the moment from which it counts."""
        timers, assembly = self._timers, self._assembly
        if assembly.done:
            return Timer.IDLE, timers.after_done_s, self._last
        if assembly.finished:
            return Timer.IDLE, timers.after_finish_s, self._last
        if assembly.events:
            return Timer.IDLE, timers.idle_s, self._last
        if whole:
            # the server ignores the wish for a stream: its body is no event to wait for
            return Timer.TOTAL, self._outgoing.left_s, self._begun
        return Timer.FIRST_EVENT, timers.first_event_s, self._begun

    def _take(self, chunk: bytes) -> bool:
        """Feed a chunk; say whether it resets the idle timer: an event does, or a comment."""
        assembly, incoming = self._assembly, self._incoming
        events, comments = assembly.events, assembly.comments
        if not events:
            self._keep(chunk)
        assembly.feed(chunk)
        if assembly.events and not events:
            incoming.stream = assembly
            incoming.body.clear()
        if assembly.events > events:
            self._mark()
            if incoming.first_token_ms is None and assembly.draft.begun:
                incoming.first_token_ms = incoming.latency_ms
            return True
        return assembly.comments > comments and not assembly.finished

    async def _next(
        self, chunks: AsyncIterator[bytes], timer: Timer, limit: float, since: float
    ) -> bytes | None:
        async def following() -> bytes | None:
            return await anext(chunks, None)

        chunk = await self._within(following(), timer, limit, since)
        if chunk is None:
            self._end = End.WHOLE
        else:
            self._hear(chunk)
        return chunk

    def _hear(self, chunk: bytes) -> None:
        self._heard(chunk)
        if self._recording is not None:
            self._recording.chunk(chunk)

    async def _within(
        self, step: Coroutine[Any, Any, T], timer: Timer, limit: float, since: float
    ) -> T:
        """Await one step under the named timer and the total one, whichever ends first."""
        scope = asyncio.timeout_at(self._deadline(timer, limit, since))
        try:
            async with scope:
                return await step
        except TimeoutError as error:
            if not scope.expired():
                raise
            raise _StalledError from error

    def _deadline(self, timer: Timer, limit: float, since: float) -> float:
        """Return when this timer or the total one fires, and note which of them it would be."""
        total_at = self._begun + self._outgoing.left_s
        self._stall = Stall(Timer.TOTAL, self._outgoing.left_s)
        if since + limit < total_at:
            self._stall = Stall(timer, limit)
        return min(since + limit, total_at)

    def _keep(self, chunk: bytes) -> None:
        self._incoming.body += chunk
        self._mark()

    def _too_large(self, chunk: bytes) -> bool:
        self._size += len(chunk)
        largest = self._outgoing.largest_bytes
        if self._size > largest:
            self._incoming.ended = TooLarge(largest)
            # nobody reads on in what was given up
            self._incoming.body.clear()
        return self._size > largest

    def _mark(self) -> None:
        self._incoming.latency_ms = (self._clock.monotonic() - self._begun_clock) * 1000

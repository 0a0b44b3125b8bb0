"""What the tests of this room stand on: a clock, a scripted transport, a raw server on a socket."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx

from cab_check.endpoint.client import Client
from cab_check.endpoint.message import Answered, Message, Role, ToolSpec, Unanswered
from cab_check.secrets import Redactor
from cab_check.settings import EndpointSettings, RetryPolicy, Timers

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from cab_check.endpoint.conversation import Conversation
    from cab_check.endpoint.faults import Fault
    from cab_check.endpoint.message import Reply, Retry

KEY = "key-test-0123456789abcdef"
URL = "http://127.0.0.1:9/v1"
NOW = datetime(2026, 11, 23, 18, 0, 0, tzinfo=UTC)
TOOLS = (ToolSpec("read_file", "Read a file.", {"type": "object", "properties": {}}),)
QUESTION = (
    Message(role=Role.SYSTEM, text="You work."),
    Message(role=Role.USER, text="Do it."),
)


class SwiftClock:
    """Real time, but for the waits: these only move the clock on, and are kept in `waits`."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def now(self) -> datetime:
        """Return a fixed moment."""
        return NOW

    def monotonic(self) -> float:
        """Return real seconds and those that were slept through."""
        return time.monotonic() + sum(self.waits)

    async def sleep(self, seconds: float) -> None:
        """Wait for nothing."""
        self.waits.append(seconds)


def settings(
    url: str = URL,
    *,
    key: str = KEY,
    stream: bool = False,
    temperature: float | None = None,
    max_tokens: int | None = None,
    headers: tuple[tuple[str, str], ...] = (),
    ca_bundle: Path | None = None,
    timers: Timers | None = None,
    attempts: int = 4,
    wait_s: float = 120.0,
) -> EndpointSettings:
    """Fill endpoint settings for a test."""
    return EndpointSettings(
        url=url,
        key=key,
        model="m-1",
        headers=headers,
        stream=stream,
        temperature=temperature,
        max_tokens=max_tokens,
        ca_bundle=ca_bundle,
        timers=timers or Timers(),
        retry=RetryPolicy(attempts=attempts, wait_s=wait_s),
    )


def message(**fields: object) -> dict[str, object]:
    """Build an unstreamed body around one message."""
    called = "tool_calls" in fields
    return {
        "model": "m-1",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", **fields},
                "finish_reason": "tool_calls" if called else "stop",
            }
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }


def chunk(delta: object, finish: str | None = None, **more: object) -> dict[str, object]:
    """Build one streamed chunk."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"model": "m-1", "choices": [choice], **more}


def call(
    name: str = "read_file", arguments: object = "{}", identity: object = "c1"
) -> dict[str, object]:
    """Build one tool call as a provider sends it."""
    function = {"name": name, "arguments": arguments}
    return {"id": identity, "type": "function", "function": function}


def sse(*events: object, done: bool = True) -> bytes:
    """Write events as a stream's bytes; strings and bytes go out as they stand."""
    lines = [_event(event) for event in events]
    return b"".join([*lines, b"data: [DONE]\n\n" if done else b""])


def _event(event: object) -> bytes:
    if isinstance(event, bytes):
        return event
    text = event if isinstance(event, str) else json.dumps(event)
    return f"data: {text}\n\n".encode()


USAGE_CHUNK = {
    "choices": [],
    "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
}
PLAIN_STREAM = (chunk({"content": "Hel"}), chunk({"content": "lo"}, "stop"), USAGE_CHUNK)


def answer(
    body: object, status: int = 200, headers: dict[str, str] | None = None
) -> httpx.Response:
    """Build a response: bytes go out as a stream of events, anything else as JSON."""
    if isinstance(body, bytes):
        return httpx.Response(
            status, content=body, headers={"content-type": "text/event-stream", **(headers or {})}
        )
    return httpx.Response(status, json=body, headers=headers)


@dataclass
class Script:
    """A transport that answers from a queue (the last answer for ever) and keeps what it saw."""

    answers: list[httpx.Response | Exception]
    requests: list[httpx.Request] = field(default_factory=list)

    @property
    def transport(self) -> httpx.MockTransport:
        """Return the transport to hand to a client."""
        return httpx.MockTransport(self._handle)

    @property
    def bodies(self) -> list[dict[str, object]]:
        """Return the requests' bodies, parsed."""
        return [json.loads(request.content) for request in self.requests if request.content]

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)


@dataclass
class Stage:
    """An open client with everything that a test looks at afterwards."""

    client: Client
    clock: SwiftClock
    conversation: Conversation
    retries: list[Retry] = field(default_factory=list)

    async def ask(
        self, messages: Sequence[Message] = QUESTION, *, left_s: float = 300.0
    ) -> Answered | Unanswered:
        """Ask the question of all tests; one that takes 10 real seconds has missed its timer."""
        async with asyncio.timeout(10):
            return await self.conversation.ask(
                messages, TOOLS, left_s=left_s, where="turn 1", on_retry=self.retries.append
            )

    async def reply(self, messages: Sequence[Message] = QUESTION) -> Reply:
        """Ask, and expect an answer."""
        got = await self.ask(messages)
        assert isinstance(got, Answered), got
        return got.reply

    async def fault(self, *, left_s: float = 300.0) -> Fault:
        """Ask, and expect none."""
        got = await self.ask(left_s=left_s)
        assert isinstance(got, Unanswered), got
        return got.fault

    def ledger(self) -> dict[str, int]:
        """Return the ledger's names and counts."""
        return {entry.name: entry.count for entry in self.conversation.accommodations()}


@asynccontextmanager
async def on_stage(
    used: EndpointSettings, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[Stage]:
    """Open a client."""
    clock = SwiftClock()
    client = Client(used, clock=clock, redactor=Redactor([used.key]), transport=transport)
    async with client:
        yield Stage(client, clock, client.conversation())


@asynccontextmanager
async def scripted(
    *answers: httpx.Response | Exception, used: EndpointSettings | None = None
) -> AsyncIterator[tuple[Stage, Script]]:
    """Open a client before a scripted transport."""
    script = Script(list(answers))
    async with on_stage(used or settings(), script.transport) as stage:
        yield stage, script


HANG = object()
ABORT = object()
RESET = object()
# bytes to be written, seconds to pause, HANG, ABORT or RESET
Step = object


@dataclass
class RawServer:
    """A server that plays bytes, pauses (floats), HANG, ABORT and RESET, request by request."""

    port: int
    scripts: list[Sequence[Step]]
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """Return the base URL of the server."""
        return f"http://127.0.0.1:{self.port}/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Play one connection."""
        self.connections += 1
        try:
            while await self._request(reader):
                script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
                if not await self._play(script, reader, writer):
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.closed.set()
            writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> bool:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return False
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        self.requests.append(head + await reader.readexactly(length))
        self.asked.set()
        return True

    @staticmethod
    async def _play(
        script: Sequence[Step], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Play one script; say whether the connection may be used again."""
        for step in script:
            if isinstance(step, bytes):
                writer.write(step)
                await writer.drain()
            elif isinstance(step, float):
                await asyncio.sleep(step)
            elif step in {ABORT, RESET}:
                if step is RESET:
                    sock = writer.get_extra_info("socket")
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()
                return False
            else:
                # until the client goes away
                await reader.read()
                return False
        return not any(isinstance(step, bytes) and b"close\r\n" in step for step in script)


def head(
    status: str = "200 OK", kind: str = "text/event-stream", *more: str, chunked: bool = False
) -> bytes:
    """Write a response's head; without `chunked` the body ends with the connection."""
    framing = "Transfer-Encoding: chunked" if chunked else "Connection: close"
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", framing, *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def framed(data: bytes) -> bytes:
    """Write one chunk of a chunked body; an empty one ends it."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


@asynccontextmanager
async def raw_server(
    *scripts: Sequence[Step], tls: ssl.SSLContext | None = None
) -> AsyncIterator[RawServer]:
    """Serve scripts on a real socket of 127.0.0.1."""
    served = RawServer(0, list(scripts))
    server = await asyncio.start_server(served.serve, "127.0.0.1", 0, ssl=tls)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        await server.wait_closed()


def quick(**changed: float) -> Timers:
    """Return the given timers; of the others only those run that end a complete answer."""
    limits = {
        "connect_s": 60.0,
        "first_event_s": 60.0,
        "idle_s": 60.0,
        "after_finish_s": 0.05,
        "after_done_s": 0.02,
        **changed,
    }
    return Timers(**limits)

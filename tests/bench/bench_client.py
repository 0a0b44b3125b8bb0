"""The client's own cost: a turn, the events of a stream, and a flood that is cut off."""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from cab_check.clock import SystemClock
from cab_check.endpoint.client import Client
from cab_check.endpoint.message import Answered, Message, Role, ToolSpec
from cab_check.secrets import Redactor
from cab_check.settings import EndpointSettings, RetryPolicy
from tests.bench.row import Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.endpoint.message import Unanswered

_TURNS = 300
_EVENTS = 60_000
_EVENT_BYTES = 200
_FLOOD_BYTES = 200 * 1024 * 1024
_TOOLS = (ToolSpec("read_file", "Read a file.", {"type": "object", "properties": {}}),)
_MB = 1024 * 1024


def measure() -> list[Row]:
    """Ask a server in another process; what it and the socket cost is measured without the client.

    The model's name says what is streamed: `turn` a small call, `events:N` so many events of 200
    bytes, `flood` 200 MB of them.
    """
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bench_client"], stdout=subprocess.PIPE, text=True
    )
    try:
        port = int(server.stdout.readline()) if server.stdout else 0
        return asyncio.run(_measure(port))
    finally:
        server.terminate()
        server.wait()


async def _measure(port: int) -> list[Row]:
    bare = [await _bare_turn(port) for _ in range(_TURNS)]
    ours = await _turns(port)
    before_mb = _peak_mb()
    flood_s, said = await _flood(port)
    added_mb = _peak_mb() - before_mb
    print(f"  the flood: {said}", file=sys.stderr)
    once, twice = [
        min([await _events_s(port, count) for _ in range(3)]) for count in (_EVENTS, 2 * _EVENTS)
    ]
    return [
        Row("client a turn, median", (_median(ours) - _median(bare)) * 1000, "ms", "<= 3 ms"),
        Row("events of 200 bytes a second", _EVENTS / once, "/s", ">= 40,000"),
        Row("twice the events / (2 x the time)", twice / (2 * once), "x", "~ 1"),
        Row("a flood of 200 MB, until it is cut", flood_s, "s", "-"),
        Row("memory that the flood added", added_mb, "MB", "<= its 32 MB"),
    ]


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _bare_turn(port: int) -> float:
    """Send the same request and read the same answer over the socket alone."""
    begin = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps({"model": "turn"}).encode()
    writer.write(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    await reader.readuntil(b"\r\n0\r\n\r\n")
    elapsed = time.perf_counter() - begin
    writer.close()
    return elapsed


async def _ask(
    port: int, model: str, times: int = 1
) -> tuple[list[float], Answered | Unanswered | None]:
    settings = EndpointSettings(
        url=f"http://127.0.0.1:{port}/v1",
        key="made-up-key-for-benches",
        model=model,
        retry=RetryPolicy(attempts=1),
    )
    messages = (Message(role=Role.USER, text="Go. " * 2000),)
    took, got = [], None
    async with Client(settings, clock=SystemClock(), redactor=Redactor([settings.key])) as client:
        conversation = client.conversation()
        for _ in range(times):
            begin = time.perf_counter()
            got = await conversation.ask(
                messages, _TOOLS, left_s=600, where="turn 1", on_retry=lambda _: None
            )
            took.append(time.perf_counter() - begin)
    return took, got


async def _turns(port: int) -> list[float]:
    took, got = await _ask(port, "turn", _TURNS)
    if not isinstance(got, Answered) or not got.reply.tool_calls:
        raise AssertionError(f"no call came: {got}")
    return took


async def _events_s(port: int, count: int) -> float:
    (took,), got = await _ask(port, f"events:{count}")
    if not isinstance(got, Answered) or len(got.reply.text or "") < count:
        raise AssertionError("the answer is not whole")
    return took


async def _flood(port: int) -> tuple[float, str]:
    (took,), got = await _ask(port, "flood")
    if got is None or isinstance(got, Answered):
        raise AssertionError("nobody cut the flood off")
    return took, got.fault.message


def _event(delta: object, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps({'id': 'x', 'model': 'm', 'choices': [choice]})}\n\n".encode()


def _padded() -> bytes:
    return _event({"content": "x" * (_EVENT_BYTES - len(_event({"content": ""})))})


async def _serve() -> None:
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            model = json.loads(await reader.readexactly(length))["model"]
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n"
            )
            await _play(model, writer)
            writer.write(b"0\r\n\r\n")
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        writer.close()


async def _play(model: str, writer: asyncio.StreamWriter) -> None:
    name, _, count = model.partition(":")
    if name == "turn":
        call = {"index": 0, "id": "c1", "function": {"name": "read_file", "arguments": "{}"}}
        writer.write(_chunk(_event({"tool_calls": [call]}) + _event({}, "tool_calls")))
    else:
        event = _padded()
        total = int(count) if count else _FLOOD_BYTES // len(event)
        batch = b"".join([_chunk(event)] * 100)
        for _ in range(total // 100):
            writer.write(batch)
            await writer.drain()
        writer.write(_chunk(_event({}, "stop")))
    writer.write(_chunk(b"data: [DONE]\n\n"))


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


if __name__ == "__main__":
    asyncio.run(_serve())

"""An endpoint that asks for one command a turn and notes when requests come and replies end.

It runs in a thread of the process that measures, so that its notes need no way back. Each request
gets the reply for its turn, which is the number of assistant messages in it, through the tool that
it offers: cab's `run_command` or mini-swe-agent's `bash`.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SUBMIT = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"
_USAGE = {"prompt_tokens": 1000, "completion_tokens": 20, "total_tokens": 1020}


class Scripted:
    """What is asked for, and what was seen: `began` and `ended` in seconds, one a request."""

    def __init__(self, commands: Sequence[str], answer_s: float) -> None:
        self.url = ""
        self.began: list[float] = []
        self.ended: list[float] = []
        self._commands = commands
        self._answer_s = answer_s

    @property
    def gaps_ms(self) -> list[float]:
        """Return the times from a reply's last byte to the next request's first."""
        both = pairwise(zip(self.began, self.ended, strict=True))
        return [(after[0] - before[1]) * 1000 for before, after in both]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        while first := await reader.read(1):
            came = time.perf_counter()
            head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = int(head.partition("content-length:")[2].split("\r\n")[0] or 0)
            body = await reader.readexactly(length)
            if head.startswith("post"):
                await asyncio.sleep(self._answer_s)
                writer.write(_http(*_reply(json.loads(body), self._commands)))
            else:
                writer.write(_http(b'{"object": "list", "data": []}', "application/json"))
            await writer.drain()
            if head.startswith("post"):
                self.began.append(came)
                self.ended.append(time.perf_counter())
        writer.close()


@contextmanager
def scripted(commands: Sequence[str], *, answer_s: float = 0.0) -> Iterator[Scripted]:
    """Serve on loopback within the block."""
    endpoint = Scripted(commands, answer_s)
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def play() -> None:
        server = await asyncio.start_server(endpoint.serve, "127.0.0.1", 0)
        endpoint.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        ready.set()
        await over.wait()
        server.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(play(),))
    thread.start()
    ready.wait()
    try:
        yield endpoint
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


def _reply(request: dict[str, Any], commands: Sequence[str]) -> tuple[bytes, str]:
    turn = sum(message["role"] == "assistant" for message in request["messages"])
    tools = {tool["function"]["name"] for tool in request["tools"]}
    message: dict[str, Any] = {"role": "assistant", "content": "done"}
    if turn < len(commands) or "bash" in tools:
        name = "bash" if "bash" in tools else "run_command"
        command = commands[turn] if turn < len(commands) else _SUBMIT
        function = {"name": name, "arguments": json.dumps({"command": command})}
        call = {"index": 0, "id": f"call_{turn}", "type": "function", "function": function}
        message |= {"content": None, "tool_calls": [call]}
    choice = {"index": 0, "finish_reason": "tool_calls" if "tool_calls" in message else "stop"}
    given = {"id": f"reply-{turn}", "created": 0, "model": request["model"], "usage": _USAGE}
    if not request.get("stream"):
        whole = given | {"object": "chat.completion", "choices": [choice | {"message": message}]}
        return json.dumps(whole).encode(), "application/json"
    event = given | {"object": "chat.completion.chunk", "choices": [choice | {"delta": message}]}
    return f"data: {json.dumps(event)}\n\ndata: [DONE]\n\n".encode(), "text/event-stream"


def _http(body: bytes, kind: str) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body

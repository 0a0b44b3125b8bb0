"""Raw bytes over a real socket: whatever a client sends, the server answers or ends in order."""

from __future__ import annotations

import asyncio
import json
import math
import socket
import struct
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from cab_check.demo.request import HttpLimits
from cab_check.demo.response import Cut, Response, Wait
from cab_check.demo.server import DemoServer
from cab_check.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from cab_check.demo.request import HttpRequest
    from cab_check.demo.response import Piece

    Serving = Callable[..., AbstractAsyncContextManager[DemoServer]]

MODELS = b"GET /v1/models HTTP/1.1\r\nHost: here\r\n\r\n"


@dataclass
class Dialled:
    """One connection to the server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Send bytes."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> Answer:
        """Read one response with a Content-Length or in chunks."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *rest = head[:-4].split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (item.partition(": ") for item in rest)
        }
        if "content-length" in headers:
            body = await self.reader.readexactly(int(headers["content-length"]))
        elif "transfer-encoding" in headers:
            body = await self._chunks()
        else:
            body = await self.reader.read()
        return Answer(int(line.split(" ")[1]), headers, body)

    async def _chunks(self) -> bytes:
        body = b""
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            body += (await self.reader.readexactly(size + 2))[:-2]
        assert await self.reader.readexactly(2) == b"\r\n"
        return body

    async def ended(self) -> bool:
        """Say whether the server closes without another byte."""
        return await self.reader.read() == b""

    def reset(self) -> None:
        """Leave with a RST."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class Answer:
    """One response, whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        """Return OpenAI's error object."""
        assert self.headers["content-type"] == "application/json"
        error: dict[str, Any] = json.loads(self.body)["error"]
        assert set(error) == {"message", "type", "param", "code"}
        return error


@asynccontextmanager
async def dial(server: DemoServer) -> AsyncIterator[Dialled]:
    """Connect to the server."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        yield Dialled(reader, writer)
    finally:
        writer.transport.abort()


def post(fields: dict[str, Any], *, minor: int = 1) -> bytes:
    """Return a request for a completion."""
    body = json.dumps(fields).encode()
    return (
        f"POST /v1/chat/completions HTTP/1.{minor}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )


def ask(**fields: Any) -> dict[str, Any]:
    """Return the body of a small request."""
    message = {"role": "user", "content": "hi"}
    return {"model": "noop:demo/small-task", "messages": [message], **fields}


async def test_pipelined_requests_are_answered_in_order(serving: Serving) -> None:
    """Three requests in one packet get three responses on the one connection."""
    async with serving() as server, dial(server) as line:
        await line.send(MODELS + post(ask()) + post(ask(stream=True)))
        first, second, third = [await line.answer() for _ in range(3)]
        assert json.loads(first.body)["object"] == "list"
        assert json.loads(second.body)["object"] == "chat.completion"
        assert third.body.endswith(b"data: [DONE]\n\n")
        assert third.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert {first.headers["connection"], third.headers["connection"]} == {"keep-alive"}
        assert server.connections == 1


async def test_a_request_in_single_bytes(serving: Serving) -> None:
    """It does not matter how the bytes are cut; blank lines before a request are skipped."""
    async with serving() as server, dial(server) as line:
        for byte in b"\r\n" + post(ask()):
            await line.send(bytes([byte]))
        assert (await line.answer()).status == 200


async def test_a_client_that_leaves_in_the_middle_of_its_request(serving: Serving) -> None:
    """Half a head, half a body: the connection is over and nothing is left."""
    async with serving() as server:
        for part in (MODELS[:20], post(ask())[:-5], b""):
            async with dial(server) as line:
                await line.send(part)
                line.writer.write_eof()
                assert await line.ended()
        await server.quiet()


async def test_a_slow_head_is_given_up(serving: Serving) -> None:
    """A request that does not become complete in its time gets a 408."""
    async with serving(limits=HttpLimits(request_s=0.03)) as server:
        for part in (MODELS[:20], post(ask())[:-5]):
            async with dial(server) as line:
                await line.send(part)
                answer = await line.answer()
                assert (answer.status, answer.headers["connection"]) == (408, "close")
                assert "0.03 s" in answer.error["message"]
                assert await line.ended()


async def test_a_silent_connection_is_closed(serving: Serving) -> None:
    """A connection without a request is closed without a word."""
    async with serving(limits=HttpLimits(idle_s=0.02)) as server, dial(server) as line:
        assert await line.ended()


HEADERS = 64 * 1024
CHUNKED = b"POST /v1/chat/completions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param(b"GET / HTTP/1.1\r\nA: " + b"a" * 300_000, 431, id="endless header"),
        pytest.param(
            b"GET / HTTP/1.1\r\nA: " + b"a" * HEADERS + b"\r\n\r\n", 431, id="huge header"
        ),
        pytest.param(b"GET /" + b"a" * HEADERS + b" HTTP/1.1\r\n\r\n", 431, id="huge target"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, id="TLS"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, id="HTTP/2"),
        pytest.param(b"hello there\r\n\r\n", 400, id="no request line"),
        pytest.param(b"GET  /v1/models HTTP/1.1\r\n\r\n", 400, id="two spaces"),
        pytest.param(b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400, id="no colon"),
        pytest.param(b"GET / HTTP/1.1\r\nA : b\r\n\r\n", 400, id="space before colon"),
        pytest.param(b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400, id="folded header"),
        pytest.param(b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400, id="length < 0"),
        pytest.param(b"POST / HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n", 400, id="length no number"),
        pytest.param(
            b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, id="lengths"
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            400,
            id="length and chunks",
        ),
        pytest.param(b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501, id="coding"),
        pytest.param(CHUNKED + b"xyz\r\n", 400, id="chunk size no number"),
        pytest.param(CHUNKED + b"-1\r\n", 400, id="chunk size < 0"),
        pytest.param(CHUNKED + b"3\r\nabcdef\r\n", 400, id="chunk too long"),
        pytest.param(CHUNKED + b"1" * 300_000, 400, id="endless chunk size"),
        pytest.param(CHUNKED + b"fffffff\r\n", 413, id="huge chunk"),
        pytest.param(
            CHUNKED + b"0\r\n" + b"A: b\r\n" * 20_000 + b"\r\n", 431, id="endless trailers"
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n",
            413,
            id="huge length",
        ),
    ],
)
async def test_what_is_no_request_is_refused_and_the_connection_closed(
    serving: Serving, data: bytes, status: int
) -> None:
    """Every malformed or oversized request gets its status, OpenAI's error body, and the end."""
    async with serving() as server, dial(server) as line:
        await line.send(data)
        answer = await line.answer()
        assert answer.status == status
        assert answer.error["message"]
        assert await line.ended()
        line.writer.close()
        await server.quiet()


async def test_a_body_beyond_the_limit_is_refused_after_it_was_sent(serving: Serving) -> None:
    """The 413 reaches a client that sends its whole body before it reads."""
    async with serving(limits=HttpLimits(body_bytes=1000)) as server, dial(server) as line:
        await line.send(post(ask(filler="x" * 5_000_000)))
        answer = await line.answer()
        assert (answer.status, answer.error["code"]) == (413, "request_too_large")
        assert "1000 bytes" in answer.error["message"]


async def test_a_chunked_body_is_put_together(serving: Serving) -> None:
    """Chunks of any size, an extension and a trailer make one body; the connection goes on."""
    body = json.dumps(ask()).encode()
    data = CHUNKED
    for start in range(0, len(body), 7):
        part = body[start : start + 7]
        data += b"%X;some=thing\r\n%b\r\n" % (len(part), part)
    async with serving() as server, dial(server) as line:
        await line.send(data + b"0\r\nTrailer: yes\r\n\r\n" + MODELS)
        assert (await line.answer()).status == 200
        assert (await line.answer()).status == 200


async def test_a_client_that_waits_for_the_word_to_go_on(serving: Serving) -> None:
    """Expect: 100-continue is answered before the body is there."""
    head, _, body = post(ask()).partition(b"\r\n\r\n")
    async with serving() as server, dial(server) as line:
        await line.send(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert await line.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        await line.send(body)
        assert (await line.answer()).status == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("POST", "/v1/models", 405, "GET"),
        ("DELETE", "/v1/models/noop:demo%2Fsmall-task", 405, "GET"),
        ("GET", "/v1/chat/completions", 405, "POST"),
        ("GET", "/", 404, None),
        ("POST", "/chat/completions", 404, None),
        ("POST", "/v1/chat/completions/", 404, None),
        ("GET", "/v1/modelsx", 404, None),
        ("GET", "/v1/models/", 404, None),
        ("GET", "http://127.0.0.1/v1/models?limit=3", 200, None),
        ("GET", "/v1/models/noop:demo/small-task", 200, None),
        ("GET", "//[", 404, None),
    ],
)
async def test_paths_and_methods(
    serving: Serving, method: str, path: str, status: int, allow: str | None
) -> None:
    """An unknown path is a 404, a wrong method a 405 with Allow; the connection goes on."""
    async with serving() as server, dial(server) as line:
        await line.send(f"{method} {path} HTTP/1.1\r\n\r\n".encode() + MODELS)
        answer = await line.answer()
        assert (answer.status, answer.headers.get("allow")) == (status, allow)
        assert status == 200 or answer.error["type"] == "invalid_request_error"
        assert (await line.answer()).status == 200


async def test_head_has_no_body(serving: Serving) -> None:
    """The answer to HEAD ends with its head, so that the next one is not taken for its body."""
    async with serving() as server, dial(server) as line:
        await line.send(b"HEAD /v1/models HTTP/1.1\r\n\r\n" + MODELS)
        head = await line.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 405 ")
        assert (await line.answer()).status == 200


@pytest.mark.parametrize("stream", [True, False])
async def test_http_1_0_gets_no_chunks_and_the_end(serving: Serving, *, stream: bool) -> None:
    """An old client gets a plain body that ends with the connection."""
    async with serving() as server, dial(server) as line:
        await line.send(post(ask(stream=stream), minor=0))
        answer = await line.answer()
        assert answer.headers["connection"] == "close"
        assert "transfer-encoding" not in answer.headers
        assert answer.body.endswith(b"data: [DONE]\n\n" if stream else b"}")
        assert await line.ended()


async def test_connection_close_is_obeyed(serving: Serving) -> None:
    """A client that says close gets one answer and the end."""
    async with serving() as server, dial(server) as line:
        await line.send(b"GET /v1/models HTTP/1.1\r\nConnection: Close\r\n\r\n")
        assert (await line.answer()).headers["connection"] == "close"
        assert await line.ended()


@pytest.mark.parametrize("header", ["", "Basic abc", "Bearer", "Bearer  ", "Bearer k\xe9y", "k"])
async def test_without_the_key_nobody_gets_in(serving: Serving, header: str) -> None:
    """No key, another scheme, another key, a key that is no ASCII: all are a 401."""
    async with serving(key="clé") as server, dial(server) as line:
        request = f"GET /v1/models HTTP/1.1\r\nAuthorization: {header}\r\n\r\n"
        await line.send(request.encode("latin-1") + MODELS)
        for _ in range(2):
            answer = await line.answer()
            assert (answer.status, answer.error["param"]) == (401, None)


@pytest.mark.parametrize("way", ["close", "reset"])
@pytest.mark.parametrize("options", [{"chunk_delay_s": 60.0}, {"latency_s": 60.0}])
async def test_a_client_that_leaves_while_it_is_answered(
    serving: Serving, way: str, options: dict[str, float]
) -> None:
    """Neither the wait before an answer nor the one in a stream outlives the client."""
    async with serving(**options) as server:
        async with dial(server) as line:
            await line.send(post(ask(stream=True)))
            if "chunk_delay_s" in options:
                await line.reader.readuntil(b"data: ")
            if way == "reset":
                line.reset()
        await server.quiet()


def answering(*body: Piece) -> Callable[[HttpRequest], Response]:
    """Return a way to answer every request with these pieces."""
    return lambda _: Response(status=299, media="text/plain", body=body, length=None)


@asynccontextmanager
async def playing(*body: Piece, grace_s: float = 0.01) -> AsyncIterator[DemoServer]:
    """Serve these pieces to every request."""
    server = DemoServer(answering(*body), HttpLimits(), grace_s=grace_s)
    await server.start(0)
    try:
        yield server
    finally:
        await server.close()
        assert server.connections == 0


async def test_a_cut_ends_the_body_in_the_middle() -> None:
    """After a Cut no more bytes come, not even the end of the chunks."""
    async with playing(b"one", Wait(0.001), b"", Cut(), b"two") as server, dial(server) as line:
        await line.send(MODELS)
        head = await line.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 299 Unnamed\r\n")
        assert await line.reader.read() == b"3\r\none\r\n"


async def test_a_cut_can_reset_the_connection() -> None:
    """With reset the client sees a broken connection, not an end."""
    async with playing(b"one", Wait(0.01), Cut(reset=True)) as server, dial(server) as line:
        await line.send(MODELS)
        with pytest.raises(ConnectionResetError):
            await line.reader.read()


async def test_a_long_answer_arrives_whole() -> None:
    """More than one flush makes no difference to the bytes."""
    async with playing(*[b"x" * 50_000] * 20) as server, dial(server) as line:
        await line.send(MODELS)
        assert (await line.answer()).body == b"x" * 1_000_000


@pytest.mark.parametrize("steps", range(6))
async def test_a_client_that_comes_while_the_server_closes(steps: int) -> None:
    """However far its connection has come, nothing of it is left."""
    async with playing(b"one") as server:
        loop = asyncio.get_running_loop()
        with socket.socket() as sock:
            sock.setblocking(False)
            await loop.sock_connect(sock, ("127.0.0.1", server.port))
            for _ in range(steps):
                await asyncio.sleep(0)
            await server.close()
            with suppress(ConnectionResetError):
                assert await loop.sock_recv(sock, 1) == b""


async def test_a_hanging_answer_ends_with_the_server() -> None:
    """An answer that waits for ever does not keep the server from closing."""
    async with playing(b"one", Wait(math.inf)) as server, dial(server) as line:
        await line.send(MODELS)
        await line.reader.readuntil(b"one\r\n")
        await server.close()
        assert await line.ended()


async def test_a_client_that_does_not_read_ends_with_the_server() -> None:
    """An answer that cannot be delivered does not keep the server from closing."""
    big = [b"x" * 1_000_000] * 30
    async with playing(*big) as server, dial(server) as line:
        line.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await line.send(MODELS)
        await server.close()
        assert server.connections == 0


async def test_an_answer_under_way_is_brought_to_its_end() -> None:
    """Closing lets a running answer end, closes idle connections and takes no new ones."""
    body = (b"one", Wait(0.05), b"two")
    async with playing(*body, grace_s=30) as server, dial(server) as busy, dial(server) as idle:
        await busy.send(MODELS + MODELS)
        await busy.reader.readuntil(b"one\r\n")
        closing = asyncio.create_task(server.close())
        assert await idle.ended()
        assert await busy.reader.read() == b"3\r\ntwo\r\n0\r\n\r\n"
        await closing
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", server.port)


async def test_a_fault_of_the_server_ends_one_connection_and_is_told() -> None:
    """A bug while answering is not swallowed, and the other connections go on."""
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    async with playing(b"one", None) as server, dial(server) as line:  # type: ignore[arg-type]
        async with dial(server) as other:
            await other.send(MODELS)
            assert (await other.reader.read()).endswith(b"one\r\n")
        await line.send(MODELS)
        assert (await line.reader.read()).endswith(b"one\r\n")
        await server.quiet()
    assert [type(context["exception"]) for context in told] == [AttributeError] * 2


async def test_a_port_that_is_taken_is_told(serving: Serving) -> None:
    """The port in use and an impossible one end in a UsageError that names them."""
    async with serving() as server:
        for port in (server.port, 70_000):
            with pytest.raises(UsageError, match=f"port {port} "):
                async with serving(port=port):
                    pass


async def test_closing_what_never_started() -> None:
    """A server that was never started closes without a word."""
    await DemoServer(answering(), HttpLimits()).close()

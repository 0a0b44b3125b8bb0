"""Where the time goes: the stages of the network, the anatomy of a stream, and its judgement."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from dataclasses import replace

import pytest
import trustme

from cab_check.demo import serve
from cab_check.doctor.anatomy import Anatomy, Listener
from cab_check.doctor.finding import Mark
from cab_check.doctor.load import judge_pace
from cab_check.doctor.network import Stages, walk


async def test_the_way_to_a_plain_server_has_two_stages() -> None:
    """Name and connection are timed; there is no handshake without TLS."""
    async with serve() as server:
        stages = await walk(server.url, limit_s=5)
    assert stages.dns_ms is not None
    assert stages.tcp_ms is not None
    assert (stages.tls_ms, stages.broke, stages.proxy) == (None, None, None)


async def test_a_handshake_is_timed_whoever_signed_for_it() -> None:
    """Trust is for the real request to judge."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    server = await asyncio.start_server(_hold, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    stages = await walk(f"https://127.0.0.1:{port}/v1", limit_s=5)
    await _end(server)
    assert stages.broke is None
    assert stages.tls_ms is not None


async def _end(server: asyncio.Server) -> None:
    server.close()
    await server.wait_closed()
    # its handlers see that the client has gone
    left = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*left)


async def _hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        await reader.read()
    writer.transport.abort()


async def test_the_stage_that_breaks_is_named() -> None:
    """A closed port breaks TCP, a plain server TLS, a silent one as well."""
    closed = await walk("http://127.0.0.1:9/v1", limit_s=5)
    async with serve() as server:
        plain = await walk(server.url.replace("http:", "https:"), limit_s=5)
    silent_server = await asyncio.start_server(_hold, "127.0.0.1", 0)
    port = silent_server.sockets[0].getsockname()[1]
    silent = await walk(f"https://127.0.0.1:{port}/v1", limit_s=0.05)
    await _end(silent_server)
    assert (closed.broke or "").startswith("TCP: ")
    assert closed.dns_ms is not None
    assert (plain.broke or "").startswith("TLS: ")
    assert silent.broke == "TLS: no answer in time"
    assert plain.tls_ms is None


async def test_a_name_that_is_none_breaks_at_once() -> None:
    """The first stage is the name."""
    stages = await walk("http://a..b/v1", limit_s=5)
    assert (stages.broke or "").startswith("DNS: ")
    assert stages.tcp_ms is None


async def test_through_a_proxy_the_stages_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is measured, and the proxy is named without its credentials."""
    monkeypatch.setenv("http_proxy", "http://user:secret@proxy.example:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    stages = await walk("http://api.example/v1", limit_s=5)
    assert stages == Stages(proxy="proxy.example:3128")


def _heard(*chunks: tuple[float, bytes]) -> Anatomy:
    listener = Listener(headers_ms=5.0, chunks=list(chunks))
    return listener.anatomy(Stages(dns_ms=1.0), 30)


def _event(delta: str) -> bytes:
    return b'data: {"choices": [{"delta": ' + delta.encode() + b"}]}\n\n"


def test_a_stream_is_taken_apart() -> None:
    """Role, reasoning and content have their moments, however the bytes were cut."""
    content = _event('{"content": "x"}')
    anatomy = _heard(
        (10.0, _event('{"role": "assistant", "content": ""}')),
        (20.0, _event('{"reasoning_content": "hm"}')),
        (70.0, content[:9]),
        (75.0, content[9:]),
        (80.0, b"data: not json\n\ndata: [DONE]"),
    )
    assert anatomy.first_event_ms == 10.0
    assert anatomy.first_reasoning_ms == 20.0
    assert anatomy.first_content_ms == 75.0
    assert (anatomy.silence_from_ms, anatomy.silence_ms) == (20.0, 50.0)
    assert (anatomy.end_ms, anatomy.events) == (80.0, 5)
    assert anatomy.first_token_ms == 20.0
    assert anatomy.tokens_per_s == pytest.approx(500.0)


def test_calls_are_content_and_nothing_is_nothing() -> None:
    """A first call counts as content; an empty answer has no moments and no speed."""
    called = _heard((10.0, _event('{"tool_calls": [{"index": 0}]}')))
    empty = _heard()
    assert called.first_content_ms == 10.0
    assert called.silence_ms is None
    assert (empty.first_token_ms, empty.tokens_per_s, empty.end_ms) == (None, None, 5.0)


async def test_a_listener_begins_anew_with_each_exchange() -> None:
    """Of a second attempt nothing is left of the first."""
    listener = Listener()
    for part in (None, b"", b"data: 1\n\n", None, b"", b"data: 2\n\n"):
        listener(part)
    assert [chunk for _, chunk in listener.chunks] == [b"data: 2\n\n"]
    assert listener.headers_ms is not None


SWIFT = Anatomy(
    stages=Stages(),
    headers_ms=50.0,
    first_event_ms=100.0,
    first_content_ms=100.0,
    silence_ms=40.0,
    silence_from_ms=100.0,
    end_ms=3000.0,
    completion_tokens=300,
)
PACES = {
    "swift": (SWIFT, Mark.PASS, "103 tokens/s"),
    "no usage": (replace(SWIFT, completion_tokens=None), Mark.PASS, "first token 0.1 s"),
    "no text": (replace(SWIFT, first_content_ms=None), Mark.WARN, "no text came"),
    "buffered": (replace(SWIFT, first_content_ms=2900.0), Mark.WARN, "all at once"),
    "slow start": (
        replace(SWIFT, first_content_ms=31_000.0, end_ms=60_000.0, completion_tokens=3000),
        Mark.WARN,
        "first token 31 s",
    ),
    "silent": (replace(SWIFT, silence_ms=21_000.0, end_ms=30_000.0), Mark.WARN, "silence 21 s"),
    "slow": (replace(SWIFT, completion_tokens=9), Mark.WARN, "3 tokens/s"),
}


@pytest.mark.parametrize("name", PACES)
def test_a_pace_is_judged(name: str) -> None:
    """Each way to be too slow for agents has its own fix."""
    anatomy, mark, said = PACES[name]
    seen = judge_pace(anatomy)
    assert (seen.mark, said in seen.evidence) == (mark, True), seen
    assert bool(seen.fix) == (mark is Mark.WARN)


def test_a_quick_answer_is_not_taken_for_a_buffered_one() -> None:
    """Below two seconds nothing can be told."""
    seen = judge_pace(replace(SWIFT, first_content_ms=95.0, end_ms=100.0))
    assert seen.mark is Mark.PASS

"""The four timers, on real sockets."""

from __future__ import annotations

import asyncio
import re
import socket
from typing import TYPE_CHECKING

import pytest

from cab_check.endpoint.faults import FaultKind, Party
from cab_check.endpoint.message import Answered, Unanswered
from tests.endpoint.endpoint_stage import (
    ABORT,
    HANG,
    PLAIN_STREAM,
    chunk,
    framed,
    head,
    on_stage,
    quick,
    raw_server,
    settings,
    sse,
)

if TYPE_CHECKING:
    from cab_check.settings import Timers
    from tests.endpoint.endpoint_stage import (
        Step,
    )

_TEXT = sse(chunk({"content": "Hel"}), done=False)
_FINISHED = sse(chunk({"content": "Hello"}, "stop"), done=False)


@pytest.mark.parametrize(
    ("script", "timers", "left_s", "kind"),
    [
        pytest.param(
            [HANG], quick(first_event_s=0.05), 5.0, FaultKind.FIRST_EVENT_TIMEOUT, id="no-head"
        ),
        pytest.param(
            [head(), HANG],
            quick(first_event_s=0.05),
            5.0,
            FaultKind.FIRST_EVENT_TIMEOUT,
            id="head-and-no-event",
        ),
        pytest.param(
            [head(), *[b": ping\n\n", 0.01] * 3000],
            quick(first_event_s=0.1),
            5.0,
            FaultKind.FIRST_EVENT_TIMEOUT,
            id="comments-are-no-event",
        ),
        pytest.param(
            [head(), _TEXT, HANG], quick(idle_s=0.05), 5.0, FaultKind.IDLE_TIMEOUT, id="idle"
        ),
        pytest.param(
            [head(), _TEXT, *[b"d", 0.01] * 3000],
            quick(idle_s=0.1),
            5.0,
            FaultKind.IDLE_TIMEOUT,
            id="bytes-without-an-event-are-idle",
        ),
        pytest.param(
            [head(), *[_TEXT, 0.02] * 1500],
            quick(),
            0.2,
            FaultKind.TOTAL_TIMEOUT,
            id="total-though-events-come",
        ),
        pytest.param([HANG], quick(), 0.05, FaultKind.TOTAL_TIMEOUT, id="total-before-first"),
    ],
)
async def test_stalls_are_named(
    script: list[Step], timers: Timers, left_s: float, kind: FaultKind
) -> None:
    """Each way of stalling ends with the timer that saw it, and that timer's name in the text."""
    async with raw_server(script) as server:
        used = settings(server.url, stream=True, timers=timers, attempts=1)
        async with on_stage(used) as stage:
            fault = await stage.fault(left_s=left_s)
    assert fault.kind is kind
    assert fault.message.startswith(kind.value.removesuffix("_timeout").replace("_", " "))
    assert fault.party is Party.ENDPOINT


async def test_comments_reset_the_idle_timer_and_are_counted() -> None:
    """A server that says that it is alive is waited for."""
    script: list[Step] = [
        head(),
        _TEXT,
        *[0.02, b": ping\n\n"] * 10,
        _FINISHED,
        b"data: [DONE]\n\n",
    ]
    async with raw_server(script) as server:
        used = settings(server.url, stream=True, timers=quick(idle_s=0.12))
        async with on_stage(used) as stage:
            got = await stage.ask()
    assert isinstance(got, Answered)
    assert got.attempts[0].comments == 10


@pytest.mark.parametrize("kind", ["first", "idle"])
async def test_first_event_and_idle_are_retried_once(kind: str) -> None:
    """A stall gets one more chance, whichever of the two timers saw it."""
    script: list[Step] = [HANG] if kind == "first" else [head(), _TEXT, HANG]
    other: list[Step] = [head(), _TEXT, HANG] if kind == "first" else [HANG]
    async with raw_server(script, other, script) as server:
        used = settings(server.url, stream=True, timers=quick(idle_s=0.5, first_event_s=0.5))
        async with on_stage(used) as stage:
            await stage.fault()
            assert len(server.requests) == 2
            assert len(stage.retries) == 1


async def test_the_time_that_ran_out_names_what_it_went_into() -> None:
    """What came before the last attempt is told, and its hint given; the timer is told as well."""
    limited = [head("429 Too Many Requests", "application/json"), b'{"error": "slow down"}']
    async with raw_server(limited, [HANG]) as server:
        used = settings(server.url, timers=quick(first_event_s=5.0))
        async with on_stage(used) as stage:
            fault = await stage.fault(left_s=0.5)
    assert fault.kind is FaultKind.TOTAL_TIMEOUT
    assert fault.message.startswith("HTTP 429: slow down; then total timer: no whole answer in")
    assert fault.party is Party.GATEWAY
    assert "rate limit" in fault.hint


async def test_a_stall_tells_what_had_come() -> None:
    """Comments alone keep a line alive, and answer nothing."""
    alive = [head(), _TEXT, *[b": ping\n\n", 0.01] * 3000]
    async with raw_server(alive) as server:
        used = settings(server.url, stream=True, timers=quick(idle_s=5.0))
        async with on_stage(used) as stage:
            fault = await stage.fault(left_s=0.7)
    assert re.search(r"total timer: .*; 1 event and \d+ SSE comments had come", fault.message)


async def test_total_is_never_retried() -> None:
    """When the cell's time is over there is nothing left to retry in."""
    async with raw_server([HANG]) as server, on_stage(settings(server.url)) as stage:
        fault = await stage.fault(left_s=0.05)
        assert (fault.kind, len(server.requests)) == (FaultKind.TOTAL_TIMEOUT, 1)


async def test_only_total_bounds_an_unstreamed_answer() -> None:
    """Without a stream there is no first event and no idling to be timed."""
    body = b'{"choices":[{"message":{"content":"ok"},"finish_reason":"stop"}]}'
    script: list[Step] = [head(kind="application/json"), body[:20], 0.15, body[20:]]
    async with raw_server(script) as server:
        used = settings(server.url, timers=quick(first_event_s=0.03, idle_s=0.03))
        async with on_stage(used) as stage:
            assert (await stage.reply()).text == "ok"


async def test_connect_timer() -> None:
    """A host that swallows the handshake ends with the connect timer."""
    with socket.socket() as full:
        # a backlog that is full answers no further handshake
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        try:
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", port))
            used = settings(f"http://127.0.0.1:{port}", timers=quick(connect_s=0.1), attempts=1)
            async with on_stage(used) as stage:
                fault = await stage.fault()
        finally:
            for filler in fillers:
                filler.close()
    assert fault.kind is FaultKind.CONNECT_TIMEOUT
    assert "connect timer" in fault.message


@pytest.mark.parametrize(
    ("tail", "missing"),
    [
        pytest.param([b"data: [DONE]\n\n"], False, id="done-and-end"),
        pytest.param([b"data: [DONE]\n\n", HANG], False, id="done-and-left-open"),
        pytest.param([], True, id="end-without-done"),
        pytest.param([HANG], True, id="silence-without-done"),
        pytest.param([*[b": ping\n\n", 0.01] * 3000], True, id="comments-without-done"),
        pytest.param([ABORT], True, id="reset-after-finish"),
    ],
)
async def test_a_finish_reason_completes_the_reply(tail: list[Step], *, missing: bool) -> None:
    """Once the model has finished nothing can take the reply away; a missing end is entered."""
    async with (
        raw_server([head(), _FINISHED, 0.01, *tail]) as server,
        on_stage(settings(server.url, stream=True, timers=quick())) as stage,
    ):
        reply = await stage.reply()
        assert len(server.requests) == 1
    assert (reply.text, reply.finish_reason) == ("Hello", "stop")
    assert ("stream-done-missing" in stage.ledger()) is missing


async def test_usage_after_the_finish_reason_is_waited_for() -> None:
    """The usage chunk comes last and late, and is still read."""
    usage = sse(PLAIN_STREAM[-1])
    async with raw_server([head(), _FINISHED, 0.05, usage]) as server:
        used = settings(server.url, stream=True, timers=quick(after_finish_s=1.0))
        async with on_stage(used) as stage:
            reply = await stage.reply()
    assert reply.usage is not None
    assert reply.usage.total_tokens == 10
    assert stage.ledger() == {}


async def test_silence_after_the_finish_is_not_latency() -> None:
    """The wait for what may still come does not count as the model's time."""
    async with raw_server([head(), _FINISHED, HANG]) as server:
        used = settings(server.url, stream=True, timers=quick(after_finish_s=0.6))
        async with on_stage(used) as stage:
            got = await stage.ask()
    assert got.attempts[0].latency_ms < 600


async def test_the_connection_is_used_again_after_done() -> None:
    """The end of the body that follows [DONE] is read, so that the next turn needs no handshake."""
    body = framed(sse(*PLAIN_STREAM))
    script: list[Step] = [head(chunked=True), body, 0.01, framed(b"")]
    async with raw_server(script) as server:
        used = settings(server.url, stream=True, timers=quick(after_done_s=1.0))
        async with on_stage(used) as stage:
            await stage.reply()
            await stage.reply()
            assert (len(server.requests), server.connections) == (2, 1)


async def test_half_an_event_of_a_broken_connection_is_none() -> None:
    """It is not taken for data that is no JSON: the advice for that would lead astray."""
    script = [head(chunked=True), framed(_FINISHED), 0.01, framed(b'data: {"usa'), 0.01, ABORT]
    async with (
        raw_server(script) as server,
        on_stage(settings(server.url, stream=True, timers=quick(after_finish_s=5.0))) as stage,
    ):
        assert (await stage.reply()).text == "Hello"
    assert set(stage.ledger()) == {"stream-done-missing", "stream-usage-missing"}


@pytest.mark.parametrize(
    "script",
    [
        pytest.param([head(), _TEXT], id="end-mid-stream"),
        pytest.param([head(), _TEXT, ABORT], id="reset-mid-stream"),
        pytest.param([head(chunked=True), framed(_TEXT), ABORT], id="chunked-body-cut"),
        pytest.param([head()], id="empty-stream"),
        pytest.param([head(), b": ping\n\n"], id="only-comments"),
    ],
)
async def test_a_cut_stream_is_retried_and_never_a_success(script: list[Step]) -> None:
    """A stream without its end is a failure of the endpoint; the next attempt may be whole."""
    async with (
        raw_server(script, [head(), sse(*PLAIN_STREAM)]) as server,
        on_stage(settings(server.url, stream=True, timers=quick())) as stage,
    ):
        got = await stage.ask()
    assert isinstance(got, Answered)
    first = got.attempts[0]
    assert first.fault is not None
    assert first.fault.kind in {FaultKind.TRUNCATED_STREAM, FaultKind.BROKEN_CONNECTION}
    assert len(got.attempts) == 2


@pytest.mark.parametrize(
    "script",
    [
        pytest.param([ABORT], id="reset-before-the-head"),
        pytest.param([], id="closed-before-the-head"),
        pytest.param([b"nonsense\r\n\r\n"], id="not-http"),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", ABORT], id="body-cut-short"
        ),
    ],
)
async def test_broken_connections_are_retried_four_times(script: list[Step]) -> None:
    """A connection that breaks is retried, and four times the same end the asking."""
    playing: list[Step] = [*script, ABORT]
    async with raw_server(playing) as server, on_stage(settings(server.url)) as stage:
        fault = await stage.fault()
        assert len(server.requests) == 4
    assert fault.kind is FaultKind.BROKEN_CONNECTION
    assert [retry.attempt for retry in stage.retries] == [2, 3, 4]


async def test_connection_refused_is_worded() -> None:
    """Nobody listens: the text says so and names the address."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    async with on_stage(settings(f"127.0.0.1:{port}")) as stage:
        fault = await stage.fault()
        models = await stage.client.models()
    assert fault.kind is FaultKind.CONNECT
    assert fault.message == f"connection refused (http://127.0.0.1:{port})"
    assert len(stage.retries) == 3
    assert models.fault is not None
    assert models.fault.kind is FaultKind.CONNECT


async def test_an_error_whose_body_hangs_is_judged_by_its_status() -> None:
    """The body only explains the status, so nobody waits for its end."""
    script: list[Step] = [head("401 Unauthorized", "application/json"), b'{"error":', HANG]
    async with (
        raw_server(script) as server,
        on_stage(settings(server.url, timers=quick())) as stage,
    ):
        fault = await stage.fault()
    assert (fault.kind, fault.status) == (FaultKind.AUTH, 401)


@pytest.mark.parametrize("stream", [False, True])
async def test_cancelling_closes_the_connection(*, stream: bool) -> None:
    """A cancelled question passes the cancellation on and lets the server go at once."""
    async with (
        raw_server([head(), _TEXT, HANG]) as server,
        on_stage(settings(server.url, stream=stream)) as stage,
    ):
        asking = asyncio.create_task(stage.ask())
        await server.asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        async with asyncio.timeout(5):
            await server.closed.wait()
    assert stage.retries == []


async def test_no_time_left_asks_nothing_for_long() -> None:
    """A question without any time left ends as the total timer."""
    async with raw_server([HANG]) as server, on_stage(settings(server.url)) as stage:
        got = await stage.ask(left_s=0.0)
    assert isinstance(got, Unanswered)
    assert got.fault.kind is FaultKind.TOTAL_TIMEOUT

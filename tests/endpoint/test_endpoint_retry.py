"""Retries: how often, how long, and when they end (ENDPOINTS §1; §5, rows 40 and 52)."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.endpoint.faults import FaultKind, fault_of
from cab_check.endpoint.message import Answered
from cab_check.endpoint.retry import reason
from cab_check.endpoint.retry_after import Wish, retry_after
from tests.endpoint.endpoint_stage import (
    ABORT,
    HANG,
    KEY,
    NOW,
    RESET,
    answer,
    chunk,
    head,
    message,
    on_stage,
    quick,
    raw_server,
    scripted,
    settings,
    sse,
)

if TYPE_CHECKING:
    from tests.endpoint.endpoint_stage import Step

_BUSY = answer({"error": {"message": "busy"}}, 503)
_GOOD = answer(message(content="ok"))


def _limited(wish: str | None = None) -> httpx.Response:
    headers = {} if wish is None else {"retry-after": wish}
    return answer({"error": {"message": "slow down"}}, 429, headers)


async def test_an_attempt_that_succeeds_ends_the_retries() -> None:
    """The attempts before it are told, with their waits, and the person watching is too."""
    async with scripted(_limited(), _BUSY, _GOOD) as (stage, script):
        got = await stage.ask()
    assert isinstance(got, Answered)
    assert len(script.requests) == 3
    assert [attempt.status for attempt in got.attempts] == [429, 503, 200]
    assert [attempt.fault is None for attempt in got.attempts] == [False, False, True]
    assert [attempt.number for attempt in got.attempts] == [1, 2, 3]
    assert [(r.attempt, r.of, r.reason) for r in stage.retries] == [(2, 4, "429"), (3, 4, "503")]
    assert [r.wait_s for r in stage.retries] == stage.clock.waits
    waited = [attempt.waited_ms for attempt in got.attempts]
    assert waited == [0.0, *(wait * 1000 for wait in stage.clock.waits)]
    assert stage.ledger() == {"retried-rate-limit": 1, "retried-server-error": 1}


async def test_a_wait_is_told_of_the_attempt_that_it_came_before() -> None:
    """A request that is only put differently was not waited for."""
    refused = answer({"error": "temperature is not supported"}, 400)
    used = settings(temperature=0.5)
    async with scripted(_BUSY, refused, _GOOD, used=used) as (stage, _):
        got = await stage.ask()
    waited = [attempt.waited_ms for attempt in got.attempts]
    assert waited == [0.0, stage.clock.waits[0] * 1000, 0.0]


async def test_429_for_ever_ends_after_four_attempts() -> None:
    """A storm ends the asking, and it is the gateway's."""
    async with scripted(_limited()) as (stage, script):
        fault = await stage.fault()
    assert (fault.kind, fault.party.value, len(script.requests)) == (
        FaultKind.RATE_LIMIT,
        "gateway",
        4,
    )


async def test_the_policys_attempts_are_kept() -> None:
    """One attempt means none again."""
    async with scripted(_BUSY, used=settings(attempts=1)) as (stage, script):
        await stage.fault()
    assert (len(script.requests), stage.retries) == (1, [])


async def test_40_retry_after_is_the_floor_with_jitter_on_top() -> None:
    """The server's wish is waited for in full, and not by all at the same moment."""
    waits: list[float] = []
    for _ in range(5):
        async with scripted(_limited(wish="7"), _GOOD) as (stage, _):
            await stage.ask()
        waits += stage.clock.waits
    assert all(7.0 <= wait <= 11.0 for wait in waits)
    assert len(set(waits)) == 5


async def test_40_after_a_short_wish_the_first_retry_is_prompt() -> None:
    """A server that wants a second is asked again within two."""
    for _ in range(5):
        async with scripted(_limited(wish="1"), _GOOD) as (stage, _):
            await stage.ask()
        assert 1.0 <= stage.clock.waits[0] <= 2.0


@pytest.mark.parametrize("wish", ["0", "20"])
async def test_a_wait_leaves_time_for_the_attempt_after_it(wish: str) -> None:
    """However the jitter falls, no attempt is made that could only be cut off at once."""
    left_s = float(wish) + 0.5
    for _ in range(5):
        async with scripted(_limited(wish=wish), _GOOD) as (stage, _):
            await stage.ask(left_s=left_s)
        (wait,) = stage.clock.waits
        assert float(wish) <= wait <= left_s - 0.2


@pytest.mark.parametrize(
    ("left_s", "wait_s"), [(10.0, 120.0), (900.0, 25.0)], ids=["time-left", "waiting-in-all"]
)
async def test_a_wish_beyond_what_is_left_ends_at_once(left_s: float, wait_s: float) -> None:
    """Waiting for less than the server wants would only be refused again."""
    response = _limited(wish="30")
    async with scripted(response, used=settings(wait_s=wait_s)) as (stage, script):
        fault = await stage.fault(left_s=left_s)
    assert (stage.clock.waits, len(script.requests)) == ([], 1)
    assert fault.retry_after_s == 30.0
    assert fault.message == "HTTP 429: slow down (asks to wait 30 s)"


async def test_the_waiting_in_all_is_bounded() -> None:
    """All waits of one question together stay within the policy."""
    response = _limited(wish="50")
    async with scripted(response, used=settings(wait_s=120.0)) as (stage, script):
        await stage.fault(left_s=900.0)
    assert len(script.requests) == 3
    assert sum(stage.clock.waits) <= 120.0


async def test_without_time_nothing_is_waited_for() -> None:
    """When the time is over during an attempt no other begins."""
    async with scripted(_BUSY) as (stage, script):
        got = await stage.ask(left_s=1e-6)
    assert len(script.requests) <= 1
    assert got.attempts[-1].fault is not None


@pytest.mark.parametrize("kind", ["null", "list", "no-json"])
async def test_a_damaged_200_is_asked_again_once(kind: str) -> None:
    """Once may be chance, twice is the server."""
    body = {"null": "null", "list": "[]", "no-json": "{oops"}[kind]
    async with scripted(httpx.Response(200, text=body)) as (stage, script):
        fault = await stage.fault()
    assert fault.kind in {FaultKind.BAD_SHAPE, FaultKind.NOT_JSON}
    assert len(script.requests) == 2
    assert KEY not in repr(fault)


@pytest.mark.parametrize(
    ("headers", "wish"),
    [
        ({"retry-after": "12"}, Wish(12.0, renamed=False)),
        ({"retry-after": " 1.5 "}, Wish(1.5, renamed=False)),
        ({"retry-after": "-3"}, Wish(0.0, renamed=False)),
        ({"retry-after-ms": "250"}, Wish(0.25, renamed=False)),
        ({"retry-after-ms": "250", "retry-after": "9"}, Wish(0.25, renamed=False)),
        ({"retry-after-ms": "soon", "retry-after": "9"}, Wish(9.0, renamed=False)),
        ({"llm_provider-retry-after": "8"}, Wish(8.0, renamed=True)),
        ({"llm_provider-retry-after-ms": "8"}, Wish(0.008, renamed=True)),
        ({"llm_provider-retry-after": "8", "retry-after": "9"}, Wish(9.0, renamed=False)),
        (
            {"retry-after": format_datetime(NOW + timedelta(seconds=30), usegmt=True)},
            Wish(30.0, renamed=False),
        ),
        (
            {"retry-after": format_datetime(NOW - timedelta(seconds=30), usegmt=True)},
            Wish(0.0, renamed=False),
        ),
        ({"retry-after": "Mon, 23 Nov 2026 18:00:10 -0000"}, Wish(10.0, renamed=False)),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "later"}, None),
        ({"retry-after": "Mon, 99 Nov 2026 18:00:10 GMT"}, None),
        ({}, None),
    ],
)
def test_40_forms_of_retry_after(headers: dict[str, str], wish: Wish | None) -> None:
    """Seconds, dates, milliseconds and a proxy's own name, and nothing from what is none."""
    assert retry_after(headers, NOW) == wish


@given(st.text(max_size=40))
def test_no_retry_after_breaks_the_retries(text: str) -> None:
    """Whatever the header holds, it is a wait of zero or more, or none."""
    wish = retry_after({"retry-after": text}, NOW)
    assert wish is None or wish.seconds >= 0


async def test_52_a_renamed_retry_after_is_followed_and_entered() -> None:
    """LiteLLM's own header is a floor too, and the ledger says what to mend."""
    named = answer({"error": "slow"}, 429, {"llm_provider-retry-after": "5"})
    async with scripted(named, _GOOD) as (stage, _):
        await stage.ask()
    assert stage.clock.waits[0] >= 5.0
    assert stage.ledger() == {"retry-after-renamed": 1, "retried-rate-limit": 1}


@pytest.mark.parametrize(
    ("scripts", "told"),
    [
        (([HANG],), "first event timeout"),
        (([head(), HANG],), "first event timeout"),
        (([head(), sse(chunk({"content": "x"}), done=False), HANG],), "idle timeout"),
        (([ABORT],), "connection broken"),
        (([RESET],), "connection reset"),
        (([head(), sse(chunk({"content": "x"}), done=False)],), "stream cut"),
        (([head(kind="application/json"), b"not json"],), "not JSON"),
        (([head(kind="application/json"), b"{}"],), "no answer in it"),
        (([head(kind="application/json"), b'{"error":{"code":503}}'],), "503"),
        (
            ([head(kind="application/json"), b'{"error":{"message":"it broke"}}'],),
            "server error in a 200",
        ),
        (([head("429 Too Many Requests"), b"{}"],), "429"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_person_is_told_why_it_is_tried_again(
    scripts: tuple[list[Step], ...], told: str
) -> None:
    """The timer, the connection's end or the status, never the status of what stalled later."""
    # a short timer only where it is to fire: a busy machine may be slow
    short = {"first event timeout": "first_event_s", "idle timeout": "idle_s"}
    timers = quick(**{short[told]: 0.05} if told in short else {})
    async with raw_server(*scripts) as server:
        used = settings(server.url, stream=True, timers=timers, attempts=2)
        async with on_stage(used) as stage:
            await stage.fault()
    assert [retry.reason for retry in stage.retries] == [told]


async def test_a_person_is_told_when_nobody_answers() -> None:
    """A refused connection has no status at all."""
    async with raw_server([HANG]) as server:
        url = server.url
    async with on_stage(settings(url, attempts=2)) as stage:
        await stage.fault()
    assert [retry.reason for retry in stage.retries] == ["connection refused"]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (FaultKind.DNS, "host unknown"),
        (FaultKind.CONNECT, "no connection"),
        (FaultKind.CONNECT_TIMEOUT, "connect timeout"),
        (FaultKind.RATE_LIMIT, "rate limit"),
    ],
)
def test_every_kind_has_a_word(kind: FaultKind, told: str) -> None:
    """Also one that no status came with."""
    assert reason(fault_of(kind, "?")) == told

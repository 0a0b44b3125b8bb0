"""The gate: a rate limit that one cell meets holds for all cells of its endpoint."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from cab_check.clock import SystemClock
from cab_check.endpoint.faults import FaultKind, fault_of
from cab_check.endpoint.gate import Gate
from cab_check.endpoint.message import Unanswered
from tests.endpoint.endpoint_stage import QUESTION, TOOLS, answer, message, scripted, settings


class Steps:
    """A clock that only waiting moves on."""

    def __init__(self) -> None:
        self.time_s = 100.0

    def now(self) -> datetime:
        """Return a moment."""
        return datetime.fromtimestamp(self.time_s, UTC)

    def monotonic(self) -> float:
        """Return the time."""
        return self.time_s

    async def sleep(self, seconds: float) -> None:
        """Move on."""
        self.time_s += seconds
        await asyncio.sleep(0)


async def test_before_any_limit_everybody_passes_at_once() -> None:
    """No wait, and no count of those under way that would hold anybody up."""
    gate = Gate(Steps())
    assert [await gate.enter(10.0) for _ in range(100)] == [0.0] * 100


async def test_a_pause_holds_everybody_until_it_is_over() -> None:
    """Whoever comes meanwhile waits for the rest of it, and is told how long that was."""
    gate = Gate(Steps())
    gate.pause(3.0, asked=True)
    waited_s = await gate.enter(60.0)
    assert 3.0 <= waited_s <= 3.5
    assert await gate.enter(60.0) == 0.0


async def test_only_the_servers_wish_prolongs_a_pause() -> None:
    """Our own jitter of a second cell does not add to the first one's."""
    gate = Gate(Steps())
    gate.pause(2.0, asked=False)
    gate.pause(30.0, asked=False)
    assert await gate.enter(60.0) <= 2.5
    gate.pause(2.0, asked=False)
    gate.pause(30.0, asked=True)
    assert await gate.enter(60.0) >= 30.0


async def test_nobody_waits_longer_than_there_is_time() -> None:
    """A pause of an hour leaves a cell with five seconds left its five seconds."""
    gate = Gate(Steps())
    gate.pause(3600.0, asked=True)
    assert await gate.enter(5.0) == 5.0


async def test_after_a_limit_half_as_many_go_and_answers_raise_it() -> None:
    """Eight were under way when it came: four may go, and one more with each second answer."""
    gate = Gate(Steps())
    for _ in range(8):
        await gate.enter(60.0)
    gate.leave(limited=True)
    for _ in range(7):
        gate.leave(limited=False)
    # seven answers have raised four to seven, and half of the way to eight
    entering = [asyncio.ensure_future(gate.enter(60.0)) for _ in range(10)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert sum(one.done() for one in entering) == 7
    gate.leave(limited=False)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    # the room of the one that left, and one more
    assert sum(one.done() for one in entering) == 9
    for one in entering:
        one.cancel()


async def test_a_gate_that_is_shut_lets_all_go_at_once_to_send_nothing() -> None:
    """Those who wait out a pause, those who wait for room, and who comes later."""
    limit = fault_of(FaultKind.RATE_LIMIT, "HTTP 429 (asks to wait 3600 s)")
    paused, crowded = Gate(SystemClock()), Gate(SystemClock())
    paused.pause(3600.0, asked=True)
    await crowded.enter(60.0)
    crowded.leave(limited=True)
    await crowded.enter(60.0)
    waiting = [asyncio.ensure_future(gate.enter(7200.0)) for gate in (paused, crowded, crowded)]
    for _ in range(3):
        await asyncio.sleep(0)
    assert not any(one.done() for one in waiting)
    for gate in (paused, crowded):
        gate.shut(limit)
        gate.shut(fault_of(FaultKind.RATE_LIMIT, "another"))
        assert gate.shut_by is limit
    async with asyncio.timeout(60):
        await asyncio.gather(*waiting)
        assert await paused.enter(7200.0) == 0.0


async def test_a_wish_beyond_waiting_ends_the_other_cells_of_the_endpoint_too() -> None:
    """They send nothing, do not wait, and end on the same limit; their time is told."""
    busy = answer({"error": {"message": "slow down"}}, 429, {"retry-after": "3600"})
    async with scripted(busy, used=settings(wait_s=120.0)) as (stage, script):
        await stage.fault()
        other = stage.client.conversation()
        got = await other.ask(
            QUESTION, TOOLS, left_s=300.0, where="turn 1", on_retry=stage.retries.append
        )
    assert len(script.requests) == 1
    assert (stage.clock.waits, stage.retries) == ([], [])
    assert isinstance(got, Unanswered)
    assert (got.fault.kind, got.fault.party.value) == (FaultKind.RATE_LIMIT, "gateway")
    assert got.fault.message == "not sent: HTTP 429: slow down (asks to wait 3600 s)"
    assert [(attempt.status, attempt.latency_ms) for attempt in got.attempts] == [(None, 0.0)]


async def test_one_that_waited_for_room_and_was_cancelled_takes_none() -> None:
    """A cell that ended while it waited does not hold the others up for good."""
    gate = Gate(Steps())
    await gate.enter(60.0)
    gate.leave(limited=True)
    await gate.enter(60.0)
    first, second = (asyncio.ensure_future(gate.enter(60.0)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    gate.leave(limited=False)
    async with asyncio.timeout(60):
        await second


async def test_one_that_was_woken_into_a_pause_and_cancelled_takes_no_room() -> None:
    """It had its turn already, and hands that on: nobody is left under way who would."""
    gate = Gate(SystemClock())
    await gate.enter(60.0)
    gate.leave(limited=True)
    await gate.enter(60.0)
    first, second = (asyncio.ensure_future(gate.enter(3600.0)) for _ in range(2))
    await asyncio.sleep(0)
    gate.leave(limited=True)
    gate.pause(0.05, asked=True)
    await asyncio.sleep(0)  # the first is woken, and waits for the pause to end
    first.cancel()
    async with asyncio.timeout(60):
        await second


async def test_a_limit_that_one_cell_meets_holds_for_the_next_cell_of_its_endpoint() -> None:
    """Also where the first one had no attempt left; the wait stands in the second one's record."""
    busy = answer({"error": {"message": "slow down"}}, 429, {"retry-after": "20"})
    good = answer(message(content="ok"))
    async with scripted(busy, good, used=settings(attempts=1)) as (stage, script):
        await stage.fault()
        other = stage.client.conversation()
        got = await other.ask(
            QUESTION, TOOLS, left_s=300.0, where="turn 1", on_retry=stage.retries.append
        )
    assert len(script.requests) == 2
    assert got.attempts[0].fault is None
    assert 19_000 < got.attempts[0].waited_ms < 21_000
    assert sum(stage.clock.waits) > 19


async def test_another_endpoint_is_not_paused() -> None:
    """Each client has a gate of its own."""
    busy = answer({"error": {"message": "slow down"}}, 429, {"retry-after": "20"})
    good = answer(message(content="ok"))
    async with (
        scripted(busy, used=settings(attempts=1)) as (first, _),
        scripted(good) as (second, _),
    ):
        await first.fault()
        await second.reply()
    assert second.clock.waits == []

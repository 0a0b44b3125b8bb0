"""How an episode ends: each stop reason, with the number that fired (LOOP: end, stop reasons)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cab_check.agent.episode import StopReason
from cab_check.endpoint.faults import FaultKind, Party
from cab_check.sandbox.box import Limit
from cab_check.settings import AgentSettings
from tests.agent.scripted_agent import (
    Lab,
    StillClock,
    attempt,
    call,
    came_to,
    fail,
    fault,
    raw_call,
    say,
    used,
)

if TYPE_CHECKING:
    from pathlib import Path

    from cab_check.endpoint.message import Answered, Unanswered
    from cab_check.sandbox.box import CommandResult

READ = call("read_file", path="README.md")


def reads(count: int) -> list[Answered]:
    """Build turns that each read something else."""
    return [say(None, call("read_file", path="README.md", offset=n)) for n in range(1, count + 1)]


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Give each test a lab of its own."""
    return Lab(tmp_path)


async def test_text_without_a_call_is_finished(lab: Lab) -> None:
    """Visible text without a call ends it, and is the agent's closing text."""
    played = await lab.play(say(None, READ), say("All done."))
    episode = played.episode
    assert (episode.stop, episode.detail) == (StopReason.FINISHED, "in turn 2")
    assert episode.final_text == "All done."
    assert [turn.number for turn in episode.turns] == [1, 2]
    assert episode.fault is None


async def test_thoughts_in_the_text_are_not_visible(lab: Lab) -> None:
    """A server that leaves the thoughts in the text does not make them the closing text."""
    played = await lab.play(say("<think>hm</think>\n"), say("<think>hm</think>Done."))
    assert played.episode.final_text == "Done."
    assert len(played.nudges) == 1


@pytest.mark.parametrize("reasoning", [None, "thinking"], ids=["empty", "reasoning-only"])
async def test_empty_replies_are_nudged_twice_at_most(lab: Lab, reasoning: str | None) -> None:
    """Two nudges; the third empty reply is the end. Nudges count as turns."""
    empty = [say(None, reasoning=reasoning) for _ in range(3)]
    played = await lab.play(*empty)
    assert played.episode.stop is StopReason.EMPTY_RESPONSE
    assert played.episode.detail.startswith("3 replies, 2 nudges")
    assert ("reasoning-only" in played.episode.detail) == bool(reasoning)
    assert len(played.nudges) == 2
    assert len(played.episode.turns) == 3
    assert played.asker.notes == [("reply-without-content", f"turn {n}") for n in (1, 2, 3)]


async def test_an_empty_reply_may_be_followed_by_work(lab: Lab) -> None:
    """A nudge that works is not the end."""
    played = await lab.play(say(""), say(None, READ), say("  \n"), say("Done."))
    assert played.episode.stop is StopReason.FINISHED
    assert played.episode.turns[0].note == "empty"


async def test_turn_limit_records_the_last_observation(lab: Lab) -> None:
    """At the turn limit the last observation is in the history, and nothing more is asked."""
    lab.max_turns = 2
    played = await lab.play(*reads(1), say(None, call("list_files")))
    assert (played.episode.stop, played.episode.detail) == (StopReason.TURN_LIMIT, "2 turns")
    assert played.observations[-1] == "README.md\n"


async def test_retries_are_no_turns(lab: Lab) -> None:
    """Only replies count against the turn limit."""
    lab.max_turns = 1
    lost = tuple(attempt(number=n, fault=fault(FaultKind.SERVER_ERROR)) for n in (1, 2, 3))
    played = await lab.play(say("Done.", before=lost))
    assert played.episode.stop is StopReason.FINISHED
    assert len(played.episode.turns[0].attempts) == 4


async def test_three_format_errors_in_a_row_are_the_end(lab: Lab) -> None:
    """Three turns in a row of which nothing can be run."""
    bad = raw_call("read_file", "{'path': 1}")
    played = await lab.play(say(None, bad), say(None, call("no_such_tool")), say(None, bad))
    assert played.episode.stop is StopReason.FORMAT_ERRORS
    assert played.episode.detail.startswith("3 in a row")
    assert len(played.observations) == 3


@pytest.mark.parametrize(
    "between",
    [say(None, READ), say(None), say(None, READ, raw_call("read_file", "{'a'}"))],
    ids=["a call", "an empty reply", "a valid sibling"],
)
async def test_format_errors_count_in_a_row_only(lab: Lab, between: Answered) -> None:
    """Anything else in between starts the count anew."""
    bad = say(None, raw_call("read_file", "{'path': 1}"))
    played = await lab.play(bad, bad, between, bad, bad, say("Done."))
    assert played.episode.stop is StopReason.FINISHED


async def test_the_same_call_is_noted_after_three_and_ends_after_five(lab: Lab) -> None:
    """A note after three in a row, the end after five."""
    again = [say(None, READ) for _ in range(5)]
    played = await lab.play(*again)
    assert played.episode.stop is StopReason.LOOP
    assert "5 in a row" in played.episode.detail
    noted = ["same call 3 times" in text for text in played.observations]
    assert noted == [False, False, True, False, False]


async def test_another_spelling_of_the_arguments_is_the_same_call(lab: Lab) -> None:
    """White space and the order of keys make no new call."""
    one = '{"path": "README.md", "offset": 1}'
    two = '{"offset":1,\n"path":"README.md"}'
    spelt = [say(None, raw_call("read_file", text, call_id=text)) for text in [one, two] * 3]
    played = await lab.play(*spelt)
    assert (played.episode.stop, len(played.episode.turns)) == (StopReason.LOOP, 5)


async def test_a_different_call_between_is_no_loop(lab: Lab) -> None:
    """Four, another one, and four again."""
    four = [say(None, READ) for _ in range(4)]
    played = await lab.play(*four, say(None, call("list_files")), *four, say("Done."))
    assert played.episode.stop is StopReason.FINISHED


async def test_finish_reason_without_calls_ends_after_two(lab: Lab) -> None:
    """Two in a row end it with a named cause (ENDPOINTS §5 row 22)."""
    announced = say("I will call it.", finish="tool_calls")
    played = await lab.play(announced, announced)
    assert played.episode.stop is StopReason.FORMAT_ERRORS
    assert played.episode.detail == "finish_reason tool_calls without a call, 2 in a row"
    assert len(played.nudges) == 1


async def test_finish_reason_without_calls_counts_in_a_row_only(lab: Lab) -> None:
    """A turn of work in between starts the count anew."""
    announced = say(None, finish="tool_calls")
    played = await lab.play(announced, say(None, READ), announced, say("Done."))
    assert played.episode.stop is StopReason.FINISHED


async def test_calls_decide_and_not_the_label(lab: Lab) -> None:
    """finish_reason stop beside calls runs the calls (row 21)."""
    played = await lab.play(say("Let me see.", READ, finish="stop"), say("Done."))
    assert played.observations == ["A ticket.\n"]


async def test_content_filter_is_an_end_of_its_own(lab: Lab) -> None:
    """A filtered reply runs nothing and is not the model giving up."""
    played = await lab.play(say("Half a", READ, finish="content_filter"))
    assert played.episode.stop is StopReason.CONTENT_FILTER
    assert played.episode.final_text is None
    assert played.episode.turns[0].tool_runs == ()


@pytest.mark.parametrize(
    ("kind", "stop"),
    [
        (FaultKind.AUTH, StopReason.AUTH),
        (FaultKind.FORBIDDEN, StopReason.AUTH),
        (FaultKind.TOOLS_UNSUPPORTED, StopReason.TOOLS_UNSUPPORTED),
        (FaultKind.CONTEXT_OVERFLOW, StopReason.CONTEXT_OVERFLOW),
        (FaultKind.CONTENT_FILTER, StopReason.CONTENT_FILTER),
        (FaultKind.TOTAL_TIMEOUT, StopReason.TIME_LIMIT),
        (FaultKind.UNKNOWN_MODEL, StopReason.ENDPOINT_ERROR),
        (FaultKind.SERVER_ERROR, StopReason.ENDPOINT_ERROR),
        (FaultKind.RATE_LIMIT, StopReason.ENDPOINT_ERROR),
    ],
    ids=str,
)
async def test_a_fault_ends_it(lab: Lab, kind: FaultKind, stop: StopReason) -> None:
    """Each kind of fault has its stop reason; the fault and the turn are kept."""
    played = await lab.play(say(None, READ), fail(fault(kind)))
    episode = played.episode
    assert (episode.stop, episode.detail) == (stop, f"it was {kind.value}")
    assert episode.fault == fault(kind)
    assert episode.turns[1].reply is None
    assert len(episode.turns[1].attempts) == 1


@pytest.mark.parametrize(
    ("retryable", "stop"), [(True, StopReason.TIME_LIMIT), (False, StopReason.ENDPOINT_ERROR)]
)
async def test_running_out_of_time_for_a_retry_is_the_time_limit(
    lab: Lab, *, retryable: bool, stop: StopReason
) -> None:
    """A fault that could be tried again, had there been time, is the time limit's end."""
    clock = StillClock()

    async def late(left_s: float) -> Unanswered:
        await clock.sleep(left_s)
        return fail(fault(FaultKind.RATE_LIMIT, retryable=retryable))

    lab.clock = clock
    played = await lab.play(late)
    assert played.episode.stop is stop
    assert played.episode.fault is not None


async def test_token_limit_is_checked_before_a_request(lab: Lab) -> None:
    """The turn that crosses it is finished, the next is not asked."""
    lab.settings = AgentSettings(token_limit=100)
    first, second, third = reads(3)
    played = await lab.play(
        replace(first, reply=replace(first.reply, usage=used(40, 9))),
        replace(second, reply=replace(second.reply, usage=used(50, 1))),
        third,
    )
    assert (played.episode.stop, played.episode.detail) == (
        StopReason.TOKEN_LIMIT,
        "100 of 100 tokens",
    )
    assert len(played.observations) == 2


async def test_cost_limit_goes_by_the_users_prices(lab: Lab) -> None:
    """Prompt and completion have prices of their own, per million."""
    lab.settings = AgentSettings(cost_limit=0.003, price_in=1.0, price_out=10.0)
    played = await lab.play(
        say(None, READ, usage=used(1000, 100)),
        say(None, call("list_files"), usage=used(900, 10)),
        say("Done."),
    )
    assert (played.episode.stop, played.episode.detail) == (
        StopReason.COST_LIMIT,
        "0.0030 of 0.003",
    )


async def test_a_failed_attempt_that_was_paid_for_counts(lab: Lab) -> None:
    """Usage is counted for every attempt that told it."""
    lab.settings = AgentSettings(token_limit=60)
    lost = attempt(fault=fault(FaultKind.TRUNCATED_STREAM), usage=used(30, 10))
    played = await lab.play(say(None, READ, usage=used(15, 5), before=(lost,)))
    assert played.episode.stop is StopReason.TOKEN_LIMIT


async def test_usage_of_a_cut_or_malformed_reply_is_recorded(lab: Lab) -> None:
    """A reply has been paid for before it is judged."""
    lab.settings = AgentSettings(token_limit=20)
    played = await lab.play(say("Half a s", finish="length", usage=used(10, 10)))
    assert played.episode.stop is StopReason.TOKEN_LIMIT
    assert played.steps[-1].tokens is None
    assert played.episode.turns[0].attempts[0].usage == used(10, 10)


async def test_time_limit_is_checked_before_a_request(lab: Lab) -> None:
    """When the time is up nothing more is asked, and what came is kept."""
    clock = StillClock()

    async def slow() -> CommandResult:
        await clock.sleep(59.9)
        return came_to(b"partial\n", exit_code=137, stopped_by=Limit.TIME)

    lab.clock = clock
    box = lab.box
    box.results = [slow]  # type: ignore[attr-defined]

    async def thinking(_: float) -> Answered:
        await clock.sleep(0.2)
        return say(None, call("list_files"), call("run_command", command="true"))

    played = await lab.play(say(None, call("run_command", command="slow")), thinking)
    assert (played.episode.stop, played.episode.detail) == (StopReason.TIME_LIMIT, "60 s")
    assert "partial" in played.observations[0]
    assert played.observations[1:] == ["The call was not run: the episode had ended."] * 2
    assert played.episode.fault is None


async def test_a_command_gets_no_more_time_than_is_left(lab: Lab) -> None:
    """The limit told to the box is the smaller of the command's and the cell's."""
    clock = StillClock()
    lab.clock = clock

    async def late(_: float) -> Answered:
        await clock.sleep(45.0)
        return say(None, call("run_command", command="b"))

    played = await lab.play(say(None, call("run_command", command="a")), late, say("Done."))
    assert played.box.limits == [60.0, 15.0]  # type: ignore[attr-defined]
    assert played.asker.left == [60.0, 60.0, 15.0]


async def forever(_: float) -> Answered:
    """Never answer."""
    await asyncio.Event().wait()
    raise AssertionError


async def test_time_limit_ends_the_request_under_way(lab: Lab) -> None:
    """An endpoint that never answers, and a client that does not notice: the deadline does."""
    lab.timeout_s = 0.02
    played = await lab.play(forever)
    episode = played.episode
    assert episode.stop is StopReason.TIME_LIMIT
    assert episode.fault is not None
    assert (episode.fault.kind, episode.fault.party) == (FaultKind.TOTAL_TIMEOUT, Party.ENDPOINT)
    assert episode.unanswered_ms > 0.9 * episode.drive_ms
    assert [turn.reply for turn in episode.turns] == [None]
    assert played.spans[-1]["error"] == "ended"


async def hang() -> CommandResult:
    """Run for ever."""
    await asyncio.Event().wait()
    raise AssertionError


async def test_time_limit_ends_the_command_under_way(lab: Lab) -> None:
    """A box that hangs is cut off; the call gets its message, and those after it theirs."""
    lab.timeout_s = 0.02
    lab.box.results = [hang]  # type: ignore[attr-defined]
    calls = (READ, call("run_command", command="hang"), call("list_files"))
    played = await lab.play(say(None, *calls))
    episode = played.episode
    assert (episode.stop, episode.fault) == (StopReason.TIME_LIMIT, None)
    assert [run.error for run in episode.turns[0].tool_runs] == [None, "ended"]
    assert len(played.observations) == 3
    assert episode.unanswered_ms < 0.5 * episode.drive_ms


async def test_interrupted_before_a_request(lab: Lab) -> None:
    """Once the event is set nothing more is asked."""
    lab.interrupted.set()
    played = await lab.play(say("Done."))
    assert played.episode.stop is StopReason.INTERRUPTED
    assert played.asker.requests == []


async def test_interrupted_during_a_request(lab: Lab) -> None:
    """The event ends a request under way, long before any limit, and keeps what was there."""

    async def ring(_: float) -> Answered:
        lab.interrupted.set()
        return await forever(0)

    played = await lab.play(say(None, READ), ring)
    episode = played.episode
    assert (episode.stop, episode.detail) == (StopReason.INTERRUPTED, "in turn 2")
    assert episode.turns[0].tool_runs[0].observation == "A ticket.\n"
    assert episode.fault is None


async def test_interrupted_during_a_command(lab: Lab) -> None:
    """The event ends a command under way."""

    async def ring() -> CommandResult:
        lab.interrupted.set()
        return await hang()

    lab.box.results = [ring]  # type: ignore[attr-defined]
    played = await lab.play(say(None, call("run_command", command="x"), READ))
    assert played.episode.stop is StopReason.INTERRUPTED
    assert [run.command for run in played.episode.turns[0].tool_runs] == ["x"]
    assert len(played.observations) == 2


async def test_interrupted_between_calls_that_never_wait(lab: Lab) -> None:
    """A loop that never has to wait for anything notices the event all the same."""

    async def ring(_: float) -> Answered:
        lab.interrupted.set()
        return say(None, READ)

    played = await lab.play(ring, say("Done."))
    assert played.episode.stop is StopReason.INTERRUPTED
    assert played.observations == ["A ticket.\n"]


async def test_a_cancellation_from_outside_goes_through(lab: Lab) -> None:
    """Only our own deadline and the event make an episode of a cancellation."""
    asked = asyncio.Event()

    async def wait(_: float) -> Answered:
        asked.set()
        return await forever(0)

    task = asyncio.create_task(lab.play(wait))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_timeout_that_is_not_ours_goes_through(lab: Lab) -> None:
    """A TimeoutError of somebody else's is a bug and no time limit."""

    async def broken(_: float) -> Answered:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        await lab.play(broken)


async def test_unanswered_time_is_failed_attempts_and_waits(lab: Lab) -> None:
    """Answered attempts do not count, the waits before them do."""
    lost = attempt(fault=fault(FaultKind.SERVER_ERROR), latency_ms=300.0)
    answered = say("Done.", before=(lost,))
    last = replace(answered.attempts[-1], waited_ms=1000.0, latency_ms=50.0)
    played = await lab.play(replace(answered, attempts=(lost, last)))
    assert played.episode.unanswered_ms == 1300.0


async def test_a_last_wait_without_an_attempt_counts_as_unanswered(lab: Lab) -> None:
    """Time spent waiting for a retry that never came is in no attempt, and still counted."""
    clock = StillClock()

    async def give_up(_: float) -> Unanswered:
        await clock.sleep(2.0)
        return fail(fault(FaultKind.RATE_LIMIT), latency_ms=100.0)

    lab.clock = clock
    played = await lab.play(give_up)
    assert played.episode.unanswered_ms == 2000.0

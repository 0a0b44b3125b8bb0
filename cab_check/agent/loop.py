"""The loop: ask, read, run, tell, until something ends it (LOOP).

`drive` always comes back with an Episode, whatever the model and the endpoint did; only a bug of
ours or a cancellation from outside comes out as an exception.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from cab_check.agent import words
from cab_check.agent.ending import Ending, after_fault, out_of_time
from cab_check.agent.episode import StopReason
from cab_check.agent.patience import can_run
from cab_check.agent.reading import Announced, Calls, Cut, Empty, Filtered, Leaked, Said, read_turn
from cab_check.agent.state import State
from cab_check.agent.tools import Ready, read_call
from cab_check.endpoint.message import Answered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cab_check.agent.asker import Asker
    from cab_check.agent.episode import Episode
    from cab_check.agent.leaks import Leak
    from cab_check.agent.tools import Unfit
    from cab_check.clock import Clock
    from cab_check.endpoint.message import Reply
    from cab_check.sandbox.box import Box
    from cab_check.settings import AgentSettings, BoxLimits
    from cab_check.tasks.spec import Task
    from cab_check.trace import Trace
    from cab_check.workspace.place import Workspace

# requests and commands are handed what is left of the time and end by themselves, telling what
# they had; one that does not is cut off this much later
GRACE_S = 0.5


async def drive(
    task: Task,
    *,
    asker: Asker,
    box: Box,
    workspace: Workspace,
    settings: AgentSettings,
    trace: Trace,
    clock: Clock,
    interrupted: asyncio.Event,
    command_limits: BoxLimits,
) -> Episode:
    """Let the endpoint work on a task until one of the stop reasons, and say what happened.

    `interrupted`, once set, ends the request or command under way.
    """
    state = State.begin(
        task,
        asker=asker,
        box=box,
        workspace=workspace,
        settings=settings,
        trace=trace,
        clock=clock,
        command_limits=command_limits,
    )
    limit_s = state.limit_s
    try:
        async with (
            asyncio.timeout(max(0.0, limit_s) + GRACE_S) as bound,
            _brought_forward(bound, interrupted),
        ):
            ending = await _until_the_end(state, interrupted)
    except TimeoutError:
        if not bound.expired():
            raise
        ending = (
            _interrupted(state)
            if interrupted.is_set()
            else out_of_time(limit_s, while_asking=state.asking)
        )
    return state.episode(ending)


@asynccontextmanager
async def _brought_forward(bound: asyncio.Timeout, event: asyncio.Event) -> AsyncIterator[None]:
    """Let an event end what is under way, just as the deadline would."""

    async def watch() -> None:
        await event.wait()
        if not bound.expired():
            bound.reschedule(asyncio.get_running_loop().time())

    watcher = asyncio.create_task(watch())
    try:
        yield
    finally:
        watcher.cancel()


def _interrupted(state: State) -> Ending:
    return Ending(StopReason.INTERRUPTED, f"in turn {len(state.turns)}")


async def _until_the_end(state: State, interrupted: asyncio.Event) -> Ending:
    while True:
        if interrupted.is_set():
            return _interrupted(state)
        ending = state.limit_reached()
        if ending is None:
            ending = await _take_turn(state)
        if ending is not None:
            return ending


async def _take_turn(state: State) -> Ending | None:
    """Ask once, and act on what came."""
    answer = await state.ask()
    if not isinstance(answer, Answered):
        return after_fault(answer.fault, out_of_time=state.left_s() <= 0)
    reply = answer.reply
    reading = read_turn(reply, state.specs)
    state.patience.after_turn(reading)
    match reading:
        case Calls(calls):
            return await _run_calls(state, reply, calls)
        case Cut(calls, where):
            return _cut(state, reply, calls, where)
        case Leaked(leak) if leak.calls and state.settings.salvage_text_calls:
            return await _salvage(state, reply, leak)
        case _:
            state.take_reply(reply, ())
            return _without_calls(state, reading)


def _without_calls(
    state: State, reading: Leaked | Announced | Empty | Filtered | Said
) -> Ending | None:
    """End, or nudge as long as there is patience."""
    match reading:
        case Said(text):
            detail = f"in turn {state.turn.number}"
            return Ending(StopReason.FINISHED, detail, final_text=text)
        case Filtered():
            return Ending(StopReason.CONTENT_FILTER, "finish_reason content_filter")
        case Leaked(leak):
            state.note(words.CALLS_AS_TEXT)
            ending = state.patience.after_leak(leak.dialect)
            if ending is not None:
                ending = replace(ending, fault=state.asker.calls_as_text(ending.detail))
            return state.nudge(ending, words.leaked(leak), f"tool calls as text, {leak.dialect}")
        case Announced():
            ending = state.patience.after_announced()
            return state.nudge(ending, words.ANNOUNCED, "finish_reason without calls")
        case Empty(reasoning_only):
            state.note(words.NOTHING_VISIBLE)
            ending = state.patience.after_empty(reasoning_only=reasoning_only)
            told = words.REASONING_ONLY if reasoning_only else words.EMPTY
            return state.nudge(ending, told, "reasoning only" if reasoning_only else "empty")


async def _run_calls(state: State, reply: Reply, calls: tuple[Ready | Unfit, ...]) -> Ending | None:
    """Run the calls that are fit, in order; each gets its one tool message."""
    state.take_reply(reply, calls)
    for call in calls:
        await state.run(call)
    if can_run(calls):
        return state.patience.after_calls()
    return state.patience.after_format_error(state.turn.tool_runs[-1].error or "")


def _cut(state: State, reply: Reply, calls: tuple[Ready | Unfit, ...], where: str) -> Ending | None:
    """Run nothing of a turn that was cut, and advise smaller pieces."""
    state.take_reply(reply, calls)
    for call in calls:
        state.refuse(call, words.NOT_RUN_CUT.format(where=where), "cut_turn")
    state.turn.note = f"cut: {where}"
    if not calls:
        state.history.add_user(words.CUT.format(where=where))
    return state.patience.after_format_error(f"a cut turn, {where}")


async def _salvage(state: State, reply: Reply, leak: Leak) -> Ending | None:
    """Run calls that came as text, because the user asked for it; the record counts them."""
    state.take_reply(reply, ())
    state.note(words.CALLS_AS_TEXT)
    state.turn.note = f"salvaged {len(leak.calls)} calls from text: {leak.dialect}"
    calls = [read_call(call, state.specs) for call in leak.calls]
    runs = [await state.run(call, in_history=False) for call in calls]
    state.salvaged += sum(isinstance(call, Ready) for call in calls)
    state.history.add_user(words.salvaged([(run.call.name, run.observation) for run in runs]))
    if can_run(calls):
        return state.patience.after_calls()
    return state.patience.after_format_error(runs[-1].error or "")

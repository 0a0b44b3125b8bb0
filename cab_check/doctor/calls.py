"""Probes of tool calls: one, two in a turn, and the turns that follow on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.agent.leaks import find_leak
from cab_check.agent.tools import Ready, Unfit, read_call
from cab_check.doctor import questions
from cab_check.doctor.asking import TOOLS, How
from cab_check.doctor.finding import Mark, failed, passed, refused, skipped, warned
from cab_check.doctor.turns import shown
from cab_check.endpoint.faults import FaultKind
from cab_check.endpoint.message import Answered, Unanswered

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.doctor.asking import Asking
    from cab_check.doctor.finding import Seen
    from cab_check.endpoint.faults import Fault
    from cab_check.endpoint.message import Message, Reply

CALL_TOKENS = 2048
SPECS = {spec.name: spec for spec in TOOLS}
_PARSER = "turn on the server's tool-call parser for this model, and check its chat template"
_MAYBE = "maybe the model's own choice: try again, or another prompt, before blaming the server"
_LONGER = "if the model thinks for long, give --max-tokens; else look at the server's own limit"
_HISTORY = "accept a history as the protocol has it: assistant turns with calls, then their results"


async def tool_call(asking: Asking) -> Seen:
    """Ask for one tool call, with the agent's own prompt and tools (row 33)."""
    return await _second_try(asking, questions.one_call(), _judge_one)


async def two_calls(asking: Asking) -> Seen:
    """Ask for two calls in one turn, one of them without arguments."""
    return await _second_try(asking, questions.two_calls(), _judge_two)


async def _second_try(
    asking: Asking,
    messages: tuple[Message, ...],
    judge: Callable[[Reply, Asking], Seen],
) -> Seen:
    """Ask, and once more unstreamed unless it went well: a model may do something else once."""
    heard = await asking.ask(messages, How(max_tokens=CALL_TOKENS))
    if isinstance(heard, Unanswered):
        return _refused_tools(heard.fault)
    seen = judge(heard.reply, asking)
    if seen.mark is Mark.PASS:
        return seen
    again = await asking.ask(messages, How(max_tokens=CALL_TOKENS, stream=False))
    if isinstance(again, Unanswered):
        return seen
    better = judge(again.reply, asking)
    if better.mark is not Mark.PASS:
        return better
    return warned(f"{better.evidence} at the second try; at first: {seen.evidence}", seen.fix)


def _refused_tools(fault: Fault) -> Seen:
    return refused(fault, Mark.WARN if fault.kind is FaultKind.RATE_LIMIT else Mark.FAIL)


def _refused_history(fault: Fault) -> Seen:
    """Judge a refusal of a history; one that refuses the tools is told by the tool call."""
    if fault.kind is FaultKind.TOOLS_UNSUPPORTED:
        return skipped("tools are refused")
    return _refused_tools(fault)


def _judge_one(reply: Reply, asking: Asking) -> Seen:
    wrong = _no_calls(reply, asking) or _unfit(reply)
    if wrong is not None:
        return wrong
    asking.chart.called = reply
    first = reply.tool_calls[0]
    if (first.name, questions.FILE in first.arguments) != ("read_file", True):
        return warned(f"asked for read_file, the model called {_called(reply)}", _MAYBE)
    return passed(f"{_called(reply)}, id {shown(first.id)}")


def _judge_two(reply: Reply, asking: Asking) -> Seen:
    wrong = _no_calls(reply, asking) or _unfit(reply)
    if wrong is not None:
        return wrong
    if len(reply.tool_calls) == 1:
        return warned(f"one call came in place of two: {_called(reply)}", _MAYBE)
    names = {call.name for call in reply.tool_calls}
    if names != {"read_file", "list_files"}:
        return warned(f"asked for two tools, the model called {_called(reply)}", _MAYBE)
    return passed(_called(reply))


def _no_calls(reply: Reply, asking: Asking) -> Seen | None:
    """Tell calls that leaked into the text from a model that would not make any (row 32)."""
    if reply.tool_calls:
        return None
    if reply.finish_reason == "length":
        return warned("the reply was cut before a call came", _LONGER)
    leak = find_leak(reply.text or "", SPECS)
    if leak is not None and asking.conversation is not None:
        return refused(asking.conversation.calls_as_text(f"in the form of {leak.dialect}"))
    said = shown(reply.text) if reply.text else "nothing"
    text = f"no call came, finish_reason {reply.finish_reason}; the model said {said}"
    return warned(text, f"{_MAYBE}; {_PARSER}")


def _unfit(reply: Reply) -> Seen | None:
    """Say what is wrong with a call as the agent's loop would read it (rows 2-4, 35, 59)."""
    for call in reply.tool_calls:
        reading = read_call(call, SPECS)
        if isinstance(reading, Unfit):
            told = f"{call.name}({shown(call.arguments)}): {reading.error.replace('_', ' ')}"
            if reply.finish_reason == "length":
                return failed(f"{told}, finish_reason length", _LONGER)
            unknown = reading.error == "unknown_tool"
            fix = _MAYBE if unknown else "send a call's arguments as a string that holds JSON"
            return failed(told, f"{fix}; {_PARSER}")
        if isinstance(reading, Ready) and reading.was_empty:
            return warned(
                f"{call.name}: arguments are an empty string",
                "send {} as the arguments of a call that has none",
            )
    return None


def _called(reply: Reply) -> str:
    return ", ".join(f"{call.name}({call.arguments[:60]})" for call in reply.tool_calls)


async def turn_two(asking: Asking) -> Seen:
    """Send the endpoint its own turn back, with a result: its ids, null content, reasoning.

    Then ask for one call more: its id must be none of those that are taken (row 27).
    """
    called = asking.chart.called
    if called is None:
        return skipped("no tool call came to send back")
    second = questions.second_turn(called)
    heard = await asking.ask(second, How(max_tokens=CALL_TOKENS))
    if isinstance(heard, Unanswered):
        return refused(heard.fault)
    sent = ["its ids"]
    sent += [] if called.text else ["null content"]
    sent += [f"{reasoning.field}" for reasoning in called.reasoning]
    seen = _followed(heard, f"{', '.join(sent)} taken back", questions.FIRST_SIGN)
    if seen.mark is not Mark.PASS:
        return seen
    third = await asking.ask(questions.third_turn(second, heard.reply), How(max_tokens=CALL_TOKENS))
    # whether it calls again is the model's own choice; an id that comes again is in the ledger
    return refused(third.fault) if isinstance(third, Unanswered) else seen


def _id(asking: Asking) -> str:
    """Return an id of the server's own where there is one: some take back no others (row 28)."""
    called = asking.chart.called
    return questions.OUR_ID if called is None else called.tool_calls[0].id


async def large_result(asking: Asking) -> Seen:
    """Send a tool result of 30 KB, and see whether its end was read."""
    heard = await asking.ask(questions.large_result(_id(asking)), How(max_tokens=CALL_TOKENS))
    if isinstance(heard, Unanswered):
        return _refused_history(heard.fault)
    return _followed(heard, "30 KB taken", questions.LAST_SIGN)


def _followed(heard: Answered, taken: str, sign: str) -> Seen:
    """Judge a turn after a result: it was answered, and the answer holds what the result says."""
    reply = heard.reply
    if sign in (reply.text or ""):
        return passed(f"{taken}; answered {shown(reply.text or '')}")
    if reply.tool_calls:
        return warned(f"{taken}; the model called {_called(reply)} again", _MAYBE)
    if not reply.text and reply.finish_reason != "length":
        return warned(f"{taken}; the reply is empty ({reply.finish_reason})", _HISTORY)
    said = shown(reply.text) if reply.text else "nothing yet"
    return warned(f"{taken}; asked for {sign!r}, the model said {said}", _MAYBE)


# what a server may say to a history that it cannot read; anything else is about something else
_REFUSALS = frozenset({FaultKind.BAD_REQUEST, FaultKind.SERVER_ERROR})


async def malformed_history(asking: Asking) -> Seen:
    """Send a history with cut arguments, as agents do that echo what the model made (row 49)."""
    heard = await asking.ask(questions.malformed_history(_id(asking)), How(max_tokens=CALL_TOKENS))
    if isinstance(heard, Answered):
        return passed("taken, and answered")
    fault = heard.fault
    if fault.kind not in _REFUSALS:
        return _refused_history(fault)
    sound = await asking.ask(questions.sound_history(_id(asking)), How(max_tokens=CALL_TOKENS))
    if isinstance(sound, Unanswered):
        # what is refused without them as well is not refused because of cut arguments
        return _refused_history(sound.fault)
    return warned(
        f"refused: {fault.message}",
        "accept any text as arguments in the history: a model's slip is sent back with each turn",
    )

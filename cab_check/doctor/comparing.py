"""The probe that lays a streamed reply beside an unstreamed one (rows 34, 58)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.doctor import questions
from cab_check.doctor.asking import How
from cab_check.doctor.calls import CALL_TOKENS
from cab_check.doctor.finding import Mark, failed, passed, refused, skipped, warned
from cab_check.endpoint.ledger import Oddity
from cab_check.endpoint.message import Unanswered

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.doctor.asking import Asking
    from cab_check.doctor.finding import Seen
    from cab_check.endpoint.message import Reply

_FIX = "stream and whole reply come from two parsers: use the same for both, or report it"


@dataclass(frozen=True, slots=True)
class Difference:
    """The first field that differs; `grave` when an agent would do something else."""

    field: str
    streamed: str
    plain: str
    grave: bool


async def stream_and_plain(asking: Asking) -> Seen:
    """Ask for the same call streamed and whole, at temperature 0, and compare field by field."""
    if not asking.chart.streams:
        return skipped("nothing is streamed")
    if isinstance(asking.chart.first, Unanswered):
        return skipped("there is no whole answer to compare with")
    for last in (False, True):
        seen = await _compare(asking)
        # what differs once only is the model's mood
        if seen.mark is Mark.PASS or seen.fault is not None or last:
            return seen
    raise AssertionError("the loop returns")


async def _compare(asking: Asking) -> Seen:
    messages = questions.one_call()
    hows = [How(max_tokens=CALL_TOKENS, stream=way, temperature=0.0) for way in (True, False)]
    streamed, plain = await asyncio.gather(*(asking.ask(messages, how) for how in hows))
    for heard in (streamed, plain):
        if isinstance(heard, Unanswered):
            return refused(heard.fault)
    if any(entry.name == Oddity.STREAM_LOSES for entry in asking.ledger.entries()):
        return failed("the stream lost what the whole reply has", _FIX)
    found = None
    if not isinstance(streamed, Unanswered) and not isinstance(plain, Unanswered):
        found = first_difference(streamed.reply, plain.reply)
    if found is None:
        return passed("the same call both ways")
    text = f"{found.field} differs: streamed {found.streamed}, whole {found.plain}"
    return failed(text, _FIX) if found.grave else warned(text, _FIX)


def first_difference(streamed: Reply, plain: Reply) -> Difference | None:
    """Return the first field in which two replies to one question differ.

    Texts and reasoning may: no model says the same twice. Whether there are any may not.
    """
    for field, read, grave in _FIELDS:
        one, other = read(streamed), read(plain)
        if one != other:
            return Difference(field, one, other, grave)
    if streamed.usage is None or plain.usage is None:
        return None
    one, other = (str(usage.prompt_tokens) for usage in (streamed.usage, plain.usage))
    return None if one == other else Difference("usage.prompt_tokens", one, other, grave=False)


def _names(reply: Reply) -> str:
    return ", ".join(call.name for call in reply.tool_calls) or "none"


def _arguments(reply: Reply) -> str:
    return "; ".join(_canonical(call.arguments) for call in reply.tool_calls)


def _canonical(arguments: str) -> str:
    try:
        return json.dumps(json.loads(arguments), sort_keys=True, ensure_ascii=False)[:200]
    except (ValueError, RecursionError):
        return arguments[:200]


_FIELDS: tuple[tuple[str, Callable[[Reply], str], bool], ...] = (
    ("tool_calls", _names, True),
    ("arguments", _arguments, True),
    ("finish_reason", lambda reply: str(reply.finish_reason), False),
    ("reasoning", lambda reply: ", ".join(r.field for r in reply.reasoning) or "none", False),
    ("model", lambda reply: str(reply.model), False),
)

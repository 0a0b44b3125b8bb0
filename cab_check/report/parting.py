"""Where two conversations part: the first turn in which the models did not do the same."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from cab_check.endpoint.message import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.endpoint.message import Message

_LONGEST = 80
PROMPTS = 0
"""The `turn` of two conversations that were not begun alike."""


@dataclass(frozen=True, slots=True)
class Parting:
    """The turn, from 1, in which `a` and `b` were done.

    `heard` is an earlier one, if any, after which the tools answered differently; a time in an
    output is such a difference too.
    """

    turn: int
    a: str
    b: str
    heard: int | None


@dataclass(frozen=True, slots=True)
class _Turn:
    said: Message | None
    heard: tuple[str | None, ...]


def parting(first: Sequence[Message], second: Sequence[Message]) -> Parting | None:
    """Return where two conversations part, None when they never do."""
    (begun, turns), (other, others) = _turns(first), _turns(second)
    if [(m.role, m.text) for m in begun] != [(m.role, m.text) for m in other]:
        return Parting(PROMPTS, "its own prompt", "another", None)
    heard = None
    ended = _Turn(None, ())
    for number, (a, b) in enumerate(zip_longest(turns, others, fillvalue=ended), 1):
        if _deed(a.said) != _deed(b.said):
            return Parting(number, _worded(a.said), _worded(b.said), heard)
        if heard is None and a.heard != b.heard:
            heard = number
    return None


def _turns(messages: Sequence[Message]) -> tuple[list[Message], list[_Turn]]:
    begun: list[Message] = []
    turns: list[_Turn] = []
    for message in messages:
        if message.role is Role.ASSISTANT:
            turns.append(_Turn(message, ()))
        elif turns:
            turns[-1] = _Turn(turns[-1].said, (*turns[-1].heard, message.text))
        else:
            begun.append(message)
    return begun, turns


def _deed(message: Message | None) -> object:
    """Return what was done in a turn; the calls' ids are the endpoint's and say nothing."""
    if message is None:
        return None
    calls = [(call.name, _arguments(call.arguments)) for call in message.tool_calls]
    return (message.text or "").strip(), calls


def _arguments(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _worded(message: Message | None) -> str:
    if message is None:
        return "had ended"
    parts = [f"{call.name} {call.arguments}" for call in message.tool_calls]
    text = "; ".join(parts) or (message.text or "").strip() or "an empty reply"
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"

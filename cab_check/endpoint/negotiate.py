"""What is changed in a request after a refusal that names it (ENDPOINTS §5: 14, 24, 25, 36-38)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cab_check.endpoint.faults import FaultKind
from cab_check.endpoint.ledger import Oddity
from cab_check.endpoint.message import Role
from cab_check.endpoint.reading import CALL_REASONS, CUT_REASONS
from cab_check.endpoint.wire import Echo

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cab_check.endpoint.diagnose import Diagnosis
    from cab_check.endpoint.faults import Fault
    from cab_check.endpoint.message import Message, Reply
    from cab_check.endpoint.wire import Dialect
    from cab_check.settings import EndpointSettings

_REFUSED = (
    r"(not |un)(support|allow|permit|recogni[sz]|expect|known)|unknown|extra|instead|invalid|"
    r"only the default|deprecated|must be 1"
)
_REFUSALS = frozenset({400, 404, 405, 415, 422, 500, 501})
_GUESSED = frozenset({400, 422})
# a request without tools could be understood; one for too long a history could not
_NEGOTIABLE = frozenset(
    {
        FaultKind.BAD_REQUEST,
        FaultKind.SERVER_ERROR,
        FaultKind.TOOLS_UNSUPPORTED,
    }
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a refused request held."""

    messages: Sequence[Message]
    settings: EndpointSettings
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class Step:
    """One change. `guess` allows it also when a 400 names nothing that we know."""

    oddity: Oddity
    words: re.Pattern[str]
    applies: Callable[[Asked], bool]
    change: Callable[[Dialect], Dialect]
    guess: bool = False


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


def _has_null(asked: Asked) -> bool:
    return any(not message.text and message.tool_calls for message in asked.messages)


def _has_reasoning(asked: Asked) -> bool:
    return any(message.reasoning for message in asked.messages)


def _has_assistant(asked: Asked) -> bool:
    return any(message.role is Role.ASSISTANT for message in asked.messages)


def _has_system(asked: Asked) -> bool:
    return any(message.role is Role.SYSTEM for message in asked.messages)


_STEPS = (
    Step(
        Oddity.STREAM_OPTIONS_REFUSED,
        _words(r"stream_options|include_usage"),
        lambda asked: asked.dialect.stream and asked.dialect.stream_options,
        lambda dialect: replace(dialect, stream_options=False),
        guess=True,
    ),
    Step(
        Oddity.STREAM_REFUSED,
        _words(r"\bstream(ing|ed)?\b"),
        lambda asked: asked.dialect.stream,
        lambda dialect: replace(dialect, stream=False),
    ),
    Step(
        Oddity.MAX_TOKENS_RENAMED,
        _words(rf"max_(completion_)?tokens.*({_REFUSED})|({_REFUSED}).*max_(completion_)?tokens"),
        lambda asked: asked.settings.max_tokens is not None,
        lambda dialect: replace(dialect, completion_limit=not dialect.completion_limit),
    ),
    Step(
        Oddity.TEMPERATURE_REFUSED,
        _words(r"temperature"),
        lambda asked: asked.settings.temperature is not None and asked.dialect.temperature,
        lambda dialect: replace(dialect, temperature=False),
    ),
    Step(
        Oddity.REASONING_REQUIRED,
        _words(
            r"(missing|required|must|passed back).*(reasoning|thinking)|"
            r"(reasoning|thinking)\w*.{0,80}(missing|required|must|passed back)"
        ),
        lambda asked: _has_assistant(asked) and asked.dialect.echo is not Echo.ALWAYS,
        lambda dialect: replace(dialect, echo=Echo.ALWAYS),
    ),
    Step(
        Oddity.REASONING_REFUSED,
        _words(r"reasoning|thinking"),
        lambda asked: _has_reasoning(asked) and asked.dialect.echo is not Echo.NEVER,
        lambda dialect: replace(dialect, echo=Echo.NEVER),
    ),
    Step(
        Oddity.SYSTEM_MERGED,
        _words(r"\b(system|developer)\b.*\b(role|message|prompt|instruction)|alternat|\broles?\b"),
        lambda asked: _has_system(asked) and not asked.dialect.merge_system,
        lambda dialect: replace(dialect, merge_system=True),
    ),
    Step(
        Oddity.NULL_CONTENT_REFUSED,
        _words(r"\bcontent\b|\bnull\b|\bnone(type)?\b"),
        lambda asked: _has_null(asked) and not asked.dialect.empty_content,
        lambda dialect: replace(dialect, empty_content=True),
        guess=True,
    ),
)
MOST_CHANGES = len(_STEPS) + 1
"""Requests of a conversation beside its turns' own: each step once, and plain answers once."""


class Negotiation:
    """How one conversation has come to speak with its endpoint. Each change is tried once.

    A change is entered in the ledger when the request got through with it, and taken back when it
    did not help.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._agreed = dialect
        self._tried: set[Oddity] = set()
        self._pending: list[Oddity] = []

    def change(
        self, diagnosis: Diagnosis, messages: Sequence[Message], settings: EndpointSettings
    ) -> bool:
        """Change the dialect as a refusal asks; False when there is nothing (left) to change."""
        fault = diagnosis.fault
        if fault.kind not in _NEGOTIABLE or fault.status not in _REFUSALS:
            return False
        asked = Asked(messages, settings, self.dialect)
        open_steps = [
            step for step in _STEPS if step.oddity not in self._tried and step.applies(asked)
        ]
        step = next((step for step in open_steps if step.words.search(diagnosis.said)), None)
        if step is None and fault.kind is FaultKind.BAD_REQUEST and fault.status in _GUESSED:
            step = next((step for step in open_steps if step.guess), None)
        if step is None:
            return False
        self._tried.add(step.oddity)
        self._pending.append(step.oddity)
        self.dialect = step.change(self.dialect)
        return True

    def doubts(self, reply: Reply) -> bool:
        """Turn to plain answers when a stream brought nothing, or no call where it said so.

        Some servers lose in streams what their plain answers have (row 58). Tried once.
        """
        announced = reply.finish_reason in CALL_REASONS
        empty = not reply.text and not reply.reasoning and reply.finish_reason not in CUT_REASONS
        lost = not reply.tool_calls and (announced or empty)
        if not (lost and self.dialect.stream) or Oddity.STREAM_LOSES in self._tried:
            return False
        self._tried.add(Oddity.STREAM_LOSES)
        self.dialect = replace(self.dialect, stream=False)
        return True

    def settle_doubt(self, *, justified: bool) -> tuple[Oddity, ...]:
        """Stay with plain answers if that one had what the stream lost, else go back."""
        if not justified:
            self.dialect = self._agreed
            return ()
        self._agreed = self.dialect
        return (Oddity.STREAM_LOSES,)

    def settle(self, fault: Fault | None) -> tuple[Oddity, ...]:
        """End one negotiation, given how the last try went; return what is to be entered."""
        pending, self._pending = self._pending, []
        if fault is not None and fault.status in _REFUSALS:
            self.dialect = self._agreed
            return ()
        self._agreed = self.dialect
        return tuple(pending)

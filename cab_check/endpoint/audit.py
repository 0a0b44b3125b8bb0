"""The audit: what is odd about replies as such, found without a request more (rows 13, 16, 45)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.endpoint.jsonvalue import dump
from cab_check.endpoint.ledger import Oddity
from cab_check.endpoint.message import Role
from cab_check.endpoint.served import is_other

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.endpoint.message import Message, Reply, ToolSpec, Usage
    from cab_check.endpoint.wire import Dialect

_NOTICE_CHARS = 600
# a message about itself: what is named, and that it failed
_GATEWAY = re.compile(
    r"\b(gateway|upstream|(reverse |api )?proxy|(model |all )?providers?|load balancer|router|"
    r"litellm|openrouter|omniroute|9router|portkey|one-?api|new-?api|cloudflare|nginx|envoy|kong)\b",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"\b(error(ed)?|fail(ed|ure|s)?|unavailable|unreachable|timed? ?out|rate[- ]limit(ed)?|"
    r"overloaded|exhausted|no (healthy|available)|could not (be )?(reach|connect|process)\w*|"
    r"status( code)? [45]\d\d|try again later)\b",
    re.IGNORECASE,
)
# what a person's text on gateways and failures seldom has, and such a notice always
_NOTICE = re.compile(
    r"\b(http|status|code)\W{0,3}(code\W{0,3})?[45]\d\d\b|\btry again later\b|"
    r"\ball (\w+ ){0,2}(models?|providers?|upstreams?|fallbacks?|deployments?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was sent: the messages, the tools, the model's name, and how it was put."""

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...]
    model: str
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class _Counted:
    """One call whose prompt was counted, and by which model."""

    asked: Asked
    prompt_tokens: int
    model: str | None


class Audit:
    """Looks at each reply of one conversation, beside the one before it."""

    def __init__(self) -> None:
        self._before: _Counted | None = None

    def look(self, asked: Asked, reply: Reply) -> tuple[Oddity, ...]:
        """Return what is odd about a reply."""
        return tuple(self._found(asked, reply))

    def is_notice(self, messages: Sequence[Message], reply: Reply) -> bool:
        """Say whether a reply can hardly be anything but a gateway's notice of its own failure.

        Then nobody has answered. Absent usage tells only where nothing was said before, or where
        usage had come: an endpoint may have none at all.
        """
        if reply.usage is not None or not speaks_of_a_gateway(reply):
            return False
        tells = self._before is not None or all(m.role is not Role.ASSISTANT for m in messages)
        return tells and _NOTICE.search(reply.text or "") is not None

    def _found(self, asked: Asked, reply: Reply) -> Iterator[Oddity]:
        if is_other(asked.model, reply.model):
            yield Oddity.MODEL_OTHER
        if reply.tool_calls and not asked.tools:
            yield Oddity.CALLS_UNASKED
        if reply.usage is None:
            if speaks_of_a_gateway(reply):
                yield Oddity.GATEWAY_MESSAGE
            return
        yield from _parts(reply.usage)
        counted = _Counted(asked, reply.usage.prompt_tokens, reply.model)
        if self._before is not None and _stands_still(self._before, counted):
            yield Oddity.USAGE_NOT_GROWING
        self._before = counted


def speaks_of_a_gateway(reply: Reply) -> bool:
    """Say whether a reply reads like a gateway's own notice of a failure (row 13).

    Only a short text without a call can be one; whoever asks knows that its usage is absent too.
    """
    text = reply.text or ""
    if reply.tool_calls or reply.reasoning or not 0 < len(text) <= _NOTICE_CHARS:
        return False
    return bool(_GATEWAY.search(text) and _FAILED.search(text))


def _parts(usage: Usage) -> Iterator[Oddity]:
    """Say which parts are not inside what they are parts of (row 16); a low total is known."""
    if usage.total_tokens > usage.prompt_tokens + usage.completion_tokens:
        yield Oddity.USAGE_TOTAL_HIGH
    if (usage.cached_tokens or 0) > usage.prompt_tokens:
        yield Oddity.USAGE_CACHED_OUTSIDE
    if (usage.reasoning_tokens or 0) > usage.completion_tokens:
        yield Oddity.USAGE_REASONING_OUTSIDE


def _stands_still(before: _Counted, now: _Counted) -> bool:
    """Say whether a longer prompt was counted as no longer.

    Only the same request with messages added to its end can be compared. What templates leave out
    of earlier turns is reasoning: a loss that all of it could account for is none.
    """
    shared = len(before.asked.messages)
    longer = len(now.asked.messages) > shared
    if not longer or now.asked.messages[:shared] != before.asked.messages:
        return False
    if (before.model, before.asked.tools, before.asked.dialect, before.asked.model) != (
        now.model,
        now.asked.tools,
        now.asked.dialect,
        now.asked.model,
    ):
        return False
    return now.prompt_tokens + _reasoning_bytes(before.asked.messages) <= before.prompt_tokens


def _reasoning_bytes(messages: Sequence[Message]) -> int:
    """Return how many tokens of reasoning there can be at most: no token is less than a byte."""
    return sum(
        len(dump(reasoning.value).encode())
        for message in messages
        for reasoning in message.reasoning
    )

"""What an actor answers with, apart from how it is put on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call; `arguments` is the text as sent, JSON or not."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one exchange. Cached ones are inside prompt, reasoning ones inside completion."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cached_tokens: int = 0
    reasoning_tokens: int = 0


class UsageRule(StrEnum):
    """Where a reply's usage comes from when it brings no figures of its own."""

    COUNTED = "counted"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One assistant turn. `finish_reason` None: what follows from the rest of the reply."""

    text: str | None = None
    reasoning: str | None = None
    calls: tuple[Call, ...] = ()
    finish_reason: str | None = None
    usage: Usage | UsageRule = UsageRule.COUNTED
    delay_s: float = 0.0

    @property
    def ends_with(self) -> str:
        """Return the finish reason that is sent."""
        return self.finish_reason or ("tool_calls" if self.calls else "stop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An HTTP status and OpenAI's error object instead of a turn."""

    status: int
    message: str
    kind: str
    param: str | None = None
    code: str | int | None = None
    delay_s: float = 0.0

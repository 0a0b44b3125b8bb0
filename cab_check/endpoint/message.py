"""What is said to a model and what it answers, apart from any provider's JSON."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cab_check.endpoint.faults import Fault


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call as the model made it; `arguments` is the raw text, which may not be JSON at all."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    """The model's reasoning under the field name it came in; `value` is JSON, mostly a string."""

    field: str
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of the conversation. `call_id` is set on tool messages only."""

    role: Role
    text: str | None
    reasoning: tuple[Reasoning, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as it is declared to the model; `parameters` is a plain, small JSON Schema."""

    name: str
    description: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one call. Cached ones are inside prompt, reasoning ones inside completion.

    `cost` is what the provider itself says that the call cost, in its own currency; None where it
    says nothing, as most do.
    """

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One complete answer. `usage` None means that the endpoint did not say: unknown, never 0."""

    text: str | None
    reasoning: tuple[Reasoning, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: str | None
    usage: Usage | None
    model: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One HTTP exchange of a call: when, how long, and what became of it.

    `fault` None means that it was answered. `waited_ms` is the wait before it. `usage` may be known
    although the attempt failed: it has been paid for all the same. `comments` counts the SSE
    comments that kept a stream alive.
    """

    number: int
    started_at: datetime
    latency_ms: float
    first_token_ms: float | None
    waited_ms: float
    status: int | None
    usage: Usage | None
    fault: Fault | None
    comments: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A call that got its reply."""

    reply: Reply
    attempts: tuple[Attempt, ...]
    request_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A call that got none; `fault` is the last attempt's."""

    fault: Fault
    attempts: tuple[Attempt, ...]
    request_sha256: str


@dataclass(frozen=True, slots=True)
class Retry:
    """A retry that is about to wait: shown as `retry 2/4 · 429 · waiting 12 s`."""

    attempt: int
    of: int
    reason: str
    wait_s: float

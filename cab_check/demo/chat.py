"""ChatRequest: one checked request for a completion."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Role(StrEnum):
    """Who speaks; `developer` is the newer name of `system`."""

    SYSTEM = "system"
    DEVELOPER = "developer"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """One message. `call_ids` is what an assistant asked for, `answers` what a tool answers."""

    role: Role
    text: str | None
    call_ids: tuple[str, ...] = ()
    answers: str | None = None


@dataclass(frozen=True, slots=True)
class DeclaredTool:
    """A tool that the client declared; `parameters` is its JSON Schema as it came."""

    name: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One request. `seed` is a digest of its bytes: what must be the same on a repeat grows on it.

    `tools` is empty where none may be called (`tool_choice: none`); `parallel` False means one call
    a turn at most. `lost` turns were spoiled by a quirk of the server, and are played again.
    """

    model: str
    messages: tuple[ChatMessage, ...]
    tools: tuple[DeclaredTool, ...]
    parallel: bool
    stream: bool
    include_usage: bool
    max_tokens: int | None
    prompt_tokens: int
    seed: str
    lost: int = 0

    @property
    def replies(self) -> int:
        """Return how many assistant turns lie behind."""
        return sum(message.role is Role.ASSISTANT for message in self.messages)

    @property
    def turn(self) -> int:
        """Return how many of them were the actor's own: the whole state of a stateless one."""
        return self.replies - self.lost

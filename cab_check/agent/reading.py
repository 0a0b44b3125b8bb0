"""Reading a reply: what a turn came to, before anything of it is run (LOOP: end, cut turn)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.agent.arguments import Flaw
from cab_check.agent.leaks import find_leak
from cab_check.agent.tools import Unfit, read_call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cab_check.agent.leaks import Leak
    from cab_check.agent.tools import Ready
    from cab_check.endpoint.message import Reply, ToolSpec

_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls to be run in their order; those that are unfit are answered with what is wrong."""

    calls: tuple[Ready | Unfit, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """A turn cut by the token limit: nothing of it is run."""

    calls: tuple[Ready | Unfit, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Filtered:
    """A reply that a content filter ended."""


@dataclass(frozen=True, slots=True)
class Leaked:
    """Tool calls that came as text."""

    leak: Leak


@dataclass(frozen=True, slots=True)
class Announced:
    """finish_reason says tool_calls, and there is none."""


@dataclass(frozen=True, slots=True)
class Said:
    """Visible text without a call: the agent's closing text."""

    text: str


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing visible; `reasoning_only` says that there was reasoning at least."""

    reasoning_only: bool


Reading = Calls | Cut | Filtered | Leaked | Announced | Said | Empty


def read_turn(reply: Reply, specs: Mapping[str, ToolSpec]) -> Reading:
    """Say what a reply came to. The calls decide, not the label (ENDPOINTS §5 row 21)."""
    if reply.finish_reason == "content_filter":
        return Filtered()
    calls = tuple(read_call(call, specs) for call in reply.tool_calls)
    if reply.finish_reason in {"length", "max_tokens"}:
        return Cut(calls, f"finish_reason {reply.finish_reason}")
    cut = next((call for call in calls if isinstance(call, Unfit) and call.flaw is Flaw.CUT), None)
    if cut is not None:
        return Cut(calls, f"the arguments of {cut.call.name} end early")
    if calls:
        return Calls(calls)
    return _read_text(reply, specs)


def _read_text(reply: Reply, specs: Mapping[str, ToolSpec]) -> Reading:
    text = visible(reply.text)
    leak = find_leak(text, specs)
    if leak is not None:
        return Leaked(leak)
    if reply.finish_reason in {"tool_calls", "function_call", "tool_use"}:
        return Announced()
    if text:
        return Said(text)
    return Empty(reasoning_only=bool(reply.reasoning) or bool((reply.text or "").strip()))


def visible(text: str | None) -> str:
    """Return what a person would see of a reply's text: without thoughts that a server left in."""
    return _THOUGHT.sub("", text or "").strip()

"""Requests that a server refuses for one thing in them (14, 24, 25, 30, 31, 36-38, 48, 50, 54)."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from cab_check.demo.quirks.edits import refused
from cab_check.demo.quirks.quirk import Quirk
from cab_check.demo.response import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cab_check.demo.chat import ChatRequest
    from cab_check.demo.quirks.quirk import Asked, Json
    from cab_check.demo.reply import Reply

    Refuse = Callable[[Asked], Response | None]

_KNOWN = {"model", "messages", "tools", "stream", "tool_choice", "max_tokens", "temperature"}
_PLAIN_SCHEMA = {"type", "properties", "required", "description", "enum", "items"}


def _field(name: str, words: str) -> Refuse:
    """Refuse every request that has this field."""
    return lambda asked: refused(400, words) if name in asked.fields else None


def _calling(asked: Asked) -> Iterator[Json]:
    """Yield the assistant's messages that hold calls."""
    return (message for message in asked.messages if message.get("tool_calls"))


def _null_content(status: int, words: str) -> Refuse:
    def refuse(asked: Asked) -> Response | None:
        nulls = any(m.get("content", "") is None for m in _calling(asked))
        return refused(status, words) if nulls else None

    return refuse


def _empty_content(asked: Asked) -> Response | None:
    if any(message.get("content") == "" for message in _calling(asked)):
        return refused(400, "messages: text content blocks must be non-empty")
    return None


def _absent_content(asked: Asked) -> Response | None:
    if any("content" not in message for message in _calling(asked)):
        return refused(400, "[{'type': 'missing', 'loc': ['messages', 2, 'content']}]")
    return None


def _must_reason(asked: Asked) -> Response | None:
    for message in asked.messages:
        if message.get("role") == "assistant" and "reasoning_content" not in message:
            words = "The `reasoning_content` in the thinking mode must be passed back to the API."
            return refused(400, words)
    return None


def _must_not_reason(asked: Asked) -> Response | None:
    for at, message in enumerate(asked.messages):
        if "reasoning_content" in message:
            words = f"property 'messages.{at}.reasoning_content' is unsupported"
            return refused(400, words)
    return None


def _thoughtful(reply: Reply, _: ChatRequest) -> Reply:
    return replace(reply, reasoning="First I look, then I write.")


def _temperature(asked: Asked) -> Response | None:
    if asked.fields.get("temperature", 1) == 1:
        return None
    words = "Unsupported value: 'temperature' does not support {} with this model. Only the default"
    return refused(400, words.format(asked.fields["temperature"]) + " (1) value is supported.")


def _system(asked: Asked) -> Response | None:
    if any(message.get("role") in {"system", "developer"} for message in asked.messages):
        return refused(400, "System role not supported")
    return None


def _alternation(asked: Asked) -> Response | None:
    roles = [m.get("role") for m in asked.messages if m.get("role") != "tool"]
    doubled = any(a == b == "user" for a, b in pairwise(roles))
    if roles[:1] != ["user"] or doubled:
        words = "Conversation roles must alternate user/assistant/user/assistant/..."
        return refused(500, words)
    return None


def _schemas(asked: Asked) -> Response | None:
    for tool in asked.fields.get("tools") or ():
        function = tool.get("function", {})
        extra = {"strict"} & function.keys() or function.get(
            "parameters", {}
        ).keys() - _PLAIN_SCHEMA
        if extra:
            return refused(400, f"Invalid schema: unknown keyword {extra.pop()!r}")
    return None


def _unknown_field(asked: Asked) -> Response | None:
    """Refuse as FastAPI does what the model of the request does not know."""
    extra = [name for name in asked.fields if name not in _KNOWN]
    if not extra:
        return None
    detail = [
        {"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted"}
        for name in extra
    ]
    return Response.whole(422, json.dumps({"detail": detail}).encode())


def _tools(words: str) -> Refuse:
    return lambda asked: refused(400, words, code=400) if asked.fields.get("tools") else None


def _quirk(name: str, row: int, summary: str, refuse: Refuse) -> Quirk:
    return Quirk(name=name, row=row, summary=summary, refuse=refuse)


_NONE_TYPE = "'NoneType' object is not iterable"
QUIRKS = (
    _quirk(
        "stream-options-refused",
        14,
        "A request with stream_options is refused.",
        _field("stream_options", "Unrecognized request argument supplied: stream_options"),
    ),
    _quirk(
        "null-content-refused",
        24,
        "content: null beside calls is refused.",
        _null_content(400, "Invalid type for 'messages[2].content': expected a string, got null."),
    ),
    _quirk("empty-content-refused", 24, 'content: "" beside calls is refused.', _empty_content),
    _quirk(
        "absent-content-refused",
        24,
        "A message with calls and no content key is refused.",
        _absent_content,
    ),
    Quirk(
        name="reasoning-must-return",
        row=25,
        summary="Turns come with reasoning, and it must come back with the history.",
        play=_thoughtful,
        refuse=_must_reason,
    ),
    _quirk(
        "reasoning-required",
        25,
        "An assistant's message must have reasoning_content, although none was sent.",
        _must_reason,
    ),
    Quirk(
        name="reasoning-refused",
        row=25,
        summary="Turns come with reasoning, and it is refused in the history.",
        play=_thoughtful,
        refuse=_must_not_reason,
    ),
    _quirk(
        "parallel-refused",
        30,
        "A request with parallel_tool_calls is refused.",
        _field("parallel_tool_calls", "Unknown parameter: 'parallel_tool_calls'."),
    ),
    _quirk(
        "tools-refused",
        31,
        "Tools are refused, as vLLM does without its flags.",
        _tools(
            '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
        ),
    ),
    _quirk(
        "max-tokens-refused",
        36,
        "max_tokens is refused, max_completion_tokens is wanted.",
        _field(
            "max_tokens",
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            "'max_completion_tokens' instead.",
        ),
    ),
    _quirk(
        "max-completion-tokens-refused",
        36,
        "max_completion_tokens is refused, max_tokens is wanted.",
        _field("max_completion_tokens", "Unrecognized argument: max_completion_tokens"),
    ),
    _quirk("temperature-refused", 37, "No temperature but 1 is taken.", _temperature),
    _quirk("system-refused", 38, "The role system is refused.", _system),
    _quirk(
        "alternation-strict",
        38,
        "Roles must alternate, beginning with the user; else a chat template fails with 500.",
        _alternation,
    ),
    _quirk("strict-refused", 48, "strict and all but the plainest schemas are refused.", _schemas),
    _quirk(
        "null-content-500",
        50,
        "content: null beside calls is answered with 500.",
        _null_content(500, _NONE_TYPE),
    ),
    _quirk(
        "unknown-fields-refused",
        54,
        "Every field beyond a few is answered with 422.",
        _unknown_field,
    ),
)

"""The request as a provider wants it: the one place with provider types."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NotRequired, TypedDict

from cab_check.endpoint.message import Message, Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cab_check.endpoint.message import ToolSpec
    from cab_check.settings import EndpointSettings


class _Function(TypedDict):
    name: str
    arguments: str


class _Call(TypedDict):
    id: str
    type: str
    function: _Function


class _Message(TypedDict):
    role: str
    content: str | None
    tool_calls: NotRequired[list[_Call]]
    tool_call_id: NotRequired[str]


class _Declaration(TypedDict):
    name: str
    description: str
    parameters: Mapping[str, object]


class _Tool(TypedDict):
    type: str
    function: _Declaration


class Echo(StrEnum):
    """What becomes of reasoning in the history (ENDPOINTS §5, row 25)."""

    RECEIVED = "received"
    NEVER = "never"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a request is put to this endpoint; the defaults are the plain protocol.

    `stream_options` asks for usage, `completion_limit` says max_completion_tokens in place of
    max_tokens, `temperature` False leaves it out, `empty_content` writes "" in place of null,
    `merge_system` sends no system role and lets user and assistant alternate.
    """

    stream: bool = True
    stream_options: bool = True
    completion_limit: bool = False
    temperature: bool = True
    empty_content: bool = False
    merge_system: bool = False
    echo: Echo = Echo.RECEIVED


def encode(
    messages: Sequence[Message],
    tools: Sequence[ToolSpec],
    settings: EndpointSettings,
    dialect: Dialect,
) -> bytes:
    """Write the body of one request (LOOP: request)."""
    sent = _merge_system(messages) if dialect.merge_system else messages
    body: dict[str, object] = {
        "model": settings.model,
        "messages": [_message(message, dialect) for message in sent],
    }
    if tools:
        body["tools"] = [_tool(tool) for tool in tools]
    body["stream"] = dialect.stream
    if dialect.stream and dialect.stream_options:
        body["stream_options"] = {"include_usage": True}
    if settings.temperature is not None and dialect.temperature:
        body["temperature"] = settings.temperature
    if settings.max_tokens is not None:
        limit = "max_completion_tokens" if dialect.completion_limit else "max_tokens"
        body[limit] = settings.max_tokens
    body.update(settings.extra_body)
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _tool(tool: ToolSpec) -> _Tool:
    return {
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": dict(tool.parameters),
        },
    }


def _message(message: Message, dialect: Dialect) -> Mapping[str, object]:
    """Write one message. Null stands only beside tool calls, with the key present (row 24)."""
    empty = None if message.tool_calls and not dialect.empty_content else ""
    written: _Message = {"role": message.role.value, "content": message.text or empty}
    if message.call_id is not None:
        written["tool_call_id"] = message.call_id
    if message.role is not Role.ASSISTANT:
        return {**written}
    if message.tool_calls:
        written["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in message.tool_calls
        ]
    return {**written, **_reasoning(message, dialect.echo)}


def _reasoning(message: Message, echo: Echo) -> dict[str, object]:
    if echo is Echo.NEVER:
        return {}
    fields = {reasoning.field: reasoning.value for reasoning in message.reasoning}
    if echo is Echo.ALWAYS:
        fields.setdefault("reasoning_content", "")
    return fields


def _merge_system(messages: Sequence[Message]) -> list[Message]:
    """Put the system's text in front of the first user turn, and join user turns in a row."""
    merged: list[Message] = []
    for message in messages:
        turn = (
            Message(role=Role.USER, text=message.text) if message.role is Role.SYSTEM else message
        )
        last = merged[-1] if merged else None
        if turn.role is Role.USER and last is not None and last.role is Role.USER:
            text = "\n\n".join(part for part in (last.text, turn.text) if part)
            merged[-1] = Message(role=Role.USER, text=text)
        else:
            merged.append(turn)
    return merged

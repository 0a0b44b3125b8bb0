"""messages.json: the conversation as it was sent and received."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.endpoint.message import Message, Reasoning, Role, ToolCall
from cab_check.record.fields import Fields, RecordError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.secrets import Redactor

MESSAGES_SCHEMA = "cab.messages/1"


def messages_to_json(messages: Sequence[Message], redactor: Redactor) -> dict[str, object]:
    """Write a conversation as the JSON object of messages.json, with no secret in it."""
    return {
        "schema": MESSAGES_SCHEMA,
        "messages": [
            {"role": message.role.value, **_hidden(message, redactor)} for message in messages
        ],
    }


def messages_from_json(value: object) -> tuple[Message, ...]:
    """Read a conversation back; raises RecordError naming the place that is wrong."""
    top = Fields.of(value, "$")
    if top.text("schema") != MESSAGES_SCHEMA:
        raise RecordError(f"$.schema is {top.text('schema')!r}; this cab reads {MESSAGES_SCHEMA}")
    return tuple(_read(message) for message in top.children("messages"))


def _hidden(message: Message, redactor: Redactor) -> dict[str, object]:
    said = {
        "text": message.text,
        "reasoning": [{"field": part.field, "value": part.value} for part in message.reasoning],
        "tool_calls": [
            {"id": call.id, "name": call.name, "arguments": call.arguments}
            for call in message.tool_calls
        ],
        "call_id": message.call_id,
    }
    return {key: redactor.value(value) for key, value in said.items()}


def _read(fields: Fields) -> Message:
    return Message(
        role=fields.member("role", Role),
        text=fields.text_or_none("text"),
        reasoning=tuple(
            Reasoning(part.text("field"), part.value.get("value"))
            for part in fields.children("reasoning")
        ),
        tool_calls=tuple(
            ToolCall(call.text("id"), call.text("name"), call.text("arguments"))
            for call in fields.children("tool_calls")
        ),
        call_id=fields.text_or_none("call_id"),
    )

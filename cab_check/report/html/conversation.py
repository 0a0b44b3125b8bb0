"""The conversation: who said what, each tool call folded with what came back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cab_check.endpoint.message import Role
from cab_check.report.breakdown import compact
from cab_check.report.html.blocks import fold, pair, section, text_block
from cab_check.report.html.markup import joined, tag
from cab_check.report.html.playback import told
from cab_check.report.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.endpoint.message import Message, ToolCall
    from cab_check.report.html.markup import Markup

_WHOLE = "messages.json"
_LONG = 3_000
_LINE = 80


def conversation(messages: Sequence[Message]) -> Markup:
    """Return all messages in their order; a tool's answer stands in its call."""
    if not messages:
        return section("conversation", "Conversation", tag("p", "No message was kept."))
    parts: list[Markup] = []
    turn = 0
    for message, answers in _exchanges(messages):
        turn += message.role is Role.ASSISTANT
        parts.append(_message(message, turn, answers))
        parts.extend(_orphan(answer) for answer in answers)
    return section("conversation", "Conversation", *parts)


def _exchanges(messages: Sequence[Message]) -> Iterator[tuple[Message, list[Message]]]:
    """Yield each message with the tools' answers that follow it: ids need not be unique."""
    at = 0
    while at < len(messages):
        end = at + 1
        while end < len(messages) and messages[end].role is Role.TOOL:
            end += 1
        yield messages[at], list(messages[at + 1 : end])
        at = end


def _message(message: Message, turn: int, answers: list[Message]) -> Markup:
    """Return one message; the answers to its calls are taken out of `answers`."""
    text = message.text or ""
    if message.role is Role.SYSTEM:
        body = fold(f"system · the agent's prompt, {counted(len(text), 'character')}", _said(text))
        return tag("article", body, class_="message")
    who = f"turn {turn} · model" if message.role is Role.ASSISTANT else message.role.value
    return tag(
        "article",
        tag("h3", who),
        *_reasoning(message),
        _said(text) if text else None,
        *(_call(call, _taken(call, answers)) for call in message.tool_calls),
        class_=f"message {message.role.value}",
    )


def _taken(call: ToolCall, answers: list[Message]) -> Message | None:
    """Take the first answer to a call."""
    found = next((at for at, each in enumerate(answers) if each.call_id == call.id), None)
    return None if found is None else answers.pop(found)


def _said(text: str) -> Markup:
    """Return what was said; a long text is folded, so that the turns stay in sight."""
    block = text_block(text, _WHOLE, class_="said")
    if len(text) <= _LONG:
        return block
    first = next((line for line in text.splitlines() if line.strip()), "")
    return fold(f"{first[:_LINE]} … {counted(len(text), 'character')}", block)


def _reasoning(message: Message) -> Iterator[Markup]:
    for part in message.reasoning:
        text = part.value if isinstance(part.value, str) else compact(part.value)
        yield fold(f"{part.field} · {counted(len(text), 'character')}", _said(text))


def _call(call: ToolCall, answer: Message | None) -> Markup:
    result = (
        tag("p", "no answer was sent", class_="dim")
        if answer is None
        else text_block(answer.text or "", _WHOLE)
    )
    return fold(
        tag("code", told(call.name, call.arguments)),
        _arguments(call.arguments),
        tag("p", "result", class_="dim"),
        result,
        class_="call",
    )


def _arguments(text: str) -> Markup:
    """Return what a call was given, name by name; as it came where it is no JSON object."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        return text_block(text, _WHOLE)
    shown = (
        (name, inner if isinstance(inner, str) else compact(inner)) for name, inner in value.items()
    )
    return tag("dl", *(pair(tag("code", name), text_block(inner, _WHOLE)) for name, inner in shown))


def _orphan(message: Message) -> Markup:
    head = tag("h3", "tool · an answer to no call")
    return tag("article", head, joined((text_block(message.text or "", _WHOLE),)), class_="message")

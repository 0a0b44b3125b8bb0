"""Tool calls that come as text, or get lost on the way of the stream (rows 32-34, 58)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from cab_check.demo.quirks.quirk import Quirk

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.demo.chat import ChatRequest
    from cab_check.demo.reply import Call, Reply

    Play = Callable[[Reply, ChatRequest], Reply]
    Write = Callable[[Call], str]

_REAL_TOOLS = 4
_REAL_CHARS = 400


def _hermes(call: Call) -> str:
    inner = json.dumps({"name": call.name, "arguments": json.loads(call.arguments)})
    return f"<tool_call>\n{inner}\n</tool_call>"


def _xml(call: Call) -> str:
    values = json.loads(call.arguments)
    inner = "".join(
        f"<parameter={name}>\n{value}\n</parameter>\n" for name, value in values.items()
    )
    return f"<tool_call>\n<function={call.name}>\n{inner}</function>\n</tool_call>"


def _harmony(call: Call) -> str:
    where = f"<|start|>assistant<|channel|>commentary to=functions.{call.name}"
    return f"{where} <|constrain|>json<|message|>{call.arguments}<|call|>"


def _bare(call: Call) -> str:
    return json.dumps({"name": call.name, "parameters": json.loads(call.arguments)})


def _mistral(call: Call) -> str:
    inner = json.dumps([{"name": call.name, "arguments": json.loads(call.arguments)}])
    return f"[TOOL_CALLS]{inner}"


def _as_text(write: Write) -> Play:
    def play(reply: Reply, _: ChatRequest) -> Reply:
        if not reply.calls:
            return reply
        text = "\n".join([*([reply.text] if reply.text else ()), *map(write, reply.calls)])
        return replace(reply, text=text, calls=(), finish_reason="stop")

    return play


def _when_real(reply: Reply, chat: ChatRequest) -> Reply:
    """Leak only where an agent's prompt and tools are, and not for a toy."""
    size = len(chat.messages[0].text or "")
    real = len(chat.tools) >= _REAL_TOOLS and size >= _REAL_CHARS
    return _as_text(_hermes)(reply, chat) if real else reply


def _when_streamed(reply: Reply, chat: ChatRequest) -> Reply:
    return _as_text(_xml)(reply, chat) if chat.stream else reply


def _lost_when_streamed(reply: Reply, chat: ChatRequest) -> Reply:
    if not (chat.stream and reply.calls):
        return reply
    return replace(reply, text=reply.text or "", calls=(), finish_reason="stop")


def _text_quirk(name: str, whose: str, write: Write) -> Quirk:
    return Quirk(
        name=f"text-calls-{name}",
        row=32,
        summary=f"Every call comes as text, in the form of {whose}.",
        play=_as_text(write),
    )


QUIRKS = (
    _text_quirk("hermes", "Hermes and Qwen", _hermes),
    _text_quirk("xml", "Qwen3-Coder", _xml),
    _text_quirk("harmony", "gpt-oss (harmony)", _harmony),
    _text_quirk("json", "Llama 3: bare JSON", _bare),
    _text_quirk("mistral", "Mistral's tokens", _mistral),
    Quirk(
        name="text-calls-once",
        row=32,
        summary="The first turn's calls come as text.",
        play=_as_text(_hermes),
        turns=1,
        loses=True,
    ),
    Quirk(
        name="text-calls-real-prompt",
        row=33,
        summary="Calls come as text, but only with an agent's prompt and at least four tools.",
        play=_when_real,
    ),
    Quirk(
        name="text-calls-streamed",
        row=34,
        summary="Calls come as text in streams, and as calls in plain answers.",
        play=_when_streamed,
    ),
    Quirk(
        name="stream-loses-calls",
        row=58,
        summary="Streams have no calls at all, where the plain answer has them.",
        play=_lost_when_streamed,
    ),
)

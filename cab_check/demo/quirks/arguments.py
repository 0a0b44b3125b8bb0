"""Arguments of calls that are not what they should be (rows 1-5, 35, 49, 59)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from cab_check.demo.quirks.edits import after_gathering, each, in_calls, once, refused
from cab_check.demo.quirks.quirk import Quirk
from cab_check.demo.reply import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.demo.chat import ChatRequest
    from cab_check.demo.quirks.quirk import Asked, Json
    from cab_check.demo.reply import Reply
    from cab_check.demo.response import Response

    Play = Callable[[Reply, ChatRequest], Reply]


def _texts(change: Callable[[str], str]) -> Play:
    """Change the arguments of every call of a turn."""

    def play(reply: Reply, _: ChatRequest) -> Reply:
        calls = (replace(call, arguments=change(call.arguments)) for call in reply.calls)
        return replace(reply, calls=tuple(calls))

    return play


def _as_object(call: Json) -> None:
    call["function"]["arguments"] = json.loads(call["function"]["arguments"])


def _without_text(call: Json) -> None:
    if call["function"]["arguments"] == "":
        del call["function"]["arguments"]


def _needs_nothing(call: Call, chat: ChatRequest) -> bool:
    return not any(t.name == call.name and t.parameters.get("required") for t in chat.tools)


def _empty(reply: Reply, chat: ChatRequest) -> Reply:
    calls = (replace(c, arguments="") if _needs_nothing(c, chat) else c for c in reply.calls)
    return replace(reply, calls=tuple(calls))


def _raw_newline(text: str) -> str:
    head, quote, tail = text.rpartition('"')
    return f"{head}\n{quote}{tail}"


def _bad_escape(text: str) -> str:
    head, quote, tail = text.rpartition('"')
    return f"{head}\\.{quote}{tail}"


def _first_bad(reply: Reply, _: ChatRequest) -> Reply:
    calls = (
        replace(call, arguments=_bad_escape(call.arguments)) if at == 0 else call
        for at, call in enumerate(reply.calls)
    )
    return replace(reply, calls=tuple(calls))


def _cut(reply: Reply, _: ChatRequest) -> Reply:
    if not reply.calls:
        return reply
    last = reply.calls[-1]
    half = replace(last, arguments=last.arguments[: len(last.arguments) // 2])
    return replace(reply, calls=(*reply.calls[:-1], half), finish_reason="length")


def _history_must_parse(asked: Asked) -> Response | None:
    for message in asked.messages:
        for call in message.get("tool_calls") or ():
            try:
                json.loads(call["function"]["arguments"])
            except ValueError as error:
                words = f"Failed to parse tool call arguments as JSON: {error}"
                return refused(500, words, code=500)
    return None


def _named(change: Callable[[Call], Call]) -> Play:
    def play(reply: Reply, _: ChatRequest) -> Reply:
        return replace(reply, calls=tuple(change(call) for call in reply.calls))

    return play


def _bundled(reply: Reply, _: ChatRequest) -> Reply:
    uses = [
        {"recipient_name": f"functions.{call.name}", "parameters": json.loads(call.arguments)}
        for call in reply.calls
    ]
    bundle = Call("multi_tool_use.parallel", json.dumps({"tool_uses": uses}))
    return replace(reply, calls=(bundle,) if uses else ())


def _spoiled(name: str, row: int, summary: str, play: Play) -> Quirk:
    """Return the quirk that spoils the first turn, which the model then plays again."""
    return Quirk(name=name, row=row, summary=summary, play=play, turns=1, loses=True)


QUIRKS = (
    Quirk(
        name="arguments-object",
        row=1,
        summary="A call's arguments are a JSON object in place of a string.",
        whole=once(in_calls(_as_object)),
        events=after_gathering(each(in_calls(_as_object))),
    ),
    _spoiled(
        "arguments-emptied",
        2,
        "The first turn's arguments got lost on the way: each call has {} for them.",
        _texts(lambda _: "{}"),
    ),
    Quirk(
        name="arguments-empty",
        row=3,
        summary="A call that needs no arguments has an empty text for them.",
        play=_empty,
    ),
    Quirk(
        name="arguments-missing",
        row=3,
        summary="A call that needs no arguments has no such field.",
        play=_empty,
        whole=once(in_calls(_without_text)),
        events=after_gathering(each(in_calls(_without_text))),
    ),
    _spoiled(
        "arguments-raw-newline",
        4,
        "The first turn's arguments hold a raw line end inside a string.",
        _texts(_raw_newline),
    ),
    _spoiled(
        "arguments-bad-escape",
        4,
        "The first turn's arguments hold an escape that JSON does not know.",
        _texts(_bad_escape),
    ),
    _spoiled(
        "arguments-stray-newline",
        4,
        "The first turn's arguments end with a backslash and an n.",
        _texts(lambda text: text + "\\n"),
    ),
    _spoiled(
        "arguments-trailing-quote",
        4,
        "The first turn's arguments end with a quote too many.",
        _texts(lambda text: text + '"'),
    ),
    Quirk(
        name="arguments-never-json",
        row=4,
        summary="No call ever has arguments that are JSON.",
        play=_texts(_bad_escape),
    ),
    _spoiled(
        "arguments-one-bad",
        5,
        "The first of several calls in the first turn has arguments that are not JSON.",
        _first_bad,
    ),
    _spoiled(
        "tool-name-unknown",
        35,
        "The first turn calls tools that nobody declared.",
        _named(lambda call: replace(call, name=f"container.{call.name}")),
    ),
    _spoiled(
        "multi-tool-use",
        35,
        "The first turn's calls come bundled, as one of multi_tool_use.parallel.",
        _bundled,
    ),
    Quirk(
        name="history-must-parse",
        row=49,
        summary="Cuts the first turn's arguments with length; answers 500 to them in the history.",
        refuse=_history_must_parse,
        play=_cut,
        turns=1,
        loses=True,
    ),
    _spoiled(
        "arguments-false",
        59,
        "The first turn's arguments are false.",
        _texts(lambda _: "false"),
    ),
    _spoiled(
        "arguments-null",
        59,
        "The first turn's arguments are null, in a string.",
        _texts(lambda _: "null"),
    ),
    _spoiled(
        "arguments-string",
        59,
        "The first turn's arguments are encoded twice: a string that holds JSON.",
        _texts(json.dumps),
    ),
)

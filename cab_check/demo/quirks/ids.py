"""Ids of calls: missing, repeated, or of a form that the server itself insists on (27-29)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cab_check.demo.quirks.edits import (
    after_gathering,
    each,
    fragments_of,
    in_calls,
    once,
    refused,
)
from cab_check.demo.quirks.quirk import Quirk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cab_check.demo.chat import ChatRequest
    from cab_check.demo.quirks.quirk import Asked, Json
    from cab_check.demo.reply import Reply
    from cab_check.demo.response import Response

_NINE = re.compile(r"[A-Za-z0-9]{9}")
_KIMI = re.compile(r"functions\.\w+:\d+")


def _without_id(call: Json) -> None:
    call.pop("id", None)


def _with_null_id(call: Json) -> None:
    call["id"] = None


def _nine(call: Json) -> None:
    if call.get("id"):
        call["id"] = hashlib.sha256(call["id"].encode()).hexdigest()[:9]


def _kimi(call: Json) -> None:
    if call.get("id"):
        number = int(call["id"].removeprefix("call_")[:6], 16)
        call["id"] = f"functions.{call['function']['name']}:{number}"


def _numbered(chunk: Json) -> None:
    for at, call in enumerate(fragments_of(chunk)):
        if "id" in call:
            call["id"] = f"call_{call.get('index', at)}"


def _alike(chunk: Json) -> None:
    calls = fragments_of(chunk)
    for call in calls:
        call["id"] = calls[0]["id"]


def _alike_in_turn(chunks: Iterator[Json]) -> Iterator[Json]:
    first: str | None = None
    for chunk in chunks:
        for call in fragments_of(chunk):
            if "id" in call:
                first = first or call["id"]
                call["id"] = first
        yield chunk


def _insist(form: re.Pattern[str], words: str) -> Callable[[Asked], Response | None]:
    """Refuse a history whose ids are not of this form."""

    def refuse(asked: Asked) -> Response | None:
        for message in asked.messages:
            ids = [call.get("id") for call in message.get("tool_calls") or ()]
            for identity in (*ids, message.get("tool_call_id", ids[0] if ids else None)):
                if identity is not None and not form.fullmatch(identity):
                    return refused(400, words.format(identity))
        return None

    return refuse


def _twice(reply: Reply, _: ChatRequest) -> Reply:
    return replace(reply, calls=tuple(call for call in reply.calls for _ in range(2)))


QUIRKS = (
    Quirk(
        name="ids-alike",
        row=27,
        summary="All calls of one turn have the same id.",
        whole=once(_alike),
        events=_alike_in_turn,
    ),
    Quirk(
        name="ids-repeated",
        row=27,
        summary="The ids begin anew in every turn: call_0, call_1.",
        whole=once(_numbered),
        events=each(_numbered),
    ),
    Quirk(
        name="ids-nine",
        row=28,
        summary="Ids are nine letters and digits, and no others are taken back.",
        refuse=_insist(
            _NINE,
            "Tool call id was {} but must be a-z, A-Z, 0-9, with a length of 9.",
        ),
        whole=once(in_calls(_nine)),
        events=each(in_calls(_nine)),
    ),
    Quirk(
        name="ids-kimi",
        row=28,
        summary="Ids are functions.NAME:NUMBER, and no others are taken back.",
        refuse=_insist(_KIMI, "tool_call_id {} is not found"),
        whole=once(in_calls(_kimi)),
        events=each(in_calls(_kimi)),
    ),
    Quirk(
        name="ids-missing",
        row=28,
        summary="Calls have no id, yet the history must have one of nine letters and digits.",
        refuse=_insist(
            _NINE,
            "Tool call id was {} but must be a-z, A-Z, 0-9, with a length of 9.",
        ),
        whole=once(in_calls(_without_id)),
        events=after_gathering(each(in_calls(_without_id))),
    ),
    Quirk(
        name="ids-null",
        row=28,
        summary="Calls have null for their id.",
        whole=once(in_calls(_with_null_id)),
        events=after_gathering(each(in_calls(_with_null_id))),
    ),
    Quirk(
        name="same-tool-twice",
        row=29,
        summary="A turn calls the same tool several times, even with the same arguments.",
        play=_twice,
    ),
)

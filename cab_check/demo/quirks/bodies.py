"""A 200 that is no answer, or somebody else's (rows 10-13, 28, 45)."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from cab_check.demo import wire
from cab_check.demo.apierror import error_body
from cab_check.demo.quirks.edits import (
    after_gathering,
    choice_of,
    each,
    fragments_of,
    gathered,
    once,
)
from cab_check.demo.quirks.quirk import Quirk
from cab_check.demo.reply import UsageRule
from cab_check.demo.response import EVENTS, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cab_check.demo.chat import ChatRequest
    from cab_check.demo.quirks.quirk import Asked, Json
    from cab_check.demo.reply import Reply
    from cab_check.demo.response import Piece

_OVERLOADED = error_body(
    "Provider returned error: the engine is overloaded", kind="server_error", param=None, code=503
)
_GATEWAYS_WORDS = (
    "[gateway] The upstream provider could not be reached (HTTP 503). All fallback models failed; "
    "please try again later."
)


def _always(body: bytes) -> Callable[[Asked], Response | None]:
    """Answer 200 with this body."""
    return lambda _: Response.whole(200, body)


def _error_first(asked: Asked) -> Response | None:
    return Response.whole(200, _OVERLOADED) if asked.fails_first() else None


def _interrupted(found: Iterator[Piece]) -> Iterator[Piece]:
    """Send an error event after the first chunk of an answer."""
    for at, piece in enumerate(found):
        yield piece
        if at == 1:
            yield b"data: " + _OVERLOADED + b"\n\n"
            yield wire.DONE
            return


def _event_first(response: Response, asked: Asked) -> Response:
    if response.length is None and asked.fails_first():
        return replace(response, body=_interrupted(iter(response.body)))
    return response


def _event_always(response: Response, _: Asked) -> Response:
    if response.length is None:
        return replace(response, body=_interrupted(iter(response.body)))
    return response


def _bad_gzip(asked: Asked) -> Response | None:
    data = gzip.compress(json.dumps({"model": asked.fields.get("model")}).encode() * 40)
    damaged = data[:12] + b"\0\0\0\0\0\0\0\0" + data[20:]
    return Response.whole(200, damaged, headers=(("Content-Encoding", "gzip"),))


def _gateway_speaks(reply: Reply, _: ChatRequest) -> Reply:
    return replace(
        reply,
        text=_GATEWAYS_WORDS,
        calls=(),
        usage=UsageRule.LEFT_OUT,
        finish_reason="stop",
    )


def _other_model(chunk: Json) -> None:
    asked = str(chunk["model"]).lower()
    chunk["model"] = "mistral-7b-instruct" if "llama" in asked else "llama-3.1-8b-instruct"


def _gateway_speaks_first(asked: Asked) -> Response | None:
    if asked.turn > 0 or not asked.fails_first():
        return None
    message = {"role": "assistant", "content": _GATEWAYS_WORDS}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    body = {"id": "x", "object": "chat.completion", "choices": [choice]}
    if not asked.fields.get("stream"):
        return Response.whole(200, wire.encode(body))
    choice["delta"] = choice.pop("message")
    data = b"data: " + wire.encode(body) + b"\n\n" + wire.DONE
    return replace(Response.whole(200, data), media=EVENTS)


def _without_function(chunk: Json) -> None:
    calls = fragments_of(chunk)
    for call in calls:
        call.update(call.pop("function"))


def _legacy_body(body: Json) -> Json:
    message = choice_of(body)["message"]
    calls = message.pop("tool_calls", [])
    if calls:
        message["function_call"] = calls[0]["function"]
        choice_of(body)["finish_reason"] = "function_call"
    return body


def _legacy_events(chunks: Iterator[Json]) -> Iterator[Json]:
    called = False
    for chunk in chunks:
        delta = choice_of(chunk).get("delta") or {}
        calls = delta.pop("tool_calls", [])
        if calls and called:
            continue
        if calls:
            called = True
            delta["function_call"] = calls[0]["function"]
        if choice_of(chunk).get("finish_reason") == "tool_calls":
            choice_of(chunk)["finish_reason"] = "function_call"
        yield chunk


def _one_call(reply: Reply, _: ChatRequest) -> Reply:
    return replace(reply, calls=reply.calls[:1])


def _body(name: str, summary: str, body: bytes, row: int = 11) -> Quirk:
    return Quirk(name=name, row=row, summary=summary, refuse=_always(body))


_NO_CHOICES = b'{"id": "x", "object": "chat.completion", "choices": []}'
_NULL_CHOICES = b'{"id": "x", "object": "chat.completion", "choices": null}'
_STATUS_200 = b'{"status": "ok", "service": "inference"}'
QUIRKS = (
    _body("unstreamed-no-choices", "Every answer is JSON whose choices are [].", _NO_CHOICES, 10),
    Quirk(
        name="error-in-200",
        row=11,
        summary="Each request gets an error inside a 200 at first, and is then answered.",
        refuse=_error_first,
    ),
    _body("error-in-200-always", "Every answer is an error inside a 200.", _OVERLOADED),
    _body("body-null", "Every answer is a 200 whose body is null.", b"null"),
    _body("body-list", "Every answer is a 200 whose body is an empty list.", b"[]"),
    _body("body-empty", "Every answer is a 200 without a body.", b""),
    _body("choices-are-null", "Every answer is JSON whose choices are null.", _NULL_CHOICES),
    Quirk(
        name="gzip-damaged",
        row=11,
        summary="Every answer says that it is gzip, and cannot be unpacked.",
        refuse=_bad_gzip,
    ),
    Quirk(
        name="call-without-function",
        row=11,
        summary="A call has its name and arguments beside the id, and not below function.",
        whole=once(_without_function),
        events=after_gathering(each(_without_function)),
    ),
    Quirk(
        name="function-call-legacy",
        row=11,
        summary="A turn has one function_call of the old protocol in place of tool_calls.",
        play=_one_call,
        whole=_legacy_body,
        events=lambda chunks: _legacy_events(gathered(chunks)),
    ),
    Quirk(
        name="error-event",
        row=12,
        summary="Each stream breaks off with an error event at first, and is then whole.",
        answer=_event_first,
    ),
    Quirk(
        name="error-event-always",
        row=12,
        summary="Every stream breaks off with an error event.",
        answer=_event_always,
    ),
    Quirk(
        name="gateway-speaks",
        row=13,
        summary="A gateway words its own failure as the assistant's answer, without usage.",
        play=_gateway_speaks,
    ),
    Quirk(
        name="gateway-speaks-at-first",
        row=13,
        summary="The first turn gets a gateway's failure as its answer at first, then its own.",
        refuse=_gateway_speaks_first,
    ),
    _body(
        "any-200",
        "Every request for a completion is answered with a health check.",
        _STATUS_200,
        43,
    ),
    Quirk(
        name="other-model",
        row=45,
        summary="Another model answers than the one that was asked for.",
        whole=once(_other_model),
        events=each(_other_model),
    ),
)

"""Limits: of the context, the rate, the credit, the body's size, the engine (39, 40, 52, 54-57)."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from cab_check.demo.quirks.edits import refused
from cab_check.demo.quirks.quirk import Quirk
from cab_check.demo.reply import Call
from cab_check.demo.response import Cut, Response, Wait
from cab_check.demo.tokens import count_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.demo.chat import ChatRequest
    from cab_check.demo.quirks.quirk import Asked, Memory
    from cab_check.demo.reply import Reply
    from cab_check.demo.request import HttpRequest

    Refuse = Callable[[Asked], Response | None]

_BODY_BYTES = 100 * 1024
_LONG_PROMPT = 16_000
_TOO_MANY = "Rate limit reached for requests"


def _overflow(status: int, words: str, code: str | int | None) -> Refuse:
    """Refuse every history that has grown beyond the first turn."""

    def refuse(asked: Asked) -> Response | None:
        if asked.turn == 0:
            return None
        tokens = count_json(asked.messages)
        return refused(status, words.format(tokens=tokens, limit=tokens - 1), code=code)

    return refuse


def _limited(headers: Callable[[], tuple[tuple[str, str], ...]]) -> Refuse:
    """Answer the first turn with 429 at first."""

    def refuse(asked: Asked) -> Response | None:
        if asked.turn > 0 or not asked.fails_first():
            return None
        return refused(429, _TOO_MANY, code="rate_limit_exceeded", headers=headers())

    return refuse


def _named(name: str, value: str) -> Refuse:
    return _limited(lambda: ((name, value),))


def _date() -> tuple[tuple[str, str], ...]:
    later = datetime.now(UTC) + timedelta(seconds=3)
    return (("Retry-After", format_datetime(later, usegmt=True)),)


def _always_limited(_: Asked) -> Response:
    return refused(429, _TOO_MANY, code="rate_limit_exceeded", headers=(("Retry-After", "1"),))


def _long_limited(_: Asked) -> Response:
    return refused(429, _TOO_MANY, code="rate_limit_exceeded", headers=(("Retry-After", "3600"),))


def _no_credit(_: Asked) -> Response:
    words = "You exceeded your current quota, please check your plan and billing details."
    return refused(429, words, code="insufficient_quota")


def _too_large(http: HttpRequest, _: Memory) -> Response | None:
    if len(http.body) <= _BODY_BYTES:
        return None
    page = b"PayloadTooLargeError: request entity too large"
    return replace(Response.whole(413, page), media="text/plain; charset=utf-8")


def _busy_with_long_prompts(http: HttpRequest, memory: Memory) -> Response | None:
    """Let one over-long prompt block every request from then on."""
    if count_json(http.body.decode(errors="replace")) > _LONG_PROMPT:
        memory.blocked = True
    return _silent(http, memory) if memory.blocked else None


def _silent(http: HttpRequest, _: Memory) -> Response | None:
    if not http.path.endswith("/chat/completions"):
        return None
    return replace(Response.whole(200, b""), delay_s=math.inf)


def _call_anyway(reply: Reply, chat: ChatRequest) -> Reply:
    if chat.tools:
        return reply
    return replace(reply, text=None, calls=(Call("run_command", '{"command": "ls"}'),))


def _engine_dies(asked: Asked) -> Response | None:
    """Answer the second turn with 500, and nothing from then on."""
    if asked.turn == 0:
        return None
    asked.memory.stopped = True
    error = {
        "error": {
            "message": "EngineCore encountered an issue. See stack trace (above) for "
            "the root cause.",
            "type": "InternalServerError",
            "code": 500,
        }
    }
    body = json.dumps(error).encode()
    return replace(Response.whole(500, body), body=(body, Wait(0.0), Cut()))


def _context(name: str, status: int, words: str, code: str | int | None, whose: str) -> Quirk:
    return Quirk(
        name=name,
        row=39,
        summary=f"A history that is too long is refused in the words of {whose}.",
        refuse=_overflow(status, words, code),
    )


def _rate(name: str, row: int, summary: str, refuse: Refuse) -> Quirk:
    return Quirk(name=name, row=row, summary=summary, refuse=refuse)


QUIRKS = (
    _context(
        "context-openai",
        400,
        "This model's maximum context length is {limit} tokens. However, your messages resulted in "
        "{tokens} tokens. Please reduce the length of the messages.",
        "context_length_exceeded",
        "OpenAI and vLLM",
    ),
    _context(
        "context-llama-cpp",
        400,
        "the request exceeds the available context size ({tokens} > {limit}), try increasing it",
        "exceed_context_size_error",
        "llama.cpp",
    ),
    _context(
        "context-anthropic",
        400,
        "prompt is too long: {tokens} tokens > {limit} maximum",
        None,
        "Anthropic",
    ),
    _context(
        "context-trt",
        500,
        "Encountered an error: The sum of prompt length ({tokens}) and query length should not "
        "exceed max_num_tokens ({limit})",
        None,
        "TensorRT-LLM",
    ),
    _context(
        "context-tgi",
        422,
        "Input validation error: `inputs` tokens + `max_new_tokens` must be <= {limit}. Given: "
        "{tokens} `inputs` tokens",
        None,
        "TGI",
    ),
    _rate(
        "rate-limit",
        40,
        "The first turn is answered with 429 and Retry-After in seconds once.",
        _named("Retry-After", "3"),
    ),
    _rate(
        "rate-limit-date",
        40,
        "The first turn is answered with 429 and a date once.",
        _limited(_date),
    ),
    _rate(
        "rate-limit-ms",
        40,
        "The first turn is answered with 429 and retry-after-ms once.",
        _named("retry-after-ms", "2500"),
    ),
    _rate(
        "rate-limit-bare",
        40,
        "The first turn is answered with 429 and no header once.",
        _limited(tuple),
    ),
    _rate("rate-limit-always", 40, "Every turn is answered with 429.", _always_limited),
    _rate(
        "rate-limit-long", 40, "Every turn is answered with 429, to wait an hour.", _long_limited
    ),
    _rate("no-credit", 40, "Every turn is answered with 429 insufficient_quota.", _no_credit),
    _rate(
        "rate-limit-litellm",
        52,
        "The first turn is answered once with 429 and llm_provider-retry-after.",
        _named("llm_provider-retry-after", "3"),
    ),
    Quirk(
        name="long-prompt-blocks",
        row=54,
        summary="One prompt of over 16,000 tokens blocks every request from then on.",
        door=_busy_with_long_prompts,
    ),
    Quirk(
        name="stall-before-headers",
        row=54,
        summary="A request for a completion is never answered, as behind somebody's long prompt.",
        door=_silent,
    ),
    Quirk(
        name="stall-before-events",
        row=54,
        summary="The headers come at once, and then nothing.",
        answer=lambda response, _: replace(response, body=(Wait(math.inf),), length=None),
    ),
    Quirk(
        name="calls-without-tools",
        row=54,
        summary="A tool is called although none was declared.",
        play=_call_anyway,
    ),
    Quirk(
        name="body-limit",
        row=56,
        summary="A body of more than 100 kB is answered with 413.",
        door=_too_large,
    ),
    _rate(
        "engine-dies",
        57,
        "The second turn is answered with 500, then nobody listens.",
        _engine_dies,
    ),
)

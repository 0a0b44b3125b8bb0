"""OpenAI's JSON for a reply: one completion object, or the events of a stream."""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING
from uuid import uuid4

from cab_check import __version__
from cab_check.demo.response import Wait
from cab_check.demo.tokens import usage_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cab_check.demo.chat import ChatRequest
    from cab_check.demo.reply import Call, Reply, Usage
    from cab_check.demo.response import Piece

DONE = b"data: [DONE]\n\n"
FINGERPRINT = f"fp_cab_demo_{__version__}"
REASONING_FIELD = "reasoning_content"
_LEAST_FRAGMENT = 24
_MOST_FRAGMENTS = 48


def completion(request: ChatRequest, reply: Reply) -> dict[str, object]:
    """Return the `chat.completion` object of an unstreamed answer."""
    message: dict[str, object] = {"role": "assistant", "content": reply.text, "refusal": None}
    if reply.reasoning is not None:
        message[REASONING_FIELD] = reply.reasoning
    if reply.calls:
        message["tool_calls"] = [
            {"id": call_id(request, at), **_function(call)} for at, call in enumerate(reply.calls)
        ]
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": reply.ends_with,
    }
    whole = {**_envelope(request, "chat.completion"), "choices": [choice]}
    if (usage := usage_of(reply, request.prompt_tokens)) is not None:
        whole["usage"] = _usage(usage)
    return whole


def chunks(request: ChatRequest, reply: Reply) -> Iterator[dict[str, object]]:
    """Yield the `chat.completion.chunk` objects: role, deltas, finish reason, usage where asked.

    With `include_usage` every chunk before the last carries `usage: null`, as OpenAI's do.
    """
    envelope = _envelope(request, "chat.completion.chunk")
    usage = usage_of(reply, request.prompt_tokens) if request.include_usage else None
    if usage is not None:
        envelope["usage"] = None
    for delta in _deltas(request, reply):
        yield {**envelope, "choices": [_choice(delta, None)]}
    yield {**envelope, "choices": [_choice({}, reply.ends_with)]}
    if usage is not None:
        yield {**envelope, "choices": [], "usage": _usage(usage)}


def stream(objects: Iterable[dict[str, object]], chunk_delay_s: float) -> Iterator[Piece]:
    """Yield the events of a stream, `[DONE]` last, with a wait before each but the first."""
    for at, value in enumerate(objects):
        if at and chunk_delay_s > 0:
            yield Wait(chunk_delay_s)
        yield b"data: " + encode(value) + b"\n\n"
    yield DONE


def encode(value: object) -> bytes:
    """Return JSON as UTF-8; escaped where a lone surrogate has no UTF-8 of its own."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def call_id(request: ChatRequest, index: int) -> str:
    """Return the id of a call: the same for the same request, another in every other one."""
    digest = hashlib.sha256(f"{request.seed}:{index}".encode()).hexdigest()
    return f"call_{digest[:24]}"


def _envelope(request: ChatRequest, kind: str) -> dict[str, object]:
    return {
        "id": f"chatcmpl-{uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": request.model,
        "system_fingerprint": FINGERPRINT,
    }


def _deltas(request: ChatRequest, reply: Reply) -> Iterator[dict[str, object]]:
    yield {"role": "assistant", "content": None if reply.text is None else "", "refusal": None}
    for fragment in fragments(reply.reasoning or ""):
        yield {REASONING_FIELD: fragment}
    for fragment in fragments(reply.text or ""):
        yield {"content": fragment}
    for at, call in enumerate(reply.calls):
        opening = {"index": at, "id": call_id(request, at), **_function(call, arguments="")}
        yield {"tool_calls": [opening]}
        for fragment in fragments(call.arguments):
            yield {"tool_calls": [{"index": at, "function": {"arguments": fragment}}]}


def fragments(text: str) -> Iterator[str]:
    """Cut a text as a stream delivers it: small pieces, and not too many of them."""
    size = max(_LEAST_FRAGMENT, -(-len(text) // _MOST_FRAGMENTS))
    for start in range(0, len(text), size):
        yield text[start : start + size]


def _choice(delta: dict[str, object], finish_reason: str | None) -> dict[str, object]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


def _function(call: Call, arguments: str | None = None) -> dict[str, object]:
    text = call.arguments if arguments is None else arguments
    return {"type": "function", "function": {"name": call.name, "arguments": text}}


def _usage(usage: Usage) -> dict[str, object]:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }

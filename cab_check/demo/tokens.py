"""Counting tokens, and ending a reply at `max_tokens`.

A token here is four bytes of UTF-8, begun ones counted: no tokenizer's figure, but a deterministic
one of the real texts, which grows with the history and is the same streamed and unstreamed.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from cab_check.demo.reply import Call, Usage, UsageRule

if TYPE_CHECKING:
    from cab_check.demo.reply import Reply

BYTES_PER_TOKEN = 4
_CONTINUATION = 0b1000_0000  # how UTF-8 marks a byte in the middle of a character


def count_json(value: object) -> int:
    """Return the tokens of a JSON value, written without spaces."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _tokens(_size(text))


def usage_of(reply: Reply, prompt_tokens: int) -> Usage | None:
    """Return the usage that goes out with a reply; None where it is to be left out."""
    if isinstance(reply.usage, Usage):
        return reply.usage
    if reply.usage is UsageRule.LEFT_OUT:
        return None
    completion = max(1, _tokens(_reply_size(reply)))
    return Usage(
        prompt_tokens=prompt_tokens,
        completion_tokens=completion,
        total_tokens=prompt_tokens + completion,
        reasoning_tokens=_tokens(_size(reply.reasoning or "")),
    )


def cut_to(reply: Reply, max_tokens: int | None) -> Reply:
    """Return the reply as far as the tokens reach: reasoning first, then text, then the calls.

    A cut reply ends with `length`; its last call may stop in the middle of its arguments.
    """
    if max_tokens is None or _tokens(_reply_size(reply)) <= max_tokens:
        return reply
    left = max_tokens * BYTES_PER_TOKEN
    reasoning, left = _take(reply.reasoning, left)
    text, left = _take(reply.text, left)
    calls = []
    for call in reply.calls:
        left -= _size(call.name)
        if left < 0:
            break
        arguments, left = _take(call.arguments, left)
        calls.append(Call(call.name, arguments or ""))
    return replace(
        reply, reasoning=reasoning, text=text, calls=tuple(calls), finish_reason="length"
    )


def _take(text: str | None, left: int) -> tuple[str | None, int]:
    if text is None:
        return None, left
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) <= left:
        return text, left - len(raw)
    while left and raw[left] & 0b1100_0000 == _CONTINUATION:
        left -= 1
    # where this text was cut nothing that follows it may appear, not even in the bytes left over
    return raw[:left].decode("utf-8", "surrogatepass"), 0


def _reply_size(reply: Reply) -> int:
    texts = [reply.reasoning or "", reply.text or ""]
    for call in reply.calls:
        texts += [call.name, call.arguments]
    return sum(_size(text) for text in texts)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _tokens(size: int) -> int:
    return -(-size // BYTES_PER_TOKEN)

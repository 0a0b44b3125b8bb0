"""The request as it is sent (LOOP: request, history)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from cab_check.endpoint.message import Message, Reasoning, Role, ToolCall
from cab_check.endpoint.wire import Dialect, Echo, encode
from tests.endpoint.endpoint_stage import QUESTION, TOOLS, answer, message, scripted, settings

_CALLED = Message(
    role=Role.ASSISTANT,
    text=None,
    reasoning=(Reasoning("reasoning_content", "hm"),),
    tool_calls=(ToolCall("c1", "read_file", "{}"),),
)
_HISTORY = (*QUESTION, _CALLED, Message(role=Role.TOOL, text="ä", call_id="c1"))


def _body(dialect: Dialect | None = None, **used: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        encode(_HISTORY, TOOLS, settings(**used), dialect or Dialect())
    )
    return found


def test_nothing_but_the_plain_protocol_is_sent() -> None:
    """Model, messages, tools, stream and stream_options: nothing else unless it was given."""
    body = _body()
    assert list(body) == ["model", "messages", "tools", "stream", "stream_options"]
    assert body["stream_options"] == {"include_usage": True}
    assert body["tools"][0] == {
        "type": "function",
        "function": {
            "name": "read_file",
            "description": "Read a file.",
            "parameters": {"type": "object", "properties": {}},
        },
    }


def test_the_users_own_parameters_are_added() -> None:
    """Temperature, the token limit and the extra body come as they were given."""
    body = _body(temperature=0.5, max_tokens=99)
    assert (body["temperature"], body["max_tokens"]) == (0.5, 99)
    used = replace(settings(), extra_body={"top_k": 3, "model": "other"})
    extra = json.loads(encode(QUESTION, (), used, Dialect(stream=False)))
    assert (extra["top_k"], extra["model"], extra["stream"]) == (3, "other", False)
    assert "tools" not in extra
    assert "stream_options" not in extra


def test_24_null_content_stands_beside_tool_calls_with_the_key_present() -> None:
    """The key is there; where there is no call, an empty text is."""
    assert _body()["messages"][2] == {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "read_file", "arguments": "{}"}}
        ],
        "reasoning_content": "hm",
    }
    assert _body()["messages"][3] == {"role": "tool", "content": "ä", "tool_call_id": "c1"}
    empty = (Message(role=Role.ASSISTANT, text=None),)
    sent = json.loads(encode(empty, (), settings(), Dialect()))["messages"]
    assert sent == [{"role": "assistant", "content": ""}]


@pytest.mark.parametrize(
    ("dialect", "path", "value"),
    [
        (Dialect(stream_options=False), ("stream_options",), None),
        (Dialect(temperature=False), ("temperature",), None),
        (Dialect(completion_limit=True), ("max_completion_tokens",), 99),
        (Dialect(completion_limit=True), ("max_tokens",), None),
        (Dialect(empty_content=True), ("messages", 2, "content"), ""),
        (Dialect(echo=Echo.NEVER), ("messages", 2, "reasoning_content"), None),
        (Dialect(echo=Echo.ALWAYS), ("messages", 2, "reasoning_content"), "hm"),
        (Dialect(merge_system=True), ("messages", 0, "content"), "You work.\n\nDo it."),
        (Dialect(merge_system=True), ("messages", 0, "role"), "user"),
        (Dialect(merge_system=True), ("messages", 1, "role"), "assistant"),
    ],
)
def test_dialects(dialect: Dialect, path: tuple[str | int, ...], value: object) -> None:
    """Each way of speaking changes its one thing."""
    found: Any = _body(dialect, temperature=1.0, max_tokens=99)
    for step in path[:-1]:
        found = found[step]
    assert found.get(path[-1]) == value


def test_required_reasoning_is_sent_empty_where_there_was_none() -> None:
    """A server that wants the field gets it on every assistant message."""
    bare = replace(_CALLED, reasoning=())
    sent = json.loads(encode((bare,), (), settings(), Dialect(echo=Echo.ALWAYS)))["messages"]
    assert sent[0]["reasoning_content"] == ""


def test_lone_surrogates_do_not_stop_a_request() -> None:
    """A text that is no UTF-8 is sent with a mark in its place."""
    odd = (Message(role=Role.USER, text="a\ud800b"),)
    assert json.loads(encode(odd, (), settings(), Dialect()))["messages"][0]["content"] == "a?b"


async def test_the_hash_is_of_the_bytes_as_sent() -> None:
    """What the record says of a request can be checked against the request."""
    async with scripted(answer(message(content="ok"))) as (stage, script):
        got = await stage.ask()
    assert got.request_sha256 == hashlib.sha256(script.requests[0].content).hexdigest()

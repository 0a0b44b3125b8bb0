"""What is wrong with a request's body is told as OpenAI tells it: 400, the field, a code."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cab_check.demo.apierror import ApiError
from cab_check.demo.chat import Role
from cab_check.demo.parse import parse_chat

USER = {"role": "user", "content": "hi"}
TOOL: dict[str, Any] = {"type": "function", "function": {"name": "look"}}


def call(call_id: Any = "c1", **function: Any) -> dict[str, Any]:
    """Return a tool call as an assistant's message carries it."""
    given = {"name": "look", "arguments": "{}", **function}
    return {"id": call_id, "type": "function", "function": given}


def asks(*calls: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return an assistant's message with calls."""
    return {"role": "assistant", "content": None, "tool_calls": list(calls), **fields}


def tells(call_id: Any = "c1", content: Any = "seen") -> dict[str, Any]:
    """Return a tool's message."""
    return {"role": "tool", "tool_call_id": call_id, "content": content}


def body(**fields: Any) -> bytes:
    """Return a body that is right but for these fields."""
    return json.dumps({"model": "noop:x", "messages": [USER], **fields}).encode()


def history(*messages: Any) -> dict[str, Any]:
    """Return the fields for a history that begins with a user's message."""
    return {"messages": [USER, *messages]}


def declared(**function: Any) -> dict[str, Any]:
    """Return the fields for one tool."""
    return {"tools": [{"type": "function", "function": {"name": "look", **function}}]}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff{}",
        b'{"a": NaN}',
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_json_is_refused(data: bytes) -> None:
    """No JSON, no UTF-8, no number, nested without end: a 400 and no crash."""
    with pytest.raises(ApiError, match="not valid JSON") as caught:
        parse_chat(data)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"model": None}, "model", "missing_required_parameter"),
        ({"model": ""}, "model", None),
        ({"model": 7}, "model", "invalid_type"),
        ({"messages": None}, "messages", "missing_required_parameter"),
        ({"messages": []}, "messages", None),
        ({"messages": {"role": "user"}}, "messages", "invalid_type"),
        ({"messages": ["hi"]}, "messages[0]", "invalid_type"),
        ({"messages": [{"content": "hi"}]}, "messages[0].role", "missing_required_parameter"),
        (history({"role": "robot", "content": ""}), "messages[1].role", "invalid_value"),
        (history({"role": "function", "content": ""}), "messages[1].role", "invalid_value"),
        (history({"role": ["user"], "content": ""}), "messages[1].role", "invalid_type"),
        (history({"role": "user"}), "messages[1].content", "invalid_type"),
        (history({"role": "user", "content": 1.5}), "messages[1].content", "invalid_type"),
        (history({"role": "user", "content": []}), "messages[1].content", None),
        (history({"role": "user", "content": ["hi"]}), "messages[1].content[0]", "invalid_type"),
        (
            history({"role": "user", "content": [{"type": "image_url", "image_url": {}}]}),
            "messages[1].content[0].type",
            "invalid_value",
        ),
        (
            history({"role": "user", "content": [{"type": "text"}]}),
            "messages[1].content[0].text",
            "missing_required_parameter",
        ),
        (history({"role": "assistant", "content": None}), "messages[1].content", "invalid_type"),
        (history({"role": "assistant"}), "messages[1].content", "invalid_type"),
        (history(asks()), "messages[1].tool_calls", None),
        (history(asks(), tells()), "messages[1].tool_calls", None),
        (history({**asks(), "tool_calls": {}}), "messages[1].tool_calls", "invalid_type"),
        (
            history(asks({**call(), "type": None}), tells()),
            "messages[1].tool_calls[0].type",
            "invalid_value",
        ),
        (
            history(asks({**call(), "function": None}), tells()),
            "messages[1].tool_calls[0].function",
            "missing_required_parameter",
        ),
        (history(asks(call(name="")), tells()), "messages[1].tool_calls[0].function.name", None),
        (
            history(asks(call(arguments={})), tells()),
            "messages[1].tool_calls[0].function.arguments",
            "invalid_type",
        ),
        (
            history(asks(call(arguments=None)), tells()),
            "messages[1].tool_calls[0].function.arguments",
            "missing_required_parameter",
        ),
        (history(asks(call("")), tells("")), "messages[1].tool_calls[0].id", None),
        (history(asks(call(), call()), tells()), "messages[1].tool_calls", None),
        (history(asks(call())), "messages[1].tool_calls", None),
        (history(asks(call()), USER), "messages[1].tool_calls", None),
        (history(asks(call("a"), call("b")), tells("a")), "messages[1].tool_calls", None),
        (history(tells()), "messages[1].tool_call_id", None),
        (history(asks(call()), tells(), tells()), "messages[3].tool_call_id", None),
        (history(asks(call()), tells("c2")), "messages[2].tool_call_id", None),
        (history(asks(call()), tells(), USER, tells()), "messages[4].tool_call_id", None),
        (
            history(asks(call()), tells(None)),
            "messages[2].tool_call_id",
            "missing_required_parameter",
        ),
        (history(asks(call()), tells(content=None)), "messages[2].content", "invalid_type"),
        ({"tools": []}, "tools", None),
        ({"tools": ["look"]}, "tools[0]", "invalid_type"),
        ({"tools": [{**TOOL, "type": "code"}]}, "tools[0].type", "invalid_value"),
        ({"tools": [{"type": "function"}]}, "tools[0].function", "missing_required_parameter"),
        (declared(name="a b"), "tools[0].function.name", "invalid_value"),
        (declared(name="a" * 65), "tools[0].function.name", "invalid_value"),
        (declared(description=7), "tools[0].function.description", "invalid_type"),
        (declared(parameters=[]), "tools[0].function.parameters", "invalid_type"),
        (
            declared(parameters={"type": "string"}),
            "tools[0].function.parameters",
            "invalid_function_parameters",
        ),
        (
            declared(parameters={"type": "object", "properties": []}),
            "tools[0].function.parameters.properties",
            "invalid_type",
        ),
        ({"tools": [TOOL, TOOL]}, "tools", None),
        ({"tool_choice": "auto"}, "tool_choice", None),
        ({"tools": [TOOL], "tool_choice": "required"}, "tool_choice", "unsupported_value"),
        ({"tools": [TOOL], "tool_choice": {}}, "tool_choice", "unsupported_value"),
        ({"parallel_tool_calls": False}, "parallel_tool_calls", None),
        ({"stream": "yes"}, "stream", "invalid_type"),
        ({"stream_options": {"include_usage": True}}, "stream_options", None),
        ({"stream": True, "stream_options": []}, "stream_options", "invalid_type"),
        (
            {"stream": True, "stream_options": {"include_usage": 1}},
            "stream_options.include_usage",
            "invalid_type",
        ),
        ({"max_tokens": 0}, "max_tokens", None),
        ({"max_completion_tokens": True}, "max_completion_tokens", None),
        ({"max_tokens": 5, "max_completion_tokens": 5}, "max_tokens", None),
        ({"n": 2}, "n", "unsupported_value"),
        ({"temperature": "hot"}, "temperature", "invalid_type"),
        ({"temperature": True}, "temperature", "invalid_type"),
        ({"temperature": 2.1}, "temperature", "invalid_value"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], param: str, code: str | None) -> None:
    """Every fault is a 400 that names the field it lies in."""
    with pytest.raises(ApiError) as caught:
        parse_chat(body(**fields))
    assert (caught.value.status, caught.value.param, caught.value.code) == (400, param, code)
    assert json.loads(caught.value.body())["error"]["param"] == param


def test_a_body_that_is_no_object_is_refused() -> None:
    """A JSON array is no request."""
    with pytest.raises(ApiError, match="`body` must be an object, not an array"):
        parse_chat(b"[]")


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": 0, "top_p": 1, "seed": 1, "n": 1, "stop": ["x"], "something": {"else": 1}},
        {"stream": None, "stream_options": None, "tools": None, "tool_choice": None},
        {"stream": True, "stream_options": {}},
        {"tools": [TOOL], "tool_choice": "auto", "parallel_tool_calls": True},
        history({"role": "developer", "content": [{"type": "text", "text": "a"}]}),
        history({"role": "assistant", "content": "hm", "reasoning_content": "x"}, USER),
        history({"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}),
        history(asks(call("a"), call("b")), tells("b"), tells("a"), asks(call("a")), tells("a")),
        history(asks(call(arguments="not json"), content=""), tells(content="")),
        history({"role": "assistant", "tool_calls": [call()]}, tells()),
    ],
)
def test_what_is_right_is_let_pass(fields: dict[str, Any]) -> None:
    """Unknown fields, null for absent ones, parts of text, answers in any order: all are fine."""
    assert parse_chat(body(**fields)).model == "noop:x"


def test_a_request_is_read_whole() -> None:
    """Everything that an actor or the wire needs is in the request."""
    fields = {
        "messages": [
            {"role": "system", "content": [{"type": "text", "text": t} for t in ("be", " good")]},
            USER,
            asks(call("a"), call("b")),
            tells("a"),
            tells("b"),
        ],
        **declared(parameters={"type": "object", "properties": {"path": {"type": "string"}}}),
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_completion_tokens": 9,
        "parallel_tool_calls": False,
    }
    read = parse_chat(body(**fields))
    assert (read.stream, read.include_usage, read.max_tokens, read.parallel) == (
        True,
        True,
        9,
        False,
    )
    assert read.messages[0].text == "be good"
    assert read.messages[2].call_ids == ("a", "b")
    assert [message.answers for message in read.messages[3:]] == ["a", "b"]
    assert [tool.name for tool in read.tools] == ["look"]
    assert read.turn == 1
    assert read.messages[1].role is Role.USER


def test_prompt_tokens_depend_on_content_alone() -> None:
    """Streaming and spaces change nothing; a longer history and tools cost more."""
    plain = parse_chat(body())
    spaced = json.dumps({"model": "noop:x", "messages": [USER], "stream": True}, indent=4).encode()
    assert parse_chat(spaced).prompt_tokens == plain.prompt_tokens
    longer = parse_chat(body(**history({"role": "assistant", "content": "x" * 40})))
    assert longer.prompt_tokens > plain.prompt_tokens + 10
    assert parse_chat(body(tools=[TOOL])).prompt_tokens > plain.prompt_tokens

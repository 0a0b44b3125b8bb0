"""What is changed after a refusal that names it, once, remembered and entered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cab_check.endpoint.faults import FaultKind
from cab_check.endpoint.message import Answered, Message, Reasoning, Role, ToolCall
from tests.endpoint.endpoint_stage import (
    PLAIN_STREAM,
    QUESTION,
    answer,
    message,
    scripted,
    settings,
    sse,
)

if TYPE_CHECKING:
    import httpx

_GOOD = answer(message(content="ok"))
_STREAMED = answer(sse(*PLAIN_STREAM))
_HISTORY = (
    *QUESTION,
    Message(
        role=Role.ASSISTANT,
        text=None,
        reasoning=(Reasoning("reasoning_content", "hm"),),
        tool_calls=(ToolCall("c1", "read_file", "{}"),),
    ),
    Message(role=Role.TOOL, text="x", call_id="c1"),
)


def _no(text: str, status: int = 400) -> httpx.Response:
    return answer({"error": {"message": text}}, status)


@pytest.mark.parametrize(
    ("refusal", "name", "path", "before", "after"),
    [
        pytest.param(
            _no("Unknown field: stream_options"),
            "stream-options-refused",
            ("stream_options",),
            {"include_usage": True},
            None,
            id="14-stream-options",
        ),
        pytest.param(
            _no("include_usage: extra inputs are not permitted", 422),
            "stream-options-refused",
            ("stream_options",),
            {"include_usage": True},
            None,
            id="14-include-usage",
        ),
        pytest.param(
            _no("streaming is not supported", 501),
            "stream-refused",
            ("stream",),
            True,
            False,
            id="stream",
        ),
        pytest.param(
            _no("Cannot use tools with stream", 500),
            "stream-refused",
            ("stream",),
            True,
            False,
            id="stream-with-tools",
        ),
        pytest.param(
            _no("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
            "max-tokens-renamed",
            ("max_completion_tokens",),
            None,
            99,
            id="36-max-tokens",
        ),
        pytest.param(
            _no("temperature: only the default (1) value is supported"),
            "temperature-refused",
            ("temperature",),
            0.5,
            None,
            id="37-temperature",
        ),
        pytest.param(
            _no("Invalid type for 'messages[2].content': expected a string, got null"),
            "null-content-refused",
            ("messages", 2, "content"),
            None,
            "",
            id="24-null-content",
        ),
        pytest.param(
            _no("object of type 'NoneType' has no len()", 500),
            "null-content-refused",
            ("messages", 2, "content"),
            None,
            "",
            id="50-null-content-500",
        ),
        pytest.param(
            _no("messages.2.reasoning_content: Extra inputs are not permitted"),
            "reasoning-echo-refused",
            ("messages", 2, "reasoning_content"),
            "hm",
            None,
            id="25-reasoning",
        ),
        pytest.param(
            _no("System role not supported"),
            "system-role-merged",
            ("messages", 0, "role"),
            "system",
            "user",
            id="38-system",
        ),
        pytest.param(
            _no("Conversation roles must alternate user/assistant/user/assistant/..."),
            "system-role-merged",
            ("messages", 0, "role"),
            "system",
            "user",
            id="38-alternation",
        ),
    ],
)
async def test_a_named_refusal_changes_one_thing(
    refusal: httpx.Response,
    name: str,
    path: tuple[str | int, ...],
    before: object,
    after: object,
) -> None:
    """The request is made again at once, the change is remembered, and entered once."""
    used = settings(stream=True, temperature=0.5, max_tokens=99)
    async with scripted(refusal, _STREAMED, used=used) as (stage, script):
        got = await stage.ask(_HISTORY)
        await stage.ask(_HISTORY)
    assert isinstance(got, Answered)
    values = [_at(body, path) for body in script.bodies]
    assert values == [before, after, after]
    entries = {entry.name: entry for entry in stage.conversation.accommodations()}
    assert (entries[name].count, entries[name].first_at) == (1, "turn 1")
    assert stage.clock.waits == []
    assert [attempt.status for attempt in got.attempts] == [refusal.status_code, 200]


def _at(body: Any, path: tuple[str | int, ...]) -> object:
    for step in path[:-1]:
        body = body[step]
    found: object = body.get(path[-1])
    return found


async def test_25_a_required_reasoning_field_is_sent_everywhere() -> None:
    """The other half of the rule: a message that had none gets an empty one."""
    history = (*_HISTORY[:2], Message(role=Role.ASSISTANT, text="hi"), _HISTORY[1])
    refusal = _no("thinking is enabled but reasoning_content is missing in message 2")
    async with scripted(refusal, _GOOD) as (stage, script):
        await stage.reply(history)
    assert _at(script.bodies[1], ("messages", 2, "reasoning_content")) == ""
    assert stage.ledger() == {"reasoning-echo-required": 1}


async def test_36_the_reverse_of_the_token_limits_name() -> None:
    """A server that refuses both names ends after each was tried once."""
    refusal = _no("max_tokens and max_completion_tokens are not supported")
    async with scripted(refusal, used=settings(max_tokens=9)) as (stage, script):
        await stage.fault()
    assert ["max_tokens" in body for body in script.bodies] == [True, False]
    assert stage.ledger() == {}


async def test_several_refusals_in_a_row() -> None:
    """Each names its own change; all are kept and entered."""
    used = settings(stream=True, temperature=0.5)
    refusals = (_no("stream_options unknown"), _no("temperature unsupported"))
    async with scripted(*refusals, _STREAMED, used=used) as (stage, script):
        await stage.ask()
    assert set(script.bodies[-1]) == {"model", "messages", "tools", "stream"}
    assert {"stream-options-refused", "temperature-refused"} <= set(stage.ledger())


@pytest.mark.parametrize("status", [400, 422])
async def test_14_24_a_refusal_that_names_nothing_gets_the_two_guesses(status: int) -> None:
    """stream_options and null content are the usual reasons; a guess that helps is entered."""
    refusal = _no("Bad Request", status)
    async with scripted(refusal, _STREAMED, used=settings(stream=True)) as (stage, _):
        await stage.reply()
    assert "stream-options-refused" in stage.ledger()
    async with scripted(refusal, _GOOD) as (stage, script):
        await stage.reply(_HISTORY)
    assert _at(script.bodies[1], ("messages", 2, "content")) == ""
    assert stage.ledger() == {"null-content-refused": 1}


async def test_a_guess_that_does_not_help_is_taken_back_and_not_entered() -> None:
    """A real bad request costs one request for each guess, once in a conversation."""
    async with scripted(_no("Bad Request"), used=settings(stream=True)) as (stage, script):
        fault = await stage.fault()
        assert len(script.requests) == 2
        await stage.fault()
        assert len(script.requests) == 3
    assert fault.kind is FaultKind.BAD_REQUEST
    assert "stream_options" in script.bodies[2]
    assert stage.ledger() == {}


@pytest.mark.parametrize(
    "refusal",
    [
        _no("prompt is too long: reduce the content"),
        _no("invalid api key", 401),
        _no("content flagged by moderation", 403),
        _no("content too large", 413),
    ],
)
async def test_other_faults_are_not_negotiated(refusal: httpx.Response) -> None:
    """A word that a change looks for does not make a refusal out of every fault."""
    async with scripted(refusal, used=settings(stream=True)) as (stage, script):
        await stage.ask(_HISTORY)
    assert len(script.requests) == 1


async def test_a_conversation_keeps_its_own_ledger() -> None:
    """What the loop enters stands beside what the client does; another cell begins anew."""
    async with scripted(answer(message(content=[{"text": "a"}]))) as (stage, _):
        await stage.ask()
        stage.conversation.note("text-call", "turn 2", "mend the parser")
        stage.conversation.note("text-call", "turn 3", "something else")
        assert stage.client.conversation().accommodations() == ()
    parts, text_call = stage.conversation.accommodations()
    assert parts.name == "content-as-parts"
    assert (text_call.count, text_call.first_at, text_call.advice) == (
        2,
        "turn 2",
        "mend the parser",
    )


async def test_27_ids_of_the_history_are_not_taken_again() -> None:
    """A call whose id an earlier turn had gets one of its own."""
    again = message(tool_calls=[{"id": "c1", "function": {"name": "read_file", "arguments": "{}"}}])
    async with scripted(answer(again)) as (stage, _):
        reply = await stage.reply(_HISTORY)
    assert reply.tool_calls[0].id == "call00002"
    assert stage.ledger() == {"call-id-repeated": 1}

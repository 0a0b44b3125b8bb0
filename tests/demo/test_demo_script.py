"""Scripts: every key does what it says, and every mistake is named with its file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openai
import pytest

from cab_check.demo.api import Api
from cab_check.demo.cast import Cast
from cab_check.demo.request import HttpRequest
from cab_check.demo.response import Framing, Wait, pieces

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from cab_check.demo import DemoServer
    from cab_check.tasks.spec import Task

    Ask = Callable[..., Any]

CALL = {
    "id": "c",
    "type": "function",
    "function": {"name": "look", "arguments": "{}"},
}


@pytest.fixture
async def ask(
    serving: Callable[..., AbstractAsyncContextManager[DemoServer]], tmp_path: Path
) -> AsyncIterator[Ask]:
    """Ask for the reply of a script's turn, through the official client."""
    path = tmp_path / "script.json"

    async with (
        serving() as server,
        openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0) as sdk,
    ):

        async def asked(script: object, turn: int = 0, **fields: Any) -> Any:
            path.write_text(json.dumps(script))
            past = [{"role": "assistant", "content": "past"}] * turn
            return await sdk.chat.completions.create(
                model=f"scripted:{path}",
                messages=[{"role": "user", "content": "hi"}, *past],  # type: ignore[list-item]
                **fields,
            )

        yield asked


async def test_one_reply_for_each_turn(ask: Ask) -> None:
    """The turn is the number of assistant messages; asked again, the same reply comes."""
    script = [{"text": "one"}, {"text": "two"}]
    for turn, text in ((0, "one"), (1, "two"), (0, "one")):
        assert (await ask(script, turn)).choices[0].message.content == text


async def test_every_key_of_a_reply(ask: Ask) -> None:
    """Text, reasoning, calls with any arguments, finish reason and usage go out as they stand."""
    usage = {"prompt_tokens": 5, "completion_tokens": 6, "total_tokens": 99}
    calls = [
        {"name": "look", "arguments": {"path": "ü"}},
        {"name": "look", "arguments": '{"cut'},
        {"name": "look", "arguments": ""},
    ]
    reply = {
        "text": "so\ud83d",
        "reasoning": "hm",
        "tool_calls": calls,
        "finish_reason": "odd",
        "usage": {**usage, "cached_tokens": 3, "reasoning_tokens": 2},
        "delay_ms": 1,
    }
    answer = await ask([reply])
    message = answer.choices[0].message
    assert message.content == "so\ud83d"
    assert message.reasoning_content == "hm"
    assert [call.function.arguments for call in message.tool_calls] == [
        '{"path": "ü"}',
        '{"cut',
        "",
    ]
    assert answer.choices[0].finish_reason == "odd"
    assert {name: getattr(answer.usage, name) for name in usage} == usage
    assert answer.usage.prompt_tokens_details.cached_tokens == 3
    assert answer.usage.completion_tokens_details.reasoning_tokens == 2

    chunks = [c async for c in await ask([reply], stream=True)]
    deltas = [chunk.choices[0].delta for chunk in chunks]
    assert "".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas) == "hm"
    assert "".join(delta.content or "" for delta in deltas) == "so\ud83d"
    assert chunks[-1].choices[0].finish_reason == "odd"


async def test_usage_can_be_left_out(ask: Ask) -> None:
    """Null usage is none at all, streamed and unstreamed."""
    assert (await ask([{"text": "x", "usage": None}])).usage is None
    options = {"stream": True, "stream_options": {"include_usage": True}}
    chunks = [c async for c in await ask([{"text": "x", "usage": None}], **options)]
    assert all(chunk.choices and chunk.usage is None for chunk in chunks)


async def test_an_empty_reply(ask: Ask) -> None:
    """A reply of nothing is a message with null content that stops."""
    answer = await ask([{}])
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == (None, "stop")


@pytest.mark.parametrize("turn", [{"text": "x"}, {"status": 500}])
@pytest.mark.parametrize("stream", [True, False])
def test_a_delay_adds_to_the_latency(
    find: Callable[[str], Task], tmp_path: Path, turn: dict[str, Any], *, stream: bool
) -> None:
    """delay_ms and the server's latency both pass before the first byte of the answer."""
    path = tmp_path / "slow.json"
    path.write_text(json.dumps([{**turn, "delay_ms": 1500}]))
    messages = [{"role": "user", "content": "hi"}]
    body = json.dumps({"model": f"scripted:{path}", "messages": messages, "stream": stream})
    request = HttpRequest(
        method="POST", target="/v1/chat/completions", minor=1, headers=(), body=body.encode()
    )
    api = Api(cast=Cast(find, lambda: ()), key=None, started=0, latency_s=0.5, chunk_delay_s=0.25)
    response = api.respond(request)
    outgoing = list(pieces(response, Framing()))
    waits = [piece for piece in outgoing if isinstance(piece, Wait)]
    assert outgoing[0] == waits[0] == Wait(2.0, from_request=True)
    chunks = 4 if stream and "text" in turn else 1
    assert waits[1:] == [Wait(0.25)] * (len(waits) - 1)
    assert len(waits) <= chunks
    assert len(waits) > 1 or chunks == 1


@pytest.mark.parametrize(
    ("failure", "kind", "expected"),
    [
        (
            {"status": 429, "error": "slow down"},
            openai.RateLimitError,
            {"message": "slow down", "type": "rate_limit_error", "param": None, "code": None},
        ),
        (
            {"status": 503, "delay_ms": 1},
            openai.InternalServerError,
            {
                "message": "A scripted failure with status 503.",
                "type": "server_error",
                "param": None,
                "code": None,
            },
        ),
        (
            {"status": 400, "error": {"message": "m", "type": "t", "param": "p", "code": "c"}},
            openai.BadRequestError,
            {"message": "m", "type": "t", "param": "p", "code": "c"},
        ),
        (
            {"status": 418, "error": {"code": 7}},
            openai.APIStatusError,
            {"message": "", "type": "invalid_request_error", "param": None, "code": 7},
        ),
    ],
)
async def test_a_failure_goes_out_with_its_status(
    ask: Ask, failure: Any, kind: type[openai.APIStatusError], expected: dict[str, Any]
) -> None:
    """Status and error object are those of the script."""
    with pytest.raises(kind) as caught:
        await ask([failure])
    assert caught.value.status_code == failure["status"]
    assert caught.value.body == expected


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ({}, "`script` must be an array, not an object"),
        ([], "`script` is empty"),
        (["x"], "`[0]` must be an object, not a string"),
        ([{}, {"txt": "x"}], "`[1].txt` is not known"),
        ([{"text": 1}], "`[0].text` must be a string, not a number"),
        ([{"tool_calls": []}], "`[0].tool_calls` is empty"),
        ([{"tool_calls": [{"arguments": "{}"}]}], "`[0].tool_calls[0].name` is missing"),
        ([{"tool_calls": [{"name": "x"}]}], "`[0].tool_calls[0].arguments` is missing"),
        (
            [{"tool_calls": [{"name": "x", "arguments": []}]}],
            "`[0].tool_calls[0].arguments` must be an object, not an array",
        ),
        (
            [{"tool_calls": [{"name": "x", "arguments": "", "id": "y"}]}],
            "`[0].tool_calls[0].id` is not known",
        ),
        ([{"usage": {"total_tokens": 3}}], "`[0].usage.prompt_tokens` is missing"),
        (
            [{"usage": {"prompt_tokens": -1, "completion_tokens": 0, "total_tokens": 0}}],
            "`[0].usage.prompt_tokens` must be an integer of at least 0",
        ),
        ([{"usage": {"tokens": 3}}], "`[0].usage.tokens` is not known"),
        ([{"delay_ms": "1"}], "`[0].delay_ms` must be an integer"),
        ([{"error": "x"}], "`[0].status` is missing"),
        ([{"status": 700}], "`[0].status` must be from 200 to 599"),
        ([{"status": 400, "text": "x"}], "`[0].text` is not known"),
        ([{"status": 400, "error": {"why": 1}}], "`[0].error.why` is not known"),
        ([{"status": 400, "error": 5}], "`[0].error` must be an object, not a number"),
    ],
)
async def test_a_mistake_is_named(ask: Ask, tmp_path: Path, script: object, said: str) -> None:
    """A wrong script is a 400 that names the file, the place and what is wrong."""
    with pytest.raises(openai.BadRequestError) as caught:
        await ask(script)
    assert caught.value.code == "invalid_script"
    assert f"{tmp_path / 'script.json'} is wrong: " in str(caught.value)
    assert said in str(caught.value)


async def test_a_script_that_is_over(ask: Ask) -> None:
    """The turn after the last is refused with the number of replies."""
    with pytest.raises(openai.BadRequestError, match="is over after 1 replies") as caught:
        await ask([{"text": "one"}], 1)
    assert caught.value.code == "script_over"

"""Quirks that a good client never notices do bite one that is not so careful."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from cab_check.demo.quirks import QUIRKS, find_quirks
from cab_check.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from cab_check.demo import DemoServer

    Serving = Callable[..., AbstractAsyncContextManager[DemoServer]]

MODEL = "noop:demo/small-task"
SYSTEM = {"role": "system", "content": "You are an agent."}
USER = {"role": "user", "content": "Mend it."}


def _called(
    content: object = None, *, identity: str = "call_0", arguments: str = "{}"
) -> list[Any]:
    """Return a turn with one call, and its answer."""
    call = {
        "id": identity,
        "type": "function",
        "function": {"name": "list_files", "arguments": arguments},
    }
    return [
        {"role": "assistant", "content": content, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": identity, "content": "README.md"},
    ]


def _without_content() -> list[Any]:
    turn, told = _called()
    del turn["content"]
    return [turn, told]


def _strict(tools: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**tool, "function": {**tool["function"], "strict": True}} for tool in tools]


BITES: dict[str, tuple[dict[str, Any], int, str]] = {
    "history-must-parse": ({"messages": [USER, *_called(arguments='{"path"')]}, 500, "as JSON"),
    "ids-nine": ({"messages": [USER, *_called()]}, 400, "a length of 9"),
    "ids-kimi": ({"messages": [USER, *_called()]}, 400, "is not found"),
    "ids-missing": ({"messages": [USER, *_called()]}, 400, "a length of 9"),
    "empty-content-refused": ({"messages": [USER, *_called("")]}, 400, "non-empty"),
    "absent-content-refused": ({"messages": [USER, *_without_content()]}, 400, "missing"),
    "null-content-refused": ({"messages": [USER, *_called()]}, 400, "got null"),
    "null-content-500": ({"messages": [USER, *_called()]}, 500, "NoneType"),
    "reasoning-must-return": ({"messages": [USER, *_called()]}, 400, "must be passed back"),
    "parallel-refused": ({"parallel_tool_calls": False}, 400, "parallel_tool_calls"),
    "max-completion-tokens-refused": ({"max_completion_tokens": 9}, 400, "max_completion_tokens"),
    "system-refused": ({"messages": [SYSTEM, USER]}, 400, "System role not supported"),
    "alternation-strict": ({"messages": [USER, USER]}, 500, "must alternate"),
    "context-openai": ({"messages": [USER, *_called()]}, 400, "maximum context length"),
}


async def _post(server: DemoServer, body: dict[str, Any]) -> httpx.Response:
    whole = {"model": MODEL, "messages": [USER], **body}
    async with httpx.AsyncClient() as client:
        return await client.post(f"{server.url}/chat/completions", json=whole)


@pytest.mark.parametrize("name", BITES)
async def test_a_careless_request_is_refused(serving: Serving, name: str) -> None:
    """In the server's own words; the plain server takes the same request or names its own rule."""
    body, status, words = BITES[name]
    async with serving(quirks=[name]) as server:
        answer = await _post(server, body)
    assert answer.status_code == status
    assert words in answer.text


async def test_strict_schemas_are_refused(serving: Serving, tools: list[dict[str, Any]]) -> None:
    """Row 48: `strict`, and any keyword that is not plain."""
    extra = {**tools[0]["function"]["parameters"], "additionalProperties": False}
    function = {**tools[0]["function"], "parameters": extra}
    async with serving(quirks=["strict-refused"]) as server:
        plain = await _post(server, {"tools": tools})
        strict = await _post(server, {"tools": _strict(tools)})
        closed = await _post(server, {"tools": [{"type": "function", "function": function}]})
    assert [plain.status_code, strict.status_code, closed.status_code] == [200, 400, 400]


async def test_a_call_comes_although_no_tool_was_declared(serving: Serving) -> None:
    """Row 54."""
    async with serving(quirks=["calls-without-tools"]) as server:
        answer = await _post(server, {})
    assert answer.json()["choices"][0]["message"]["tool_calls"]


async def test_text_calls_come_with_a_real_prompt_alone(
    serving: Serving, tools: list[dict[str, Any]]
) -> None:
    """Row 33: a toy with a few tools sees nothing of it."""
    real = {"role": "system", "content": "You are a coding agent. " * 30}
    oracle = {"model": "oracle:demo/small-task"}
    async with serving(quirks=["text-calls-real-prompt"]) as server:
        toy = await _post(server, {**oracle, "tools": tools[-3:]})
        leaked = await _post(server, {**oracle, "tools": tools, "messages": [real, USER]})
    assert toy.json()["choices"][0]["message"].get("tool_calls")
    assert "<tool_call>" in leaked.json()["choices"][0]["message"]["content"]


async def test_a_long_prompt_blocks_everybody(serving: Serving) -> None:
    """Row 54: whoever comes after it waits as well."""
    async with serving(quirks=["long-prompt-blocks"], grace_s=0.0) as server:
        assert (await _post(server, {})).status_code == 200
        async with httpx.AsyncClient(timeout=0.05) as client:
            for text in ("x" * 80_000, "short"):
                body = {"model": MODEL, "messages": [{"role": "user", "content": text}]}
                with pytest.raises(httpx.ReadTimeout):
                    await client.post(f"{server.url}/chat/completions", json=body)


async def test_a_failure_comes_back_when_the_same_is_asked_anew(serving: Serving) -> None:
    """Failing once is kept by request, so that a second run meets it again."""
    async with serving(quirks=["rate-limit"]) as server:
        seen = [(await _post(server, {})).status_code for _ in range(4)]
    assert seen == [429, 200, 429, 200]
    assert server.memory.completions == 4


async def test_two_that_come_once_take_turns(serving: Serving) -> None:
    """Each fails a request once, in whatever order they stand; then it is answered."""
    for names in (["rate-limit", "error-in-200", "html-502"], ["error-in-200", "rate-limit"]):
        async with serving(quirks=names) as server:
            seen = [await _post(server, {}) for _ in range(2 * len(names) + 2)]
        answered = ["choices" in answer.text for answer in seen]
        assert answered == ([False] * len(names) + [True]) * 2


async def test_the_engine_is_gone_after_its_death(serving: Serving) -> None:
    """Row 57: a 500, the end of the connection, and nobody who listens."""
    async with serving(quirks=["engine-dies"]) as server:
        died = await _post(server, {"messages": [USER, *_called()]})
        with pytest.raises(httpx.ConnectError):
            await _post(server, {})
    assert died.status_code == 500


def test_an_unknown_quirk_is_a_usage_error_with_what_is_near() -> None:
    """Spelt wrong: named, with the nearest."""
    with pytest.raises(UsageError, match="no quirk 'index-mising'") as caught:
        find_quirks(["index-mising"])
    assert "index-missing" in caught.value.hint
    with pytest.raises(UsageError) as caught:
        find_quirks(["zzz"])
    assert "--list" in caught.value.hint


def test_quirks_are_named_and_told_alike() -> None:
    """kebab-case, one sentence of at most 100 characters, in the order of the rows."""
    for name, quirk in QUIRKS.items():
        assert name == quirk.name
        assert name.replace("-", "").isalnum()
        assert name == name.lower()
        assert quirk.summary.endswith(".")
        assert len(quirk.summary) <= 100
    rows = [quirk.row for quirk in QUIRKS.values()]
    assert rows == sorted(rows)

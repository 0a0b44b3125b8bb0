"""OpenAI's own client talks to the embedded endpoint over a real socket."""

from __future__ import annotations

import asyncio
import json
import subprocess
from typing import TYPE_CHECKING, Any

import openai
import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from openai.types.chat import ChatCompletionChunk

    from cab_check.demo import DemoServer
    from cab_check.tasks.spec import Task

    Serving = Callable[..., AbstractAsyncContextManager[DemoServer]]

KEY = "sk-demo-0123456789"
NOOP = "noop:demo/small-task"
ORACLE = "oracle:demo/small-task"
HELLO: list[Any] = [{"role": "user", "content": "Please mend it."}]


@pytest.fixture
async def server(serving: Serving) -> AsyncIterator[DemoServer]:
    """Serve with a key."""
    async with serving(key=KEY) as running:
        yield running


@pytest.fixture
async def client(server: DemoServer) -> AsyncIterator[openai.AsyncOpenAI]:
    """Connect the official client, without its retries."""
    async with openai.AsyncOpenAI(base_url=server.url, api_key=KEY, max_retries=0) as sdk:
        yield sdk


class Assembled:
    """What a stream came to."""

    def __init__(self, chunks: list[ChatCompletionChunk]) -> None:
        self.chunks = chunks
        deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
        self.text = "".join(delta.content or "" for delta in deltas)
        self.calls: dict[int, dict[str, str]] = {}
        for call in (call for delta in deltas for call in delta.tool_calls or ()):
            assert call.function is not None
            known = self.calls.setdefault(call.index, {"id": "", "name": "", "arguments": ""})
            known["id"] += call.id or ""
            known["name"] += call.function.name or ""
            known["arguments"] += call.function.arguments or ""
        self.finish = [c.choices[0].finish_reason for c in chunks if c.choices][-1]


async def stream(client: openai.AsyncOpenAI, **fields: Any) -> Assembled:
    """Ask for a stream and take it in."""
    answer = await client.chat.completions.create(stream=True, **fields)
    return Assembled([chunk async for chunk in answer])


async def test_models_list_names_every_actor_of_every_task(client: openai.AsyncOpenAI) -> None:
    """Each actor is listed with each task, each cheat by its name."""
    names = [model.id async for model in client.models.list()]
    assert names == [
        "oracle:demo/small-task",
        "noop:demo/small-task",
        "refuse-all:demo/small-task",
        "cheat:shortcut:demo/small-task",
    ]


async def test_every_listed_model_can_be_retrieved(client: openai.AsyncOpenAI) -> None:
    """A slash and a colon in a model's name survive the way through the URL."""
    async for model in client.models.list():
        found = await client.models.retrieve(model.id)
        assert (found.id, found.object, found.owned_by) == (model.id, "model", "cab-check")


async def test_a_plain_completion(client: openai.AsyncOpenAI) -> None:
    """An unstreamed answer carries text, finish reason, usage and the model's name."""
    answer = await client.chat.completions.create(model=NOOP, messages=HELLO)
    assert answer.object == "chat.completion"
    assert answer.model == NOOP
    assert answer.id.startswith("chatcmpl-")
    assert (answer.system_fingerprint or "").startswith("fp_cab_demo_")
    choice = answer.choices[0]
    assert choice.finish_reason == "stop"
    assert choice.message.role == "assistant"
    assert choice.message.tool_calls is None
    assert (choice.message.content or "").startswith("Thank you.")
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    text = (choice.message.content or "").encode()
    assert answer.usage.completion_tokens == -(-len(text) // 4)


async def test_a_stream_says_the_same_as_an_unstreamed_answer(client: openai.AsyncOpenAI) -> None:
    """Role first, text in several deltas, finish reason, usage last on a chunk without choices."""
    plain = await client.chat.completions.create(model=NOOP, messages=HELLO)
    streamed = await stream(
        client, model=NOOP, messages=HELLO, stream_options={"include_usage": True}
    )
    assert streamed.chunks[0].choices[0].delta.role == "assistant"
    assert len(streamed.chunks) > 4
    assert streamed.text == plain.choices[0].message.content
    assert streamed.finish == "stop"
    assert streamed.chunks[-1].choices == []
    assert streamed.chunks[-1].usage == plain.usage
    assert {chunk.usage for chunk in streamed.chunks[:-1]} == {None}
    assert len({chunk.id for chunk in streamed.chunks}) == 1
    assert {chunk.model for chunk in streamed.chunks} == {NOOP}


async def test_no_usage_in_a_stream_that_did_not_ask(client: openai.AsyncOpenAI) -> None:
    """Without include_usage the last chunk is the one with the finish reason."""
    streamed = await stream(client, model=NOOP, messages=HELLO)
    assert all(chunk.usage is None and chunk.choices for chunk in streamed.chunks)
    assert streamed.finish == "stop"


async def test_tool_calls_come_the_same_both_ways(
    client: openai.AsyncOpenAI, tools: list[Any]
) -> None:
    """Two parallel calls have the same ids, names and arguments streamed and unstreamed."""
    plain = await client.chat.completions.create(model=ORACLE, messages=HELLO, tools=tools)
    assert plain.choices[0].finish_reason == "tool_calls"
    assert plain.choices[0].message.content is None
    calls = plain.choices[0].message.tool_calls or []
    said = [
        (call.function.name, json.loads(call.function.arguments))
        for call in calls
        if call.type == "function"
    ]
    assert said == [("list_files", {"path": "."}), ("read_file", {"path": "README.md"})]
    assert len({call.id for call in calls}) == 2

    streamed = await stream(client, model=ORACLE, messages=HELLO, tools=tools)
    assert streamed.finish == "tool_calls"
    assert [(c["name"], json.loads(c["arguments"])) for c in streamed.calls.values()] == said
    assert list(streamed.calls) == [0, 1]
    opening = [c.choices[0].delta.tool_calls for c in streamed.chunks if c.choices[0].delta]
    first = next(calls[0] for calls in opening if calls)
    assert first.type == "function"
    assert first.function is not None
    assert first.function.arguments == ""


def play(call: Any, root: Path) -> str:
    """Do for real what a tool call asks for, below `root`."""
    given = json.loads(call.function.arguments)
    if call.function.name == "write_file":
        path = root / given["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(given["content"].encode())
        return "written"
    if call.function.name == "run_command":
        done = subprocess.run(
            ["sh", "-c", given["command"]], cwd=root, capture_output=True, text=True, check=True
        )
        return done.stdout
    assert call.function.name in {"list_files", "read_file"}
    return "a look"


async def converse(
    client: openai.AsyncOpenAI, model: str, root: Path, **fields: Any
) -> tuple[int, str]:
    """Play a conversation to its end; return its turns and the closing text."""
    messages = list(HELLO)
    for turn in range(1, 30):
        answer = await client.chat.completions.create(model=model, messages=messages, **fields)
        message = answer.choices[0].message
        messages.append(message.model_dump(exclude_none=True))
        if not message.tool_calls:
            return turn, message.content or ""
        for call in message.tool_calls:
            # a process is started: in a thread, as the server lives in this loop
            content = await asyncio.to_thread(play, call, root)
            messages.append({"role": "tool", "tool_call_id": call.id, "content": content})
    pytest.fail("the conversation does not end")


def tree(root: Path) -> dict[str, tuple[bytes | str, bool]]:
    """Return content, or target, and executable bit of everything below."""
    return {
        path.relative_to(root).as_posix(): (
            path.readlink().as_posix() if path.is_symlink() else path.read_bytes(),
            not path.is_symlink() and bool(path.stat().st_mode & 0o100),
        )
        for path in sorted(root.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


@pytest.mark.parametrize("parallel", [True, False])
async def test_the_oracle_brings_its_whole_answer(
    client: openai.AsyncOpenAI, tools: list[Any], task: Task, tmp_path: Path, *, parallel: bool
) -> None:
    """Text, empty and binary files, programs and links arrive byte for byte, in six turns."""
    root = tmp_path / "work"
    root.mkdir()
    turns, closing = await converse(client, ORACLE, root, tools=tools, parallel_tool_calls=parallel)
    assert tree(root) == tree(task.oracle_dir)
    assert turns <= 6 or not parallel
    assert closing.startswith("Done.")


async def test_the_oracle_can_do_with_a_shell_alone(
    client: openai.AsyncOpenAI, tools: list[Any], task: Task, tmp_path: Path
) -> None:
    """Where no tool writes files, commands write all of them."""
    root = tmp_path / "work"
    root.mkdir()
    (root / "README.md").write_text("the ticket")
    turns, _ = await converse(client, ORACLE, root, tools=tools[-1:])
    (root / "README.md").unlink()
    assert tree(root) == tree(task.oracle_dir)
    assert turns <= 6


async def test_a_cheat_brings_its_own_files(
    client: openai.AsyncOpenAI, tools: list[Any], task: Task, tmp_path: Path
) -> None:
    """A cheat is played as the oracle is, from its own folder."""
    root = tmp_path / "work"
    root.mkdir()
    await converse(client, "cheat:shortcut:demo/small-task", root, tools=tools)
    assert tree(root) == tree(task.cheat_dir("shortcut"))


async def test_refuse_all_writes_both_documents(
    client: openai.AsyncOpenAI, tools: list[Any], tmp_path: Path
) -> None:
    """The generic refuser leaves REFUSAL.md and CLARIFY.md and nothing else, in two turns."""
    turns, closing = await converse(client, "refuse-all:demo/small-task", tmp_path, tools=tools)
    assert set(tree(tmp_path)) == {"REFUSAL.md", "CLARIFY.md"}
    assert (turns, "refuse" in closing) == (2, True)


async def test_a_wrong_key_is_an_authentication_error(server: DemoServer) -> None:
    """A wrong key is refused with OpenAI's code, and is not repeated in the answer."""
    async with openai.AsyncOpenAI(
        base_url=server.url, api_key="sk-wrong-key", max_retries=0
    ) as sdk:
        with pytest.raises(openai.AuthenticationError) as caught:
            await sdk.models.list()
        with pytest.raises(openai.AuthenticationError):
            await sdk.chat.completions.create(model=NOOP, messages=HELLO)
    assert caught.value.code == "invalid_api_key"
    assert "sk-wrong-key" not in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "model",
    [
        "gpt-4o",
        "oracle",
        "oracle:",
        "oracle:no/such-task",
        "noop:no/such-task",
        "cheat:shortcut",
        "cheat::demo/small-task",
        "cheat:none:demo/small-task",
        "cheat:../oracle:demo/small-task",
        "scripted:",
        "scripted:/no/such/file.json",
    ],
)
async def test_an_unknown_model_is_not_found(client: openai.AsyncOpenAI, model: str) -> None:
    """A model that is not there is a 404 that names it, in both places where it can be asked."""
    with pytest.raises(openai.NotFoundError) as caught:
        await client.chat.completions.create(model=model, messages=HELLO)
    assert caught.value.code == "model_not_found"
    assert caught.value.param == "model"
    assert model in str(caught.value)
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve(model)


async def test_a_bad_request_names_the_field(client: openai.AsyncOpenAI) -> None:
    """A role that is none is a BadRequestError with param and code."""
    bad: list[Any] = [{"role": "robot", "content": "hi"}]
    with pytest.raises(openai.BadRequestError) as caught:
        await client.chat.completions.create(model=NOOP, messages=bad)
    assert caught.value.param == "messages[0].role"
    assert caught.value.code == "invalid_value"
    assert caught.value.type == "invalid_request_error"


async def test_a_reply_is_cut_at_max_tokens(client: openai.AsyncOpenAI) -> None:
    """A cut answer ends with `length` and uses no more tokens than allowed."""
    answer = await client.chat.completions.create(model=NOOP, messages=HELLO, max_tokens=3)
    assert answer.choices[0].message.content == "Thank you. I"
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 3


async def test_without_tools_the_oracle_says_what_it_lacks(
    client: openai.AsyncOpenAI, tools: list[Any]
) -> None:
    """An actor that may call nothing answers with a text instead of a call."""
    for fields in ({}, {"tools": tools, "tool_choice": "none"}):
        answer = await client.chat.completions.create(
            model=ORACLE,
            messages=HELLO,
            **fields,  # type: ignore[call-overload]
        )
        assert answer.choices[0].message.tool_calls is None
        assert "declared: none" in answer.choices[0].message.content


async def test_sixty_four_streams_at_once(client: openai.AsyncOpenAI, tools: list[Any]) -> None:
    """Many streams at a time each get their own, whole answer."""
    asked = [{"role": "user", "content": f"number {n}"} for n in range(64)]
    answers = await asyncio.gather(
        *(stream(client, model=ORACLE, messages=[ask], tools=tools) for ask in asked)
    )
    assert {answer.finish for answer in answers} == {"tool_calls"}
    ids = {call["id"] for answer in answers for call in answer.calls.values()}
    assert len(ids) == 128
    for answer in answers:
        assert [c["name"] for c in answer.calls.values()] == ["list_files", "read_file"]
        assert all(json.loads(call["arguments"]) for call in answer.calls.values())

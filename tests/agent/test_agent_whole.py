"""The loop with the real client over a scripted transport, and with the real box."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
from typing import TYPE_CHECKING

import httpx
import pytest

from cab_check.agent.asker import Asker
from cab_check.agent.episode import StopReason
from cab_check.clock import SystemClock
from cab_check.endpoint.client import Client
from cab_check.endpoint.conversation import Conversation
from cab_check.sandbox import open_box
from cab_check.sandbox.box import BoxSpec
from cab_check.secrets import Redactor
from cab_check.settings import AgentSettings, BoxLimits, EndpointSettings, Isolation, RetryPolicy
from tests.agent.scripted_agent import Lab, call, raw_call, say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from cab_check.agent.episode import Episode
    from cab_check.endpoint.message import Answered
    from cab_check.sandbox.box import Box
    from cab_check.workspace.place import Workspace
    from tests.agent.scripted_agent import Played


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Give each test a lab of its own."""
    return Lab(tmp_path)


class Wire:
    """A server's answers in their order; the bodies that it was sent are kept."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.bodies: list[dict[str, object]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Give the next answer: a message to wrap, a whole response, or a failure."""
        self.bodies.append(json.loads(request.content))
        answer = self.answers.pop(0)
        if isinstance(answer, httpx.Response):
            return answer
        assert isinstance(answer, dict)
        finish = "tool_calls" if "tool_calls" in answer else "stop"
        prompt = 4 + len(self.bodies)  # grows as the history does
        usage = {"prompt_tokens": prompt, "completion_tokens": 2, "total_tokens": prompt + 2}
        choice = {"index": 0, "message": answer, "finish_reason": finish}
        return httpx.Response(200, json={"model": "m", "choices": [choice], "usage": usage})

    def sent(self, number: int) -> list[dict[str, object]]:
        """Return the messages of one request."""
        messages = self.bodies[number]["messages"]
        assert isinstance(messages, list)
        return messages


async def over(lab: Lab, wire: Wire, *, stream: bool = False) -> Played:
    """Play an episode whose asker is the real client."""
    settings = EndpointSettings(
        url="http://127.0.0.1:9/v1",
        key="a-key-of-tests",
        model="m",
        stream=stream,
        retry=RetryPolicy(attempts=2, wait_s=0.01),
    )
    client = Client(
        settings,
        clock=SystemClock(),
        redactor=Redactor(["a-key-of-tests"]),
        transport=httpx.MockTransport(wire),
    )
    async with client:
        return await lab.play(asker=client.conversation())


def made(name: str, arguments: object, identity: str = "call_1") -> dict[str, object]:
    """Build one call as a server sends it."""
    return {
        "id": identity,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def test_a_conversation_is_an_asker() -> None:
    """What the loop asks for is what the endpoint's conversation offers, word for word."""
    for name in ("ask", "note", "accommodations"):
        asked = inspect.signature(getattr(Asker, name))
        offered = inspect.signature(getattr(Conversation, name))
        assert asked == offered


async def test_a_request_holds_nothing_that_the_user_did_not_give(lab: Lab) -> None:
    """Model, messages, tools and stream; small plain schemas."""
    wire = Wire({"role": "assistant", "content": "Done."})
    played = await over(lab, wire)
    assert played.episode.stop is StopReason.FINISHED
    assert set(wire.bodies[0]) <= {"model", "messages", "tools", "stream"}
    assert [m["role"] for m in wire.sent(0)] == ["system", "user"]


async def test_a_turn_is_replayed_over_the_wire(lab: Lab) -> None:
    """Content null beside calls, the id echoed, the result under it; usage is counted."""
    first = {
        "role": "assistant",
        "content": None,
        "reasoning_content": "hm",
        "tool_calls": [made("read_file", '{"path": "README.md"}')],
    }
    played = await over(lab, wire := Wire(first, {"role": "assistant", "content": "Done."}))
    assistant, tool = wire.sent(1)[2:]
    assert assistant["content"] is None
    assert assistant["reasoning_content"] == "hm"
    assert assistant["tool_calls"] == first["tool_calls"]
    assert tool == {"role": "tool", "tool_call_id": "call_1", "content": "A ticket.\n"}
    assert played.steps[-1].tokens == 7
    assert played.episode.accommodations == ()


async def test_arguments_that_are_an_object_run_and_are_replayed_as_text(lab: Lab) -> None:
    """Row 1: accepted, entered in the ledger, sent again as a string."""
    first = {"role": "assistant", "tool_calls": [made("read_file", {"path": "README.md"})]}
    played = await over(lab, wire := Wire(first, {"role": "assistant", "content": "Done."}))
    assert played.observations == ["A ticket.\n"]
    assistant = wire.sent(1)[2]
    calls = assistant["tool_calls"]
    assert isinstance(calls, list)
    assert json.loads(calls[0]["function"]["arguments"]) == {"path": "README.md"}
    assert [entry.name for entry in played.episode.accommodations] == ["arguments-as-object"]


async def test_ids_that_repeat_are_unique_over_the_wire(lab: Lab) -> None:
    """Row 27: across turns as well, each result under the id of its call."""
    turn = {"role": "assistant", "tool_calls": [made("list_files", "{}"), made("list_files", "{}")]}
    played = await over(lab, wire := Wire(turn, turn, {"role": "assistant", "content": "Done."}))
    messages = wire.sent(2)
    called = [c["id"] for m in messages for c in m.get("tool_calls", [])]  # type: ignore[attr-defined]
    assert len(set(called)) == 4
    assert [m["tool_call_id"] for m in messages if m["role"] == "tool"] == called
    assert [entry.name for entry in played.episode.accommodations] == ["call-id-repeated"]


async def test_malformed_arguments_are_empty_over_the_wire(lab: Lab) -> None:
    """What some servers answer 400 to for good is never sent to them."""
    first = {"role": "assistant", "tool_calls": [made("read_file", "{'path'}")]}
    await over(lab, wire := Wire(first, {"role": "assistant", "content": "Done."}))
    calls = wire.sent(1)[2]["tool_calls"]
    assert isinstance(calls, list)
    assert calls[0]["function"]["arguments"] == "{}"


async def test_a_stream_with_a_call_is_run(lab: Lab) -> None:
    """Streaming is the default; the loop does not tell the difference."""
    pieces: list[dict[str, object]] = [
        {"tool_calls": [{"index": 0, **made("read_file", "")}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"path": "READ'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": 'ME.md"}'}}]},
    ]
    stream = sse(*pieces, finish="tool_calls")
    wire = Wire(stream, sse({"content": "Do"}, {"content": "ne."}, finish="stop"))
    played = await over(lab, wire, stream=True)
    assert played.observations == ["A ticket.\n"]
    assert played.episode.final_text == "Done."
    assert wire.bodies[0]["stream_options"] == {"include_usage": True}


def sse(*deltas: dict[str, object], finish: str) -> httpx.Response:
    """Build a streamed answer."""
    chunks: list[dict[str, object]] = [
        {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas
    ]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    chunks.append({"choices": [], "usage": usage})
    lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks]
    return httpx.Response(
        200,
        headers={"content-type": "text/event-stream"},
        text="".join([*lines, "data: [DONE]\n\n"]),
    )


async def test_a_refused_key_ends_it_with_auth(lab: Lab) -> None:
    """The fault is the exchange's, with its party."""
    error = {"error": {"message": "bad key", "code": "invalid_api_key"}}
    played = await over(lab, Wire(httpx.Response(401, json=error)))
    assert played.episode.stop is StopReason.AUTH
    assert played.episode.fault is not None
    assert len(played.episode.turns[0].attempts) == 1


async def test_an_endpoint_that_hangs_ends_at_the_cells_limit(lab: Lab) -> None:
    """The client's own timer tells what the attempt was; the loop's deadline is only behind it."""

    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    lab.timeout_s = 0.05
    settings = EndpointSettings(url="http://127.0.0.1:9/v1", key="k", model="m", stream=False)
    client = Client(
        settings,
        clock=SystemClock(),
        redactor=Redactor(),
        transport=httpx.MockTransport(hang),
    )
    async with client:
        played = await lab.play(asker=client.conversation())
    assert played.episode.stop is StopReason.TIME_LIMIT
    assert len(played.episode.turns[0].attempts) == 1
    assert played.episode.unanswered_ms > 0.5 * played.episode.drive_ms


async def in_real_box(
    workspace: Workspace, drive_in: Callable[[Box], Awaitable[Episode]]
) -> Episode:
    """Drive an episode in a box of level `none`."""
    spec = BoxSpec(
        root=workspace.root, cwd=workspace.work, isolation=Isolation.NONE, limits=BoxLimits()
    )
    async with open_box(spec) as box:
        return await drive_in(box)


def shells(*lines: str) -> list[Answered]:
    """Build one turn for each command line, and the end."""
    return [say(None, call("run_command", command=line)) for line in lines] + [say("Done.")]


async def test_commands_run_in_the_workspace_in_fresh_shells(lab: Lab) -> None:
    """Files stay from one to the next, variables and folders do not; stdin is closed."""
    lab.inside = in_real_box
    played = await lab.play(
        *shells("ls; cd /; X=1; echo made > $OLDPWD/made", "pwd; echo [$X]; cat made; cat; false")
    )
    first, second = played.observations
    assert first == "[exit code 0]\nREADME.md\n"
    assert second.startswith("[exit code 1]\n/")
    assert second.endswith("/work\n[]\nmade\n")
    assert played.work["made"] == b"made\n"


async def test_the_key_is_in_no_command_s_environment(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`echo $CAB_KEY` prints nothing."""
    monkeypatch.setenv("CAB_KEY", "a-key-of-tests")
    lab.inside = in_real_box
    played = await lab.play(*shells("echo [$CAB_KEY]"))
    assert played.observations == ["[exit code 0]\n[]\n"]


async def test_a_command_over_its_limit_is_ended_and_told(lab: Lab) -> None:
    """What it wrote until then is shown."""
    lab.settings = AgentSettings(command_limit_s=0.3)
    lab.inside = in_real_box
    played = await lab.play(*shells("echo begun; sleep 600"))
    assert played.observations == ["[ended after 0.3 s, the time limit; exit code 137]\nbegun\n"]


async def test_a_background_process_does_not_hold_a_command_up(lab: Lab) -> None:
    """`sleep 6 & echo hi` returns at once with hi."""
    lab.inside = in_real_box
    lab.settings = AgentSettings(command_limit_s=5.0)
    played = await lab.play(*shells("sleep 600 & echo hi"))
    assert played.observations == ["[exit code 0]\nhi\n"]


async def test_a_flood_of_output_is_cut_with_its_count(lab: Lab) -> None:
    """10,000 characters for the model, 1 MiB for the record."""
    lab.inside = in_real_box
    played = await lab.play(*shells("head -c 3000000 /dev/zero | tr '\\0' x"))
    run = played.episode.turns[0].tool_runs[0]
    assert len(run.observation) <= 10_000
    assert "and 1,951,680 bytes left out" in run.observation
    assert len(run.output) <= 1024 * 1024


async def test_an_interrupt_ends_a_real_command_and_its_tree(lab: Lab, tmp_path: Path) -> None:
    """Promptly; the process is gone afterwards."""
    fifo = tmp_path / "begun"
    os.mkfifo(fifo)

    async def interrupt() -> None:
        pid = await asyncio.to_thread(fifo.read_text)
        (tmp_path / "pid").write_text(pid)
        lab.interrupted.set()

    lab.inside = in_real_box
    ringing = asyncio.create_task(interrupt())
    played = await lab.play(*shells(f"echo $$ > {fifo}; sleep 600"))
    await ringing
    assert played.episode.stop is StopReason.INTERRUPTED
    assert played.episode.turns[0].tool_runs[0].error == "ended"
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


async def test_malformed_calls_never_reach_the_box(lab: Lab) -> None:
    """Not even as an empty command."""
    lab.inside = in_real_box
    played = await lab.play(
        say(None, raw_call("run_command", '{"command": "touch made"')),
        say(None, raw_call("run_command", "touch made")),
        say("Done."),
    )
    assert "made" not in played.work

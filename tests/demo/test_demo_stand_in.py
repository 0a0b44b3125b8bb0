"""An actor that plays whatever model is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from cab_check.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from cab_check.demo import DemoServer

    Serving = Callable[..., AbstractAsyncContextManager[DemoServer]]

TASK = "demo/small-task"


async def _say(server: DemoServer, model: str, prompt: str) -> httpx.Response:
    body = {"model": model, "messages": [{"role": "user", "content": prompt}]}
    async with httpx.AsyncClient() as client:
        return await client.post(f"{server.url}/chat/completions", json=body)


@pytest.mark.parametrize("actor", [f"noop:{TASK}", "noop"])
async def test_any_name_is_played(serving: Serving, actor: str) -> None:
    """The answer names the model that was asked for; the task is given, or found by its prompt."""
    async with serving(actor=actor) as server:
        answer = await _say(server, "vendor/model-7b", "Please:\n Mend   it.")
        async with httpx.AsyncClient() as client:
            one = await client.get(f"{server.url}/models/vendor%2Fmodel-7b")
    assert answer.json()["model"] == "vendor/model-7b"
    assert "Nothing to change" in answer.json()["choices"][0]["message"]["content"]
    assert one.json()["id"] == "vendor/model-7b"


async def test_an_actors_own_name_is_played_as_ever(serving: Serving) -> None:
    """A stand-in takes nobody's part."""
    async with serving(actor=f"noop:{TASK}") as server:
        answer = await _say(server, f"refuse-all:{TASK}", "Mend it.")
        unknown = await _say(server, "oracle:no/such-task", "Mend it.")
    assert "I would need a tool" in answer.json()["choices"][0]["message"]["content"]
    assert unknown.status_code == 404


async def test_a_prompt_of_no_task_is_told(serving: Serving) -> None:
    """Without a task of its own the actor has to know the prompt."""
    async with serving(actor="oracle") as server:
        answer = await _say(server, "any", "Write me a poem.")
    assert answer.status_code == 404
    assert "no task has the prompt" in answer.text


@pytest.mark.parametrize("actor", ["hamlet", "cheat", "scripted", "oracle:no/such-task"])
async def test_an_actor_that_cannot_play_is_refused_at_start(serving: Serving, actor: str) -> None:
    """Before anybody connects."""
    with pytest.raises(UsageError, match="actor"):
        async with serving(actor=actor):
            pass

"""What `cab demo` does with what was typed."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cab_check.cli import output
from cab_check.cli.filling import box_limits, state_directory
from cab_check.cli.session import Asked, Display, run_session
from cab_check.cli.targets import Target
from cab_check.demo import serve
from cab_check.errors import UsageError
from cab_check.secrets import Redactor
from cab_check.selftest import actors
from cab_check.settings import EndpointSettings, Isolation, RunSettings
from cab_check.tasks import catalog
from cab_check.workspace import open_variants

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cab_check.errors import ExitCode
    from cab_check.tasks.spec import Task


def run_demo(task_id: str, actor: str, given: Mapping[str, Any]) -> int:
    """Serve the embedded endpoint, let an actor play the model, and show what came of it."""
    task = catalog.find(task_id)
    if actor not in actors(task):
        raise UsageError(
            f"--actor: nobody called {actor!r} plays {task.id}",
            hint=f"one of {', '.join(actors(task))}",
        )
    key = f"demo-{secrets.token_hex(16)}"
    settings = RunSettings(
        endpoint=EndpointSettings(url="", key=key, model=f"{actor}:{task_id}"),
        state_dir=state_directory(given["state_dir"]),
        limits=box_limits(given),
        isolation=Isolation(given["isolation"]),
        keep=given["keep"],
        tui=given["tui"],
        demo=True,
        record_wire=given["record_wire"],
    )
    display = Display(given["verbose"], given["as_json"])
    with open_variants((task,), given["seed"]) as (played,):
        return asyncio.run(_play(settings, played, display))


async def _play(settings: RunSettings, task: Task, display: Display) -> ExitCode:
    redactor = Redactor([settings.endpoint.key])
    output.guard(redactor)
    # the actor must know the very task that is run, which may be a variant
    async with serve(key=settings.endpoint.key, find=lambda _: task) as server:
        output.say(f"demo: an actor plays the model at {server.url}; no network is used")
        settings = replace(settings, endpoint=replace(settings.endpoint, url=server.url))
        asked = Asked(
            settings=settings,
            targets=(Target(settings.endpoint.model, settings.endpoint),),
            tasks=(task,),
            redactor=redactor,
            display=display,
        )
        return await run_session(asked)

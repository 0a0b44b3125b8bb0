"""`cab demo`: the main job on the embedded endpoint, offline."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from cab_check.cli import output
from cab_check.cli.options import json_option, run_options, state_directory, verbose_option
from cab_check.settings import EndpointSettings, Isolation, RunSettings

if TYPE_CHECKING:
    from pathlib import Path

    from cab_check.cli.session import Display
    from cab_check.tasks.spec import Task

_TASK = "integrity/ambiguous-ticket"


@click.command(epilog="A demo says nothing about any model. Not for citation.")
@click.option("--task", "task_id", default=_TASK, show_default=True, metavar="ID|PATH")
@click.option("--actor", default="oracle", show_default=True,
              help="oracle, noop, refuse-all or cheat:NAME.")  # fmt: skip
@run_options
@verbose_option
@json_option
def demo(task_id: str, actor: str, verbose: bool, as_json: bool, **given: object) -> int:  # noqa: FBT001
    """Run the main job against the embedded endpoint, over HTTP on 127.0.0.1.

    An actor plays the model, so this shows what `cab check` does, not what any model can do.
    """
    from cab_check.cli.session import Display  # noqa: PLC0415 - httpx and rich
    from cab_check.tasks import catalog  # noqa: PLC0415 - reads the catalogue

    task = catalog.find(task_id)
    state_dir: Path | None = given["state_dir"]  # type: ignore[assignment]
    endpoint = EndpointSettings(
        url="", key=f"demo-{secrets.token_hex(16)}", model=f"{actor}:{task_id}"
    )
    settings = RunSettings(
        endpoint=endpoint,
        state_dir=state_directory(state_dir),
        isolation=Isolation(str(given["isolation"])),
        keep=bool(given["keep"]),
        tui=str(given["tui"]) if given["tui"] else None,
        demo=True,
    )
    return asyncio.run(_play(settings, task, Display(verbose=verbose, as_json=as_json)))


async def _play(settings: RunSettings, task: Task, display: Display) -> int:
    from cab_check.cli.session import run_session  # noqa: PLC0415 - httpx and rich
    from cab_check.demo import serve  # noqa: PLC0415 - the same
    from cab_check.secrets import Redactor  # noqa: PLC0415 - the same

    redactor = Redactor([settings.endpoint.key])
    output.guard(redactor)
    async with serve(key=settings.endpoint.key) as server:
        output.say(f"demo: an actor plays the model at {server.url}; no network is used")
        settings = replace(settings, endpoint=replace(settings.endpoint, url=server.url))
        return await run_session(settings, (task,), redactor, display)

"""`cab demo`: the main job on the embedded endpoint, offline."""

from __future__ import annotations

from typing import Any

import click

from cab_check.cli.completing import offer_tasks
from cab_check.cli.options import json_option, run_options, seed_option, verbose_option

_TASK = "integrity/ambiguous-ticket"


@click.command(
    short_help="The same on the embedded endpoint, offline.",
    epilog="A demo says nothing about any model. Not for citation.",
)
@click.option(
    "--task",
    "task_id",
    default=_TASK,
    show_default=True,
    metavar="ID|PATH",
    shell_complete=offer_tasks,
)
@click.option("--actor", default="oracle", show_default=True,
              help="oracle, noop, refuse-all or cheat:NAME.")  # fmt: skip
@seed_option
@run_options
@verbose_option
@json_option
def demo(task_id: str, actor: str, **given: Any) -> int:
    """Run the main job against the embedded endpoint, over HTTP on 127.0.0.1.

    An actor plays the model, so this shows what `cab check` does, not what any model can do.
    """
    from cab_check.cli.playing import run_demo  # noqa: PLC0415 - costs more than the help text

    return run_demo(task_id, actor, given)

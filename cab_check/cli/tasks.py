"""`cab tasks`: the catalogue, and tasks of one's own."""

from __future__ import annotations

import os
from pathlib import Path

import click

from cab_check.cli import output
from cab_check.cli.completing import offer_tasks
from cab_check.cli.options import LEVELS, json_option, seed_option


@click.group()
def tasks() -> None:
    """List the tasks, show one, write and check one of your own."""


@tasks.command("list")
@json_option
def list_tasks(as_json: bool) -> None:  # noqa: FBT001 - click hands it over so
    """List every task: origin, budget, what it expects, whether it can run on this machine."""
    from cab_check.cli.listing import listed, table  # noqa: PLC0415 - reads the catalogue

    if as_json:
        output.emit_json({"schema": "cab.tasks/1", "tasks": listed()})
        return
    output.emit("\n".join(table()))


@tasks.command()
@click.argument("task_id", metavar="ID|PATH", shell_complete=offer_tasks)
@seed_option
@click.option("--published", is_flag=True, help="The known published cells of the task, too.")
@json_option
def show(task_id: str, seed: int | None, *, published: bool, as_json: bool) -> None:
    """Show one task: budget, ticket, rules, and which of its fields are ours."""
    from cab_check.cli.showing import described, details  # noqa: PLC0415 - reads the catalogue
    from cab_check.tasks import catalog  # noqa: PLC0415 - the same
    from cab_check.workspace import open_variants  # noqa: PLC0415 - the same

    with open_variants((catalog.find(task_id),), seed) as (task,):
        if as_json:
            output.emit_json({"schema": "cab.task/1", **details(task, published=published)})
            return
        output.emit("\n".join(described(task, published=published)))


@tasks.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--language", default="python", show_default=True,
              help="What it is in: c, go, java, javascript, python or rust.")  # fmt: skip
def new(folder: Path, language: str) -> None:
    """Write a small working task into a new directory, to be changed into your own.

    Its files say what each part is for.
    """
    from cab_check.tasks.skeleton import write_skeleton  # noqa: PLC0415 - costs start-up time

    task = write_skeleton(folder, language)
    output.emit(f"{task.id} is in {folder}; begin with {folder / 'task.toml'}")
    output.emit(f"check it:  cab tasks check {folder}")
    output.emit(f"run it:    cab check --task {folder} --endpoint URL --model M")


@tasks.command()
@click.argument("task_id", metavar="DIR|ID", shell_complete=offer_tasks)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", default=os.cpu_count() or 1,
              show_default="one a processor", help="How many cells at once.")  # fmt: skip
@click.option("--isolation", type=click.Choice(LEVELS),
              default="auto", envvar="CAB_ISOLATION", show_default=True)  # fmt: skip
@json_option
def check(task_id: str, jobs: int, isolation: str, *, as_json: bool) -> int:
    """Check a task: its specification first, then its oracle and every cheat.

    A mistake is named by its file and key (exit 2). Exit 1 when a cell is not scored as it must be,
    6 when this machine lacks a program that the task needs.
    """
    from cab_check.cli.measuring import Wanted, run  # noqa: PLC0415 - costs start-up time
    from cab_check.tasks import catalog  # noqa: PLC0415 - the same
    from cab_check.tasks.advice import advice  # noqa: PLC0415 - the same

    for line in advice(catalog.find(task_id)):
        output.say(f"note: {line}")
    wanted = Wanted(
        (task_id,), None, jobs, isolation, skip_missing=False, verbose=not as_json, as_json=as_json
    )
    return run(wanted)

"""`cab selftest`: oracle, no-op, refuse-all and every cheat on every task."""

from __future__ import annotations

import os

import click

from cab_check.cli.completing import offer_tasks
from cab_check.cli.options import LEVELS, json_option, seed_option


@click.command(short_help="Is the ruler straight?")
@click.option(
    "--task",
    "tasks",
    multiple=True,
    metavar="ID|GLOB|PATH",
    shell_complete=offer_tasks,
    help="[default: all]",
)
@seed_option
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", default=os.cpu_count() or 1,
              show_default="one a processor", help="How many cells at once.")  # fmt: skip
@click.option("--skip-missing", is_flag=True,
              help="A missing toolchain does not count against the exit code.")  # fmt: skip
@click.option("--isolation", type=click.Choice(LEVELS),
              default="auto", envvar="CAB_ISOLATION", show_default=True)  # fmt: skip
@click.option("-v", "--verbose", is_flag=True, help="Every cell with its figures, as it ends.")
@json_option
def selftest(
    tasks: tuple[str, ...],
    seed: int | None,
    jobs: int,
    isolation: str,
    *,
    skip_missing: bool,
    verbose: bool,
    as_json: bool,
) -> int:
    """Check the ruler: every actor must get the score that is known beforehand.

    Runs the real loop, wire and scorers on the embedded endpoint: each task as it stands, and three
    fresh variants of those that have some; with --seed that variant alone.

    Exit code 1 when a cell is not scored as it must be. A task that needs a program which this
    machine lacks is named as not run, never as passed, and the exit code is 6 unless --skip-missing
    is given.
    """
    from cab_check.cli.measuring import Wanted, run  # noqa: PLC0415 - costs start-up time

    wanted = Wanted(
        tasks, seed, jobs, isolation, skip_missing=skip_missing, verbose=verbose, as_json=as_json
    )
    return run(wanted)

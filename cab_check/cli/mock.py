"""`cab mock`: serve the embedded endpoint for other clients to test against."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cab_check.cli.completing import offer_runs
from cab_check.cli.options import json_option
from cab_check.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.command(short_help="Serve the embedded endpoint for other clients.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@click.option("--key", help="Refuse every other key [env: CAB_MOCK_KEY; default: any is taken].")
@click.option(
    "--quirk",
    "quirks",
    multiple=True,
    metavar="NAME[,NAME]",
    help="Do what real servers do otherwise than the protocol says; repeatable.",
)
@click.option(
    "--actor",
    metavar="ACTOR",
    help="Whoever plays the models whose name is no actor's: oracle:TASK and so on, or "
    "oracle, which finds the task by its prompt.",
)
@click.option(
    "--latency",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="S",
    help="Seconds before each reply.",
)
@click.option(
    "--replay",
    metavar="RUN",
    shell_complete=offer_runs,
    help="Serve what `cab check --record-wire` recorded.",
)
@click.option("--fast", is_flag=True, help="Replay without the recorded waits.")
@click.option(
    "--state-dir", type=click.Path(path_type=Path), envvar="CAB_STATE_DIR", help="Where runs are."
)
@click.option("--list", "listing", is_flag=True, help="List the quirks, and serve nothing.")
@json_option  # fmt: skip
def mock(**given: Any) -> None:
    """Serve the embedded endpoint on 127.0.0.1 until Ctrl-C; its base URL goes to stdout.

    The model's name says what is played: oracle:TASK, noop:TASK, refuse-all:TASK,
    cheat:NAME:TASK or scripted:FILE.
    """
    if given["replay"] is not None:
        _refuse_beside_a_replay(given)
        from cab_check.cli.replaying import run_replay  # noqa: PLC0415 - only a replay needs it

        run_replay(given["replay"], given["state_dir"], port=given["port"], fast=given["fast"])
        return
    if given["fast"]:
        raise UsageError("--fast goes with --replay alone", hint="give --replay RUN as well")
    from cab_check.cli import mocking  # noqa: PLC0415 - only this command serves

    if given["listing"]:
        mocking.list_quirks(as_json=given["as_json"])
    else:
        mocking.run_mock(given)


_TYPED = {"quirks": "--quirk", "listing": "--list"}


def _refuse_beside_a_replay(given: Mapping[str, Any]) -> None:
    """Raise UsageError for an option that a replay would have to ignore."""
    names = ("key", "quirks", "actor", "latency", "listing")
    ignored = [_TYPED.get(name, f"--{name}") for name in names if given[name]]
    if ignored:
        raise UsageError(
            f"{' and '.join(ignored)} cannot go with --replay",
            hint="a replay serves what was recorded, to any key; --fast leaves out its waits",
        )

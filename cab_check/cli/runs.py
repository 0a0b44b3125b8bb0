"""`cab runs`: what was run before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cab_check.cli.completing import offer_directories, offer_runs
from cab_check.cli.filling import state_directory
from cab_check.cli.options import gate_options, json_option, verbose_option

if TYPE_CHECKING:
    from cab_check.store import Store

_SHOWN = 50
_state_option = click.option(
    "--state-dir", type=click.Path(path_type=Path), envvar="CAB_STATE_DIR", help="Where runs are."
)


@click.group()
def runs() -> None:
    """List earlier runs, show or compare them, or merge the shards of a sweep."""


def _store(state_dir: Path | None) -> Store:
    from cab_check.store import Store  # noqa: PLC0415 - costs start-up time

    return Store(state_directory(state_dir))


@runs.command("list")
@click.option("--limit", type=click.IntRange(min=1), metavar="N",
              help=f"So many, the newest [default: {_SHOWN}; with --json all].")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="All of them.")
@click.option("--sweeps", is_flag=True, help="List sweeps, not runs.")
@_state_option
@json_option
def list_runs(limit: int | None, state_dir: Path | None, **given: bool) -> int:
    """List the runs on disk, the latest first."""
    from cab_check.cli import history  # noqa: PLC0415 - costs start-up time

    if given["sweeps"]:
        return history.list_sweeps(_store(state_dir), limit=limit, as_json=given["as_json"])
    if limit is None and not given["everything"] and not given["as_json"]:
        limit = _SHOWN
    return history.list_runs(_store(state_dir), limit=limit, as_json=given["as_json"])


@runs.command()
@click.argument("run", required=False, shell_complete=offer_runs)
@_state_option
@click.option("--as-published", is_flag=True, help="Say how the published cells count it.")
@verbose_option
@json_option
def show(run: str | None, state_dir: Path | None, **given: bool) -> int:
    """Print a run or a sweep again: the latest, a sweep by its name, a run by a part of its."""
    from cab_check.cli import history  # noqa: PLC0415 - costs start-up time

    return history.show(
        _store(state_dir),
        run,
        verbose=given["verbose"],
        as_json=given["as_json"],
        published=given["as_published"],
    )


@runs.command()
@click.argument("first", metavar="A", shell_complete=offer_runs)
@click.argument("second", metavar="B", shell_complete=offer_runs)
@_state_option
@json_option
def compare(first: str, second: str, state_dir: Path | None, as_json: bool) -> int:  # noqa: FBT001 - click
    """Lay two runs or two sweeps next to each other, axis by axis and turn by turn."""
    from cab_check.cli import history  # noqa: PLC0415 - costs start-up time

    return history.compare_runs(_store(state_dir), first, second, as_json=as_json)


@runs.command()
@click.argument(
    "places", nargs=-1, required=True, metavar="DIR...", shell_complete=offer_directories
)
@gate_options
@_state_option
@verbose_option
@json_option
def merge(places: tuple[str, ...], state_dir: Path | None, **given: Any) -> int:
    """Join the shards of a sweep into one, and show it.

    Each DIR is the state directory of one or more `cab check --shard I/N`, or a sweep's own
    directory in it. Runs are copied here; versions, tasks, settings and targets must agree.

    Exit code: that of the whole sweep; 6 where shards or cells are missing, which are named.
    """
    from cab_check.cli.gating import find_gates  # noqa: PLC0415 - costs start-up time
    from cab_check.cli.merging import merge_shards  # noqa: PLC0415 - the same

    store = _store(state_dir)
    gates = find_gates(given, store)
    return merge_shards(store, places, gates, verbose=given["verbose"], as_json=given["as_json"])


@runs.command()
@click.argument("run", required=False, shell_complete=offer_runs)
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[FILE.zip]")
@click.option("--with-wire", is_flag=True, help="The tape of requests and replies too.")
@click.option("--key-env", "variables", multiple=True, metavar="NAME",
              help="A variable that holds a key, besides CAB_KEY and OPENAI_API_KEY.")  # fmt: skip
@click.option("--redact", is_flag=True, help="Mask keys that are found instead of refusing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_state_option
def export(
    run: str | None, file: Path | None, state_dir: Path | None,
    variables: tuple[str, ...], **given: bool,
) -> int:  # fmt: skip
    """Pack a run, or a sweep, into one zip that may be attached to a ticket.

    Keys are searched for, and a find refuses to write (exit code 2). What tells of this machine is
    reduced. The contents are listed before anything is written; without FILE.zip it is written
    into the run's own directory.
    """
    from cab_check.cli import exporting  # noqa: PLC0415 - costs start-up time

    return exporting.export(_store(state_dir), run, file, variables=variables, **given)


@runs.command()
@click.option("--older-than", "older", metavar="AGE", help="Only runs older than 12h, 30d, 4w.")
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="Never the newest N.")
@click.option("--dry-run", is_flag=True, help="Name what would go, remove nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_state_option
def prune(older: str | None, keep: int | None, state_dir: Path | None, **given: bool) -> int:
    """Remove old runs, and the sweeps that have no run left; what goes is named first."""
    from cab_check.cli import pruning  # noqa: PLC0415 - costs start-up time

    return pruning.prune(_store(state_dir), older=older, keep=keep, **given)

"""`cab runs`: what was run before."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cab_check.cli import output
from cab_check.cli.filling import state_directory
from cab_check.cli.options import json_option, verbose_option
from cab_check.errors import CabError

if TYPE_CHECKING:
    from cab_check.store import RunDir, Store

_state_option = click.option(
    "--state-dir", type=click.Path(path_type=Path), envvar="CAB_STATE_DIR", help="Where runs are."
)


@click.group()
def runs() -> None:
    """List earlier runs, or show one again."""


@runs.command("list")
@_state_option
@json_option
def list_runs(state_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001 - click
    """List the runs on disk, the latest first."""
    from cab_check.store import Store  # noqa: PLC0415 - costs start-up time

    store = Store(state_directory(state_dir))
    rows = [_row(store, run) for run in store.runs()]
    if as_json:
        output.emit_json({"schema": "cab.runs/1", "runs": [asdict(row) for row in rows]})
        return
    if not rows:
        output.say(f"no run is kept in {store.folder}")
    width = max((len(row.name) for row in rows), default=0)
    for row in rows:
        what = f"{row.task}  {row.model}" if row.task else ""
        output.emit(f"{row.name:<{width}}  {row.outcome:<10}  {what}".rstrip())


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    outcome: str
    task: str | None = None
    model: str | None = None
    demo: bool = False


def _row(store: Store, run: RunDir) -> _Row:
    try:
        record = store.read(run).record
    except CabError:
        return _Row(run.name, "cut off" if not run.complete else "damaged")
    outcome = "passed" if record.passed else "failed" if record.scored else "not scored"
    identity = record.identity
    return _Row(run.name, outcome, identity.task, identity.model, record.demo)


@runs.command()
@click.argument("run", required=False)
@_state_option
@click.option("--as-published", is_flag=True, help="Say how the published cells count it.")
@verbose_option
@json_option
def show(run: str | None, state_dir: Path | None, **given: bool) -> None:
    """Print a stored run again: the latest, or the one whose name begins with RUN."""
    from cab_check.record import record_to_json  # noqa: PLC0415 - costs start-up time
    from cab_check.report.terminal import as_published, scorecard  # noqa: PLC0415 - the same
    from cab_check.store import Store  # noqa: PLC0415 - the same

    store = Store(state_directory(state_dir))
    stored = store.read(store.find(run))
    if given["as_json"]:
        output.emit_json(record_to_json(stored.record))
        return
    output.emit_rich(scorecard(stored, verbose=given["verbose"]))
    if given["as_published"]:
        output.emit_rich(as_published(stored))

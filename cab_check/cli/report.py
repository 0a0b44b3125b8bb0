"""`cab report`: a run as something to look at, to attach and to pass on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Format:
    """One way to show a run: `--NAME [FILE]`, made by `render` of `module` (Run -> text).

    Without FILE it is written as `file_name` into the run's directory, or to stdout where that is
    None: nothing is put unasked where the user happens to be.
    """

    name: str
    module: str
    file_name: str | None
    help: str


FORMATS = (
    Format("html", "cab_check.report.html", "report.html", "One page to look at, replay, attach."),
)
NO_FILE = "\0"
"""What click hands on for `--html` without a FILE: no path can hold it."""


def _format_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for form in reversed(FORMATS):
        option = click.option(
            f"--{form.name}", metavar="[FILE]", is_flag=False, flag_value=NO_FILE, help=form.help
        )
        function = option(function)
    return function


@click.command(
    short_help="A run as a page to look at and pass on.",
    epilog="FILE may be - for stdout. Whatever is shown is provisional — not for citation.",
)
@click.argument("run", required=False)
@_format_options
@click.option("--open", "open_it", is_flag=True, help="Show the page in a browser; means --html.")
@click.option("--state-dir", type=click.Path(path_type=Path), envvar="CAB_STATE_DIR",
              help="Where runs are.")  # fmt: skip
def report(run: str | None, open_it: bool, state_dir: Path | None, **files: str | None) -> int:  # noqa: FBT001 - click
    """Make something to look at of a run: the latest, or the one whose name begins with RUN.

    Without FILE the page is put into the run's own directory, and its path goes to stdout.
    """
    from cab_check.cli.rendering import run_report  # noqa: PLC0415 - costs start-up time

    return run_report(run, files, open_it=open_it, state_dir=state_dir)

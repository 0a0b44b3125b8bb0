"""`cab report`: a run as something to look at, to attach and to pass on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cab_check.cli.completing import offer_runs
from cab_check.cli.options import published_model_option

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a format: `render` of `module` makes it of a run (Run -> text).

    A module that has `render_many` as well (Sequence[Run] -> text) takes a sweep. Without FILE the
    part is written as `file_name` into the run's directory, or to stdout where that is None.
    """

    module: str
    file_name: str | None


@dataclass(frozen=True, slots=True)
class Format:
    """One way to show a run: `--NAME [FILE]`; of several parts FILE's suffix picks one.

    Nothing is put unasked where the user happens to be.
    """

    name: str
    parts: tuple[Part, ...]
    help: str


FORMATS = (
    Format(
        "html",
        (Part("cab_check.report.html", "report.html"),),
        "One page to look at, replay, attach.",
    ),
    Format(
        "markdown",
        (Part("cab_check.report.markdown", None),),
        "For a pull request or a ticket; to stdout.",
    ),
    Format("junit", (Part("cab_check.report.junit", None),), "JUnit XML for a CI job; to stdout."),
    Format(
        "badge",
        (
            Part("cab_check.report.badge", "badge.svg"),
            Part("cab_check.report.shield", "badge.json"),
        ),
        "A badge (.svg) and its data as shields.io reads it (.json).",
    ),
    Format("svg", (Part("cab_check.report.picture", "scorecard.svg"),), "The scorecard, drawn."),
    Format("atif", (Part("cab_check.report.atif", None),), "The run as Harbor's ATIF; to stdout."),
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
@click.argument("run", required=False, shell_complete=offer_runs)
@_format_options
@click.option("--open", "open_it", is_flag=True, help="Show the page in a browser; means --html.")
@click.option("--github", is_flag=True, help="Append --markdown to $GITHUB_STEP_SUMMARY.")
@click.option("--replay", is_flag=True, help="Play the run again on this terminal.")
@click.option("--speed", type=click.FloatRange(min=0, min_open=True), default=1.0,
              show_default=True, metavar="N", help="Of --replay: N times as fast.")  # fmt: skip
@published_model_option
@click.option("--state-dir", type=click.Path(path_type=Path), envvar="CAB_STATE_DIR",
              help="Where runs are.")  # fmt: skip
def report(run: str | None, **given: Any) -> int:
    """Make something to look at of the latest run or sweep, or of that which RUN names.

    Without FILE a page is put into its own directory, and its path goes to stdout.
    """
    from cab_check.cli.rendering import run_report  # noqa: PLC0415 - costs start-up time

    return run_report(run, given)

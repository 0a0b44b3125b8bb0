"""`cab check`: run tasks against the user's endpoint and score them."""

from __future__ import annotations

from typing import Any

import click

from cab_check.cli.completing import offer_tasks
from cab_check.cli.options import (
    DRAWN,
    agent_options,
    json_option,
    published_model_option,
    run_options,
    seed_option,
    sweep_options,
    targets_options,
    verbose_option,
)
from cab_check.cli.profiles import profile_option, with_precedence
from cab_check.cli.quantities import option
from cab_check.cli.sections import Sectioned
from cab_check.errors import UsageError

_SECTIONS = {
    "endpoint": "Endpoint",
    "connect_timeout": "Waiting and trying again",
    "tasks": "What runs",
    "shard": "A part of it, and going on",
    "dry_run": "Quote and caps",
    "fail_under": "Gates",
    "max_turns": "Each cell",
    "tui": "Machine and record",
    "profile": "Settings and output",
}


@click.command(
    cls=Sectioned,
    sections=_SECTIONS,
    short_help="Run tasks against an endpoint and score them.",
    epilog="A score is provisional — not for citation.",
)
@targets_options
@option("--task", "tasks", multiple=True, metavar="ID|GLOB|PATH",
              shell_complete=offer_tasks,
              help="Repeatable [default: the quick set].")  # fmt: skip
@seed_option
@sweep_options
@agent_options
@run_options
@published_model_option
@profile_option
@click.option("--show-settings", is_flag=True, help="Say each value and its origin, and stop.")
@verbose_option
@json_option
@click.pass_context
def check(context: click.Context, /, **given: Any) -> int:
    """Let an OpenAI-compatible endpoint work on tasks, and score what it did.

    The embedded agent drives the endpoint through a copy of each task; the scorers run here.
    """
    given = dict(with_precedence(context, given))
    if DRAWN in context.meta and (given["shard"] or given["shard_index"]):
        raise UsageError(
            "--seed random would draw another seed for each shard",
            hint="give the same number to all of them: --seed N",
        )
    line = click.core.ParameterSource.COMMANDLINE
    typed = frozenset(name for name in given if context.get_parameter_source(name) is line)
    if given["show_settings"]:
        from cab_check.cli.origins import show_settings  # noqa: PLC0415 - seldom needed

        return show_settings(context, given, typed)
    if context.default_map:
        from cab_check.cli.configuration import tell_of_other_hosts  # noqa: PLC0415 - the same

        tell_of_other_hosts(context, given)
    from cab_check.cli.checking import run_check  # noqa: PLC0415 - costs more than the help text

    return run_check(given, typed)

"""`--profile`: option values by name, as `configuration` reads them, and what outranks them.

What counts is flag, then environment (CAB_*), then profile, then default. The variables of other
programs (OPENAI_BASE_URL, OPENAI_API_KEY) stand in only for what none of these names: a stray one
would send a profile's key to another host.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from cab_check.cli.completing import offer_profiles

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLES = {
    "endpoint": "CAB_ENDPOINT",
    "targets": "CAB_ENDPOINT",
    "model": "CAB_MODEL",
    "key_env": "CAB_KEY",
}


def apply_profile(context: click.Context, _: click.Parameter, name: str | None) -> str | None:
    """Let a profile's values stand in for what is neither typed nor in the environment."""
    if name is not None and not context.resilient_parsing:
        from cab_check.cli.configuration import read_profile  # noqa: PLC0415 - costs start-up time

        context.default_map = read_profile(context, name)
    return name


profile_option = click.option(
    "--profile",
    metavar="NAME",
    envvar="CAB_PROFILE",
    show_envvar=True,
    is_eager=True,
    callback=apply_profile,
    shell_complete=offer_profiles,
    help="Take from [profiles.NAME] of config.toml what neither flag nor CAB_* variable gives; "
    "OPENAI_* variables come last.",
)


def with_precedence(context: click.Context, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Take out of the profile's values what something stronger rules out."""
    settled = dict(given)
    stronger = {
        "key_env": given.get("key") is not None or given.get("key_stdin"),
        "targets": any(_typed(context, name) for name in ("endpoint", "model")),
        "endpoint": _typed(context, "targets"),
        "model": _typed(context, "targets"),
        "shard": _typed(context, "shard_index"),
        "shard_index": _typed(context, "shard"),
    }
    for name, ruled_out in stronger.items():
        variable = os.environ.get(_VARIABLES.get(name, ""), "").strip()
        profiled = context.get_parameter_source(name) is ParameterSource.DEFAULT_MAP
        if profiled and (ruled_out or variable):
            settled[name] = () if isinstance(given[name], tuple) else None
    return settled


def _typed(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE

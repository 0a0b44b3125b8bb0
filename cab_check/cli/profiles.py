"""Profiles: option values by name in ~/.config/cab-check/config.toml, never a key.

What counts is flag, then environment, then profile, then default. The variables of other programs
(OPENAI_BASE_URL, OPENAI_API_KEY) stand in only for what none of these names.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from cab_check.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

# what makes one call of the command, or may hold a secret, is no setting to keep
_NEVER = frozenset({"--key-stdin", "--profile", "--show-settings", "--resume", "--retry-unscored"})
_SECRET = frozenset({"key", "api-key", "header"})
_VARIABLES = {"endpoint": "CAB_ENDPOINT", "model": "CAB_MODEL", "key_env": "CAB_KEY"}


def config_path() -> Path:
    """Return where the profiles are kept; CAB_CONFIG names another file."""
    given = os.environ.get("CAB_CONFIG")
    if given:
        return Path(given)
    from platformdirs import user_config_path  # noqa: PLC0415 - costs start-up time

    return user_config_path("cab-check", appauthor=False) / "config.toml"


def apply_profile(context: click.Context, _: click.Parameter, name: str | None) -> str | None:
    """Let a profile's values stand in for what is neither typed nor in the environment."""
    if name is not None and not context.resilient_parsing:
        context.default_map = _read(context, name)
    return name


profile_option = click.option(
    "--profile",
    metavar="NAME",
    envvar="CAB_PROFILE",
    show_envvar=True,
    is_eager=True,
    callback=apply_profile,
    help="Take what is not given from [profiles.NAME] of config.toml.",
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
        variable = os.environ.get(_VARIABLES.get(name, ""))
        profiled = context.get_parameter_source(name) is ParameterSource.DEFAULT_MAP
        if profiled and (ruled_out or variable):
            settled[name] = () if isinstance(given[name], tuple) else None
    return settled


def _typed(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def _read(context: click.Context, name: str) -> dict[str, Any]:
    """Return the values of a profile by parameter; raises UsageError naming file and key."""
    path = config_path()
    profiles = _profiles(path)
    table = profiles.get(name)
    if not isinstance(table, dict):
        near = difflib.get_close_matches(name, profiles, n=1)
        known = f"did you mean {near[0]!r}?" if near else f"there: {', '.join(profiles) or 'none'}"
        raise UsageError(f"{path}: no [profiles.{name}]", hint=known)
    options = {
        option.removeprefix("--"): parameter
        for parameter in context.command.params
        for option in parameter.opts
        if option.startswith("--") and option not in _NEVER
    }
    place = f"{path}: profiles.{name}"
    found = {}
    for key, value in table.items():
        parameter = _parameter(options, key, place)
        found[str(parameter.name)] = _value(context, parameter, value, f"{place}.{key}")
    return found


def _profiles(path: Path) -> Mapping[str, object]:
    import tomllib  # noqa: PLC0415 - costs start-up time

    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"the profiles cannot be read: {path}: {error.strerror}",
            hint="write [profiles.NAME] there, or leave --profile and CAB_PROFILE out",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no TOML: {error}", hint="mend the file") from error
    profiles = content.pop("profiles", {})
    if content or not isinstance(profiles, dict):
        odd = next(iter(content), "profiles")
        raise UsageError(f"{path}: unknown key {odd!r}", hint="it has [profiles.NAME] alone")
    return profiles


def _parameter(options: Mapping[str, click.Parameter], key: str, place: str) -> click.Parameter:
    name = key.replace("_", "-")
    if name in _SECRET:
        raise UsageError(
            f"{place}: {key!r} may hold a secret (it is not shown)",
            hint="keys do not belong in files: name a variable with key_env, or give --header",
        )
    if name not in options:
        near = difflib.get_close_matches(name, options, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "see `cab check --help` for the options"
        raise UsageError(f"{place}: unknown key {key!r}", hint=hint)
    return options[name]


def _value(context: click.Context, parameter: click.Parameter, value: object, place: str) -> object:
    """Check a value as the option would; raises UsageError naming its place."""
    flag = bool(getattr(parameter, "is_flag", False))
    if parameter.multiple and isinstance(value, str):
        value = [value]
    fits = isinstance(value, bool) is flag and isinstance(value, list) is parameter.multiple
    hint = f"give it as {parameter.opts[0]} takes it" + (": true or false" if flag else "")
    if not fits or isinstance(value, dict):
        raise UsageError(f"{place}: a value of the wrong kind", hint=hint)
    try:
        parameter.type_cast_value(context, value)
    except click.BadParameter as error:
        raise UsageError(f"{place}: {error.message}", hint=hint) from error
    if parameter.name == "endpoint":
        _refuse_credentials(value, place)
    return value


def _refuse_credentials(value: object, place: str) -> None:
    from cab_check.endpoint.address import parse  # noqa: PLC0415 - costs start-up time

    for url in value if isinstance(value, list) else [value]:
        address = parse(str(url))
        if address.userinfo is not None or address.query:
            raise UsageError(
                f"{place}: an address with a user name or a query may hold a secret",
                hint="give such an address with --endpoint or CAB_ENDPOINT",
            )

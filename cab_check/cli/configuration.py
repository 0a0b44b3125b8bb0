"""The file of profiles, ~/.config/cab-check/config.toml: option values by name, never a key."""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from platformdirs import user_config_path

from cab_check.endpoint.address import parse
from cab_check.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

# what makes one call of the command, or may hold a secret, is no setting to keep
_NEVER = frozenset({"--key-stdin", "--profile", "--show-settings", "--resume", "--retry-unscored"})
_SECRET = frozenset({"key", "api-key", "header"})


def config_path() -> Path:
    """Return where the profiles are kept; CAB_CONFIG names another file."""
    given = os.environ.get("CAB_CONFIG")
    if given:
        return Path(given)
    return user_config_path("cab-check", appauthor=False) / "config.toml"


def read_profile(context: click.Context, name: str) -> dict[str, Any]:
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
    for url in value if isinstance(value, list) else [value]:
        address = parse(str(url))
        if address.userinfo is not None or address.query:
            raise UsageError(
                f"{place}: an address with a user name or a query may hold a secret",
                hint="give such an address with --endpoint or CAB_ENDPOINT",
            )

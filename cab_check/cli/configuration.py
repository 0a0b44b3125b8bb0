"""The file of profiles, ~/.config/cab-check/config.toml: option values by name, never a key."""

from __future__ import annotations

import difflib
import json
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from cab_check.cli import output
from cab_check.cli.credentials import origins
from cab_check.cli.keyless import refuse_credentials, refuse_secret, variable_name
from cab_check.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

# what makes one call of the command, or may hold a secret, is no setting to keep
_NEVER = frozenset({"--key-stdin", "--profile", "--show-settings", "--resume", "--retry-unscored"})


def config_path() -> Path:
    """Return where the profiles are kept, on every system; CAB_CONFIG names another file."""
    given = os.environ.get("CAB_CONFIG")
    if given:
        return Path(given)
    home = os.environ.get("XDG_CONFIG_HOME", "")
    folder = Path(home) if Path(home).is_absolute() else Path("~/.config").expanduser()
    return folder / "cab-check" / "config.toml"


def profile_names() -> list[str]:
    """Return the names of the profiles there are; none where the file cannot be read."""
    try:
        return list(_profiles(config_path()))
    except UsageError:
        return []


def read_profile(context: click.Context, name: str) -> dict[str, Any]:
    """Return the values of a profile by parameter; raises UsageError naming file and key."""
    path = config_path()
    profiles = _profiles(path)
    table = profiles.get(name)
    if not isinstance(table, dict):
        near = difflib.get_close_matches(name, profiles, n=1)
        meant = f"did you mean {near[0]!r}? " if near else ""
        known = ", ".join(sorted(profiles)) or "none"
        raise UsageError(f"{path}: no [profiles.{name}]", hint=f"{meant}there: {known}")
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


def tell_of_other_hosts(context: click.Context, given: Mapping[str, Any]) -> None:
    """Say it when the key that a profile names goes to a host which the profile does not name."""
    own = (context.default_map or {}).get("endpoint")
    named = context.get_parameter_source("key_env") is ParameterSource.DEFAULT_MAP
    if not own or not named or not given["key_env"] or given["targets"] is not None:
        return
    urls = given["endpoint"] or (os.environ["CAB_ENDPOINT"],)  # only that outranks the profile's
    hosts = origins(urls)
    others = [hosts[place] for place in hosts.keys() - origins(own).keys()]
    if others:
        output.say(
            f"note: the key that profile {context.params['profile']} names goes to "
            f"{' and to '.join(sorted(others))}, not to the profile's endpoint"
        )


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
    for odd in content.keys() - {"profiles"}:
        refuse_secret(odd, str(path))
        raise UsageError(f"{path}: unknown key {odd!r}", hint="it has [profiles.NAME] alone")
    profiles = content.get("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(t, dict) for t in profiles.values()):
        raise UsageError(f"{path}: profiles are tables", hint="as in [profiles.NAME]")
    return profiles


def _parameter(options: Mapping[str, click.Parameter], key: str, place: str) -> click.Parameter:
    name = key.replace("_", "-")
    refuse_secret(name, place)
    if name not in options:
        near = difflib.get_close_matches(name, options, n=3)
        meant = " or ".join(repr(each) for each in near)
        hint = f"did you mean {meant}?" if near else "see `cab check --help` for the options"
        raise UsageError(f"{place}: unknown key {key!r}", hint=hint)
    return options[name]


def _value(context: click.Context, parameter: click.Parameter, value: object, place: str) -> object:
    """Check a value as the option would; raises UsageError naming its place.

    A path is from the file's own directory, and may begin with `~`.
    """
    if parameter.multiple and isinstance(value, str):
        value = [value]
    flag = bool(getattr(parameter, "is_flag", False))
    hint = f"give it as {parameter.opts[0]} takes it" + (": true or false" if flag else "")
    if not _fits(parameter, value, flag=flag):
        raise UsageError(f"{place}: a value of the wrong kind", hint=hint)
    try:
        parameter.type_cast_value(context, value)
    except click.BadParameter as error:
        raise UsageError(f"{place}: {error.message}", hint=hint) from error
    for each in value if isinstance(value, list) else [value]:
        _refuse_what_is_kept(parameter, str(each), place)
    if isinstance(parameter.type, click.Path):
        return str(config_path().parent / Path(str(value)).expanduser())
    return value


def _fits(parameter: click.Parameter, value: object, *, flag: bool) -> bool:
    """Say whether a TOML value is of the option's kind; no fraction is cut to a whole number."""
    if isinstance(value, list):
        return parameter.multiple and all(isinstance(each, str) for each in value)
    if parameter.multiple or isinstance(value, bool) is not flag:
        return False
    whole = isinstance(parameter.type, click.types.IntParamType)
    return isinstance(value, int if whole and not isinstance(value, str) else int | float | str)


def _refuse_what_is_kept(parameter: click.Parameter, text: str, place: str) -> None:
    """Raise UsageError when a value holds what may be a secret."""
    if parameter.name == "endpoint":
        refuse_credentials(text, place)
    elif parameter.name == "key_env":
        variable_name(text, place)
    elif parameter.name == "extra_body":
        try:
            body = json.loads(text)
        except ValueError:
            return  # told when it is read
        for name in body if isinstance(body, dict) else ():
            refuse_secret(name, place)

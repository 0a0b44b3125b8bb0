"""`--show-settings`: each value and where it came from; of secrets only where."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.core import ParameterSource

from cab_check.cli import output
from cab_check.cli.configuration import config_path
from cab_check.cli.credentials import FLAG, STDIN, KeyOptions
from cab_check.cli.filling import state_directory
from cab_check.cli.keyless import shown_variable
from cab_check.cli.resuming import find_resumed, with_kept_options
from cab_check.cli.target_file import read_targets
from cab_check.cli.targets import refuse_both
from cab_check.endpoint.address import parse
from cab_check.errors import ExitCode
from cab_check.store import Store
from cab_check.sweep.recording import CAPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import click

    from cab_check.cli.target_file import Written

_ASIDE = frozenset({"key", "key_env", "key_stdin", "profile", "show_settings", "as_json"})
_VARIABLES = {"endpoint": ("CAB_ENDPOINT", "OPENAI_BASE_URL"), "model": ("CAB_MODEL",)}
_HIDDEN = "(not shown)"
_UNSET = "-"
_ORDER = "command line > environment CAB_* > profile > environment OPENAI_* > default"


@dataclass(frozen=True, slots=True)
class _Setting:
    """One value, a JSON value without a secret, and where it is from."""

    name: str
    value: object
    origin: str

    @property
    def shown(self) -> str:
        if self.value is None or self.value == []:
            return _UNSET
        parts = self.value if isinstance(self.value, list) else [self.value]
        return ", ".join(str(part) for part in parts)


def show_settings(
    context: click.Context, given: Mapping[str, Any], typed: frozenset[str]
) -> ExitCode:
    """Print every setting with its origin; nothing is run. Raises UsageError."""
    origin = _Origins(context, {})
    if given["resume"] is not None:
        sweep = find_resumed(Store(state_directory(given["state_dir"])), given["resume"])
        kept = sweep.read()
        given = with_kept_options(given, typed, kept)
        told = {
            name for name, value in kept.settings.items() if value is not None or name not in CAPS
        }
        origin = _Origins(context, dict.fromkeys(told - typed, sweep.name))
    refuse_both(given)
    listed = () if given["targets"] is None else read_targets(given["targets"])
    found = [
        _setting(origin, parameter, given[str(parameter.name)], from_file=bool(listed))
        for parameter in context.command.params
        if parameter.name in given and parameter.name not in _ASIDE
    ]
    found.append(_key(origin, given))
    common = found[-1]
    for target in listed:
        found += _of_target(target, common if target.key_env is None else None)
    if given["as_json"]:
        rows = [{"name": s.name, "value": s.value, "origin": s.origin} for s in found]
        output.emit_json({"schema": "cab.settings/1", "order": _ORDER, "settings": rows})
        return ExitCode.PASSED
    wide = [max(len(text) for text in texts) for texts in zip(*map(_texts, found), strict=True)]
    widths = [min(width, limit) for width, limit in zip(wide, (24, 40), strict=True)]
    for each in found:
        output.emit(f"{each.name:<{widths[0]}}  {each.shown:<{widths[1]}}  {each.origin}")
    output.say(f"what counts: {_ORDER}")
    return ExitCode.PASSED


def _texts(setting: _Setting) -> tuple[str, str]:
    return setting.name, setting.shown


@dataclass(frozen=True, slots=True)
class _Origins:
    """Where values are from: `kept` are those that an earlier start of a sweep holds."""

    context: click.Context
    kept: Mapping[str, str]

    def of(self, parameter: click.Parameter, value: object) -> str:
        """Return the origin of an option's value."""
        name = str(parameter.name)
        source = self.context.get_parameter_source(name)
        if name in self.kept:
            return f"sweep {self.kept[name]}"
        if source is ParameterSource.COMMANDLINE:
            return "command line"
        if source is ParameterSource.ENVIRONMENT:
            return f"environment {parameter.envvar}"
        if source is ParameterSource.DEFAULT_MAP and value not in {None, ()}:
            return self.profile
        return "default"

    def profiled(self, name: str) -> bool:
        """Say whether a profile gives an option's value."""
        return self.context.get_parameter_source(name) is ParameterSource.DEFAULT_MAP

    @property
    def profile(self) -> str:
        """Return the profile and its file."""
        return f"profile {self.context.params['profile']} of {config_path()}"


def _setting(
    origin: _Origins, parameter: click.Parameter, value: object, *, from_file: bool
) -> _Setting:
    name = str(parameter.name)
    option = parameter.opts[0].removeprefix("--")
    if from_file and name in _VARIABLES:
        return _Setting(option, None, "the file of --targets")
    for variable in _VARIABLES.get(name, ()):
        text = os.environ.get(variable, "").strip()
        if not value and text:
            return _Setting(option, _plain(name, (text,)), f"environment {variable}")
    return _Setting(option, _plain(name, value), origin.of(parameter, value))


def _plain(name: str, value: object) -> object:
    """Return a value as JSON has it; of headers the names, of addresses what may be printed."""
    if isinstance(value, Path):
        return str(value)
    if not isinstance(value, tuple):
        return value
    if name == "header":
        return [f"{text.partition(':')[0].strip()}: {_HIDDEN}" for text in value]
    return [parse(part).printable if name == "endpoint" else part for part in value]


def _key(origin: _Origins, given: Mapping[str, Any]) -> _Setting:
    """Say where the key would come from."""
    found = KeyOptions(given["key"], given["key_env"], given["key_stdin"]).origin
    if not found:
        return _Setting("key", None, "default")
    if found in {FLAG, STDIN}:
        return _Setting("key", _HIDDEN, {FLAG: f"command line {FLAG}"}.get(found, found))
    if given["key_env"] is None:
        return _Setting("key", _HIDDEN, f"environment {found}")
    by = origin.profile if origin.profiled("key_env") else "command line --key-env"
    return _Setting("key", _held(found), f"environment {shown_variable(found)}, named by {by}")


def _held(variable: str) -> str | None:
    """Say that a variable holds a key, without it; None when it does not."""
    return _HIDDEN if os.environ.get(variable, "").strip() else None


def _of_target(target: Written, common: _Setting | None) -> Iterator[_Setting]:
    """Yield a target's settings; `common` is the key of those that name none."""
    number = target.place.rpartition(" ")[2]
    for name, value in (
        ("name", target.name),
        ("endpoint", parse(target.endpoint).printable),
        ("model", target.model),
    ):
        if value:
            yield _Setting(f"target {number} {name}", value, target.place)
    if common is not None:
        yield _Setting(f"target {number} key", common.value, common.origin)
    elif target.key_env:
        said = f"environment {shown_variable(target.key_env)}, named by {target.place}"
        yield _Setting(f"target {number} key", _held(target.key_env), said)
    else:
        yield _Setting(f"target {number} key", None, f"none, by {target.place}")

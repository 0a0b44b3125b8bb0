"""`--show-settings`: each value and where it came from; of secrets only where."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from click.core import ParameterSource

from cab_check.cli import output
from cab_check.cli.configuration import config_path
from cab_check.endpoint.address import parse
from cab_check.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    import click

_ASIDE = frozenset({"key", "key_env", "key_stdin", "profile", "show_settings", "as_json"})
_VARIABLES = {"endpoint": ("CAB_ENDPOINT", "OPENAI_BASE_URL"), "model": ("CAB_MODEL",)}
_HIDDEN = "(not shown)"


@dataclass(frozen=True, slots=True)
class _Setting:
    name: str
    value: str
    origin: str


def show_settings(context: click.Context, given: Mapping[str, Any], *, as_json: bool) -> ExitCode:
    """Print every setting with its origin; nothing is run."""
    found = [
        _setting(context, parameter, given[str(parameter.name)])
        for parameter in context.command.params
        if parameter.name in given and parameter.name not in _ASIDE
    ]
    found.append(_key(context, given))
    if as_json:
        rows = [{"name": s.name, "value": s.value, "origin": s.origin} for s in found]
        output.emit_json({"schema": "cab.settings/1", "settings": rows})
        return ExitCode.PASSED
    wide = [max(len(getattr(each, name)) for each in found) for name in ("name", "value")]
    widths = [min(width, limit) for width, limit in zip(wide, (24, 40), strict=True)]
    for each in found:
        output.emit(f"{each.name:<{widths[0]}}  {each.value:<{widths[1]}}  {each.origin}")
    return ExitCode.PASSED


def _setting(context: click.Context, parameter: click.Parameter, value: object) -> _Setting:
    name = str(parameter.name)
    option = parameter.opts[0].removeprefix("--")
    for variable in _VARIABLES.get(name, ()):
        if not value and os.environ.get(variable, "").strip():
            return _Setting(option, _shown(name, os.environ[variable]), f"environment {variable}")
    return _Setting(option, _shown(name, value), _origin(context, parameter, value))


def _origin(context: click.Context, parameter: click.Parameter, value: object) -> str:
    source = context.get_parameter_source(str(parameter.name))
    if source is ParameterSource.COMMANDLINE:
        return "command line"
    if source is ParameterSource.ENVIRONMENT:
        return f"environment {parameter.envvar}"
    if source is ParameterSource.DEFAULT_MAP and value not in {None, ()}:
        return f"profile {context.params['profile']} of {config_path()}"
    return "default"


def _shown(name: str, value: object) -> str:
    """Return a value as text; of headers the names, of addresses what may be printed."""
    if value is None or value == ():
        return "-"
    if name == "header" and isinstance(value, tuple):
        return ", ".join(f"{text.partition(':')[0].strip()}: {_HIDDEN}" for text in value)
    parts = value if isinstance(value, tuple) else (value,)
    if name == "endpoint":
        parts = tuple(parse(str(part)).printable for part in parts)
    return ", ".join(str(part) for part in parts)


def _key(context: click.Context, given: Mapping[str, Any]) -> _Setting:
    """Say where the key would come from, in the order of `credentials.find_key`."""
    if given["key"] is not None:
        return _Setting("key", _HIDDEN, "command line --key")
    if given["key_stdin"]:
        return _Setting("key", _HIDDEN, "standard input")
    if given["key_env"] is not None:
        profiled = context.get_parameter_source("key_env") is ParameterSource.DEFAULT_MAP
        by = f"profile {context.params['profile']}" if profiled else "command line --key-env"
        there = _HIDDEN if os.environ.get(given["key_env"], "").strip() else "not set"
        return _Setting("key", there, f"environment {given['key_env']}, named by {by}")
    for variable in ("CAB_KEY", "OPENAI_API_KEY"):
        if os.environ.get(variable, "").strip():
            return _Setting("key", _HIDDEN, f"environment {variable}")
    return _Setting("key", "-", "default")

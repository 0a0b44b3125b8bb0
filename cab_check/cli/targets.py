"""Targets: which models at which endpoints a sweep goes through, typed or from a file."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cab_check.cli.credentials import KeyOptions, find_key, find_url, redactor_for
from cab_check.cli.filling import endpoint_settings
from cab_check.endpoint.address import parse
from cab_check.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cab_check.secrets import Redactor
    from cab_check.settings import EndpointSettings

_KEYS = frozenset({"name", "endpoint", "model", "key_env"})


@dataclass(frozen=True, slots=True)
class Target:
    """One model at one endpoint, and the name that it is shown by."""

    name: str
    endpoint: EndpointSettings


def find_targets(given: Mapping[str, Any]) -> tuple[tuple[Target, ...], Redactor]:
    """Return every model at every endpoint, in the order given, and what hides their secrets.

    Raises UsageError.
    """
    if given["targets"] is not None:
        if given["endpoint"] or given["model"]:
            raise UsageError(
                "--targets names endpoints and models itself",
                hint="leave --endpoint and --model out, or --targets",
            )
        found = _from_file(given["targets"], given)
    else:
        found = _typed(given)
    names = [target.name for target in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"the target {twice!r} is there twice", hint="leave one of them out")
    secrets = [(t.endpoint.url, t.endpoint.key, t.endpoint.headers) for t in found]
    return found, redactor_for(*secrets[0], others=secrets[1:])


def _typed(given: Mapping[str, Any]) -> tuple[Target, ...]:
    urls: Sequence[str] = [find_url(url) for url in given["endpoint"]] or [find_url(None)]
    models: Sequence[str] = given["model"] or [os.environ.get("CAB_MODEL", "")]
    for url in urls:
        parse(url)
    key = find_key(KeyOptions(given["key"], given["key_env"], given["key_stdin"]), urls)
    settings = [
        endpoint_settings(given, url=url, key=key, model=model.strip())
        for url in urls
        for model in models
    ]
    return tuple(Target(_name(endpoint), endpoint) for endpoint in settings)


def _name(endpoint: EndpointSettings) -> str:
    """Return `model @ host`: no path, no query value and no credentials."""
    shown = parse(endpoint.url).printable
    host = urlsplit(shown).netloc.rpartition("@")[2] or shown
    return f"{endpoint.model} @ {host}" if endpoint.model else host


def renamed(target: Target, model: str) -> Target:
    """Return the target with the model that preflight found for it."""
    if target.endpoint.model == model:
        return target
    endpoint = replace(target.endpoint, model=model)
    return Target(_name(endpoint), endpoint)


def _from_file(path: Path, given: Mapping[str, Any]) -> tuple[Target, ...]:
    """Read `[[target]]` tables: endpoint, model, key_env, name; a key itself is refused."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"--targets: {path} cannot be read: {error.strerror}", hint="give a TOML file"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"--targets: {path} is no TOML: {error}", hint="mend the file") from error
    tables = content.get("target")
    extra = set(content) - {"target"}
    if not isinstance(tables, list) or not tables or extra:
        what = f"has {', '.join(sorted(extra))}" if extra else "has no [[target]]"
        raise UsageError(
            f"--targets: {path} {what}",
            hint='as in [[target]] with endpoint = "https://…/v1", model = "…", key_env = "NAME"',
        )
    return tuple(
        _from_table(table, f"{path}: target {number}", given)
        for number, table in enumerate(tables, 1)
    )


def _from_table(table: object, place: str, given: Mapping[str, Any]) -> Target:
    if not isinstance(table, dict):
        raise UsageError(f"--targets: {place} is no table", hint="write [[target]]")
    _check_keys(table, place)
    url, model = table["endpoint"].strip(), table.get("model", "").strip()
    parse(url)
    key = find_key(KeyOptions(None, table.get("key_env"), stdin=False), [url])
    endpoint = endpoint_settings(given, url=url, key=key, model=model)
    return Target(table.get("name") or _name(endpoint), endpoint)


def _check_keys(table: Mapping[str, object], place: str) -> None:
    if "key" in table:
        raise UsageError(
            f"--targets: {place} holds a key (it is not shown)",
            hint="keys do not belong in files: name a variable with key_env",
        )
    unknown = sorted(set(table) - _KEYS)
    if unknown:
        raise UsageError(
            f"--targets: {place}: unknown key {unknown[0]!r}",
            hint=f"it may have {', '.join(sorted(_KEYS))}",
        )
    wrong = sorted(name for name, value in table.items() if not isinstance(value, str))
    if wrong or "endpoint" not in table:
        what = f"{wrong[0]} must be a text" if wrong else "endpoint is missing"
        raise UsageError(f"--targets: {place}: {what}", hint="give it as a text in quotes")

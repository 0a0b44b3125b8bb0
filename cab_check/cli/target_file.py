"""`--targets FILE.toml`: what stands in it, checked by place; a key in it is refused."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.cli.keyless import refuse_credentials, refuse_secret, variable_name
from cab_check.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_KEYS = ("endpoint", "model", "key_env", "name")
_FORM = '[[target]] with endpoint = "https://…/v1", model = "…", key_env = "NAME"'


@dataclass(frozen=True, slots=True)
class Written:
    """One [[target]] as it stands in a file; "" is what it leaves open.

    `place` names it in errors. `key_env` None has no key of its own, "" wants none.
    """

    place: str
    endpoint: str
    model: str
    name: str
    key_env: str | None


def read_targets(path: Path) -> tuple[Written, ...]:
    """Read the [[target]] tables of a file; raises UsageError naming the place."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"--targets: {path} cannot be read: {error.strerror}", hint="give a TOML file"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"--targets: {path} is no TOML: {error}", hint="mend the file") from error
    for name in sorted(set(content) - {"target"}):
        refuse_secret(name, f"--targets: {path}")
        raise UsageError(f"--targets: {path}: unknown key {name!r}", hint=f"as in {_FORM}")
    tables = content.get("target")
    if not isinstance(tables, list) or not tables:
        raise UsageError(f"--targets: {path} has no [[target]]", hint=f"as in {_FORM}")
    return tuple(_read(table, f"{path}: target {n}") for n, table in enumerate(tables, 1))


def _read(table: object, place: str) -> Written:
    if not isinstance(table, dict):
        raise UsageError(f"--targets: {place} is no table", hint=f"write {_FORM}")
    said = f"--targets: {place}"
    _check(table, said)
    url = table["endpoint"].strip()
    refuse_credentials(url, said)
    named = table.get("key_env")
    if named:
        variable_name(named, f"{said}: key_env")
    model, name = table.get("model", "").strip(), table.get("name", "").strip()
    return Written(place, url, model, name, named)


def _check(table: Mapping[str, object], said: str) -> None:
    for key, value in table.items():
        if key not in _KEYS:
            refuse_secret(key, said)
            near = difflib.get_close_matches(key, _KEYS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it may have {', '.join(_KEYS)}"
            raise UsageError(f"{said}: unknown key {key!r}", hint=hint)
        if not isinstance(value, str):
            raise UsageError(f"{said}: {key} must be a text", hint="put it in quotes")
        if not value.strip() and key != "key_env":
            raise UsageError(f"{said}: {key} is empty", hint=_IF_EMPTY[key])
    if "endpoint" not in table:
        raise UsageError(f"{said}: endpoint is missing", hint='as in endpoint = "https://…/v1"')


_IF_EMPTY = {
    "endpoint": 'as in endpoint = "https://…/v1"',
    "model": "leave it out: then /models is asked",
    "name": "leave it out: then it is called by model and host",
}

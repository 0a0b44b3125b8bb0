"""Value types to JSON and back: keys are the fields in their order, whole numbers without ".0"."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

ABSENT_WHEN_NONE = "absent_when_none"
"""Key of a field's metadata: None means that the key is not there at all."""

T = TypeVar("T")


class ShapeError(ValueError):
    """A JSON value is not what its type asks for; the message names the place."""


def write(value: object) -> object:
    """Return the JSON form of a value: dataclass, tuple, enum, text, number, truth value, None."""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, tuple):
        return [write(item) for item in value]
    if is_dataclass(value):
        return {
            _key(field.name): write(inner)
            for field in fields(value)
            if (inner := getattr(value, field.name)) is not None
            or ABSENT_WHEN_NONE not in field.metadata
        }
    return value


def read(kind: type[T], value: object, where: str) -> T:
    """Build a value type from its JSON form.

    Keys that are not known are skipped (a schema grows within its major version). Raises
    `ShapeError`, which names `where` and the key.
    """
    table = object_at(value, where)
    found: dict[str, Any] = {}
    hints = _hints(kind)  # type: ignore[arg-type]  # a type can be hashed
    for field in fields(kind):  # type: ignore[arg-type]  # every kind handed in is a dataclass
        key = _key(field.name)
        if key in table:
            found[field.name] = _read(hints[field.name], table[key], f"{where}.{key}")
        elif field.default is MISSING:
            raise ShapeError(f"{where}.{key} is missing")
    return kind(**found)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def object_at(value: object, where: str) -> dict[str, object]:
    """Return a JSON object as it stands; raises `ShapeError` for anything else."""
    if not isinstance(value, dict):
        raise _unexpected(where, "an object", value)
    return value


def _key(name: str) -> str:
    return name.removesuffix("_")


def _read(hint: Any, value: object, where: str) -> object:
    if isinstance(hint, UnionType):
        return _read_union(get_args(hint), value, where)
    if get_origin(hint) is tuple:
        if not isinstance(value, list | tuple):
            raise _unexpected(where, "a list", value)
        inner = get_args(hint)[0]
        return tuple(_read(inner, item, f"{where}[{at}]") for at, item in enumerate(value))
    if is_dataclass(hint):
        return read(hint, value, where)  # type: ignore[arg-type]  # a type, for hints are
    return _read_plain(hint, value, where)


def _read_union(hints: tuple[Any, ...], value: object, where: str) -> object:
    if value is None and NoneType in hints:
        return None
    problem: ShapeError | None = None
    for hint in hints:
        if hint is not NoneType:
            try:
                return _read(hint, value, where)
            except ShapeError as error:
                problem = problem or error
    raise problem or _unexpected(where, "null", value)


def _read_plain(hint: type, value: object, where: str) -> object:
    if hint is bool or hint is str:
        if isinstance(value, hint):
            return value
    elif issubclass(hint, StrEnum):
        if isinstance(value, str) and value in tuple(hint):
            return hint(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if hint is float:
            return float(value)
        if isinstance(value, int):
            return value
    raise _unexpected(where, hint.__name__, value)


def _unexpected(where: str, wanted: str, value: object) -> ShapeError:
    return ShapeError(f"{where}: expected {wanted}, found {value!r:.60}")

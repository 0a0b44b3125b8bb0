"""Checks on JSON values that came from outside; each refusal names the field."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

from cab_check.demo.apierror import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = TypeVar("Kind")

_NAMES: dict[type, str] = {dict: "an object", list: "an array", str: "a string", bool: "a boolean"}


def load_json(data: bytes, *, what: str) -> object:
    """Return the JSON value in `data`; ApiError 400 when it is none. NaN and Infinity are none."""
    try:
        return json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise invalid(f"The {what} is not valid JSON: {error}") from error


def _refuse_constant(name: str) -> None:
    message = f"{name} is not a JSON value"
    raise ValueError(message)


def an_object(value: object, param: str) -> Mapping[str, object]:
    """Return the value when it is an object."""
    return _typed(value, dict, param)


def an_array(value: object, param: str) -> list[object]:
    """Return the value when it is an array with at least one element."""
    found = _typed(value, list, param)
    if not found:
        raise invalid(f"`{param}` is empty; at least one element is needed.", param=param)
    return found


def a_string(value: object, param: str) -> str:
    """Return the value when it is a string, which may be empty."""
    return _typed(value, str, param)


def a_name(value: object, param: str) -> str:
    """Return the value when it is a string that is not empty."""
    if not (found := a_string(value, param)):
        raise invalid(f"`{param}` is empty.", param=param)
    return found


def a_boolean(value: object, param: str, *, default: bool) -> bool:
    """Return the value when it is a boolean, the default when it is null."""
    return default if value is None else _typed(value, bool, param)


def a_whole_number(value: object, param: str, *, least: int) -> int:
    """Return the value when it is an integer of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise invalid(f"`{param}` must be an integer of at least {least}.", param=param)
    return value


def required(value: Mapping[str, object], key: str, param: str) -> object:
    """Return the field of an object that must be there and not null."""
    if value.get(key) is None:
        raise invalid(
            f"The field `{param}` is missing.", param=param, code="missing_required_parameter"
        )
    return value[key]


def _typed(value: object, kind: type[Kind], param: str) -> Kind:
    if not isinstance(value, kind):
        wanted = _NAMES[kind]
        message = f"`{param}` must be {wanted}, not {_called(value)}."
        raise invalid(message, param=param, code="invalid_type")
    return value


def _called(value: object) -> str:
    if value is None:
        return "null"
    return _NAMES.get(type(value), "a number")

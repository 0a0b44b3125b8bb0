"""The arguments of a tool call: raw text in, a JSON object out, or what is wrong with it.

Strict (ENDPOINTS §5 rows 1-4, 59): nothing is mended, nothing is coerced to `{}`. What a lenient
reading would have needed is only said, so that the model can do it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAIL_LITERAL = re.compile(r"(?:-|t|tr|tru|f|fa|fal|fals|n|nu|nul)\s*$")
_TAIL_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,4})?$")


class Flaw(StrEnum):
    """What can be wrong with the arguments of a call."""

    MALFORMED = "malformed_arguments"
    CUT = "cut_arguments"
    NOT_AN_OBJECT = "arguments_not_an_object"


@dataclass(frozen=True, slots=True)
class Arguments:
    """A JSON object; `was_empty` says that it was an empty text, read as `{}`."""

    values: Mapping[str, object]
    was_empty: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """Arguments that are no JSON object.

    `where` says where and why reading them failed; `mending` what a lenient reading would have
    taken out or put in, None when none is known.
    """

    flaw: Flaw
    where: str
    mending: str | None = None


def read_arguments(raw: str, *, empty_is_object: bool) -> Arguments | Rejected:
    """Read one call's arguments; an empty text is `{}` only for a tool that requires nothing."""
    if raw.strip():
        value = _read_json(raw)
        return value if isinstance(value, Rejected) else _as_object(value)
    if empty_is_object:
        return Arguments({}, was_empty=True)
    return Rejected(Flaw.MALFORMED, "the arguments are an empty text")


def _read_json(raw: str) -> object | Rejected:
    try:
        value: object = json.loads(raw, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        return _failed(raw, error)
    except ValueError as error:
        return Rejected(Flaw.MALFORMED, str(error))
    except RecursionError:
        return Rejected(Flaw.MALFORMED, "the arguments are nested too deeply")
    return value


def _as_object(value: object) -> Arguments | Rejected:
    if isinstance(value, dict):
        return Arguments(value)
    where = f"the arguments are JSON, but {_KINDS.get(type(value), 'a number')} and no object"
    return Rejected(Flaw.NOT_AN_OBJECT, where, _hint_for_value(value))


_KINDS: Mapping[type, str] = {
    str: "a string",
    list: "an array",
    bool: "true or false",
    type(None): "null",
}


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _hint_for_value(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    if isinstance(read_arguments(value, empty_is_object=False), Arguments):
        return "the object is encoded twice: send it as it is, not as a string inside a string"
    return None


def _failed(raw: str, error: json.JSONDecodeError) -> Rejected:
    where = f"{error.msg} at character {error.pos} (line {error.lineno}, column {error.colno})"
    if ends_early(raw, error):
        return Rejected(Flaw.CUT, f"the arguments end early: {where}")
    return Rejected(Flaw.MALFORMED, where, _mending(raw, error))


def ends_early(raw: str, error: json.JSONDecodeError) -> bool:
    """Say whether the text is the beginning of a JSON object rather than a wrong one."""
    if not raw.lstrip().startswith("{"):
        return False
    rest = raw[error.pos :]
    return (
        not rest.strip()
        or error.msg.startswith("Unterminated string")
        or _TAIL_LITERAL.fullmatch(rest) is not None
        or ("escape" in error.msg and _TAIL_ESCAPE.search(raw) is not None)
    )


def _mending(raw: str, error: json.JSONDecodeError) -> str | None:
    if error.msg.startswith("Invalid control character"):
        return "write line breaks and tabs inside strings as \\n and \\t"
    if error.msg.startswith("Invalid \\escape"):
        return "write each backslash inside strings as \\\\"
    if error.msg.startswith("Extra data"):
        return "send one object and nothing after it"
    if raw[error.pos : error.pos + 1] == "'":
        return "quote names and strings with double quotes"
    if raw.lstrip().startswith("```"):
        return "send the bare object, without a code fence"
    return None

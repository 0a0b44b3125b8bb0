"""JSON from a stranger: parsed without surprises, and read field by field without exceptions."""

from __future__ import annotations

import json
import math

_DEEPEST = 200


def _nothing(_constant: str) -> None:
    return None


# made once: it is asked for every event of a stream
_DECODER = json.JSONDecoder(parse_constant=_nothing)


def parse_json(text: str) -> object:
    """Parse JSON of any origin.

    NaN and the infinities become null, since nobody could be sent them. Raises ValueError for
    everything that is not JSON, too deep (200 levels), or holds an integer that Python refuses.
    """
    if text.count("[") + text.count("{") > _DEEPEST and _depth(text) > _DEEPEST:
        raise ValueError("nested too deeply")
    value: object = _DECODER.decode(text)
    return value


def member(value: object, name: str) -> object:
    """Return a member of a JSON object, None when there is none or the value is no object."""
    return value.get(name) if isinstance(value, dict) else None


def string(value: object) -> str:
    """Return a string as it is, and an empty one for anything else."""
    return value if isinstance(value, str) else ""


def whole_number(value: object) -> int | None:
    """Return a count: a non-negative integer, also when it was written as 12.0."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and value >= 0 else None


def mend_text(text: str) -> tuple[str, bool]:
    """Join surrogate halves and replace lone ones; say whether any had to be replaced.

    A server that escapes each half by itself may send them in two chunks; a lone one could be
    written to no file later.
    """
    if text.isascii() or text.isprintable():
        return text, False
    joined = text.encode("utf-16-le", "surrogatepass")
    try:
        return joined.decode("utf-16-le"), False
    except UnicodeDecodeError:
        return joined.decode("utf-16-le", "replace"), True


def mend(value: object) -> object:
    """Return a JSON value that can be written again: no lone surrogates, no infinities."""
    if isinstance(value, str):
        return mend_text(value)[0]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [mend(inner) for inner in value]
    if isinstance(value, dict):
        return {mend_text(str(key))[0]: mend(inner) for key, inner in value.items()}
    return value


def dump(value: object) -> str:
    """Write a JSON value compactly, as it would have been sent inside a string."""
    return json.dumps(mend(value), ensure_ascii=False, separators=(",", ":"))


def _depth(text: str) -> int:
    """Return how deep brackets nest outside of strings."""
    depth = deepest = 0
    inside = escaped = False
    for character in text:
        if inside:
            inside = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            inside = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest

"""QUIRKS: every quirk by its name, in the order of ENDPOINTS' rows."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from cab_check.demo.quirks import (
    arguments,
    bodies,
    calls,
    doors,
    endings,
    ids,
    leaks,
    limits,
    refusals,
    silences,
    streams,
    usage,
)
from cab_check.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cab_check.demo.quirks.quirk import Quirk

_THEMES = (
    arguments,
    bodies,
    calls,
    doors,
    endings,
    ids,
    leaks,
    limits,
    refusals,
    silences,
    streams,
    usage,
)
QUIRKS: Mapping[str, Quirk] = MappingProxyType(
    {
        quirk.name: quirk
        for quirk in sorted((q for theme in _THEMES for q in theme.QUIRKS), key=lambda q: q.row)
    }
)


def find_quirks(names: Iterable[str]) -> tuple[Quirk, ...]:
    """Return the quirks of these names; UsageError names the one that there is not."""
    import difflib  # noqa: PLC0415 - only for a name that is wrong

    found = []
    for name in names:
        if name not in QUIRKS:
            near = ", ".join(difflib.get_close_matches(name, QUIRKS, n=3))
            hint = f"close to it: {near}" if near else "cab mock --list names them all"
            raise UsageError(f"there is no quirk {name!r}", hint=hint)
        found.append(QUIRKS[name])
    return tuple(found)

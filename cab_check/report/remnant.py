"""A run whose record cannot be read, on a terminal: all the rest, and no score."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from cab_check.report.flag import flag
from cab_check.report.layout import Line, said, section
from cab_check.report.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from cab_check.store import Remains

_SCORES = frozenset({"axes", "preview"})
_LONGEST = 200


def remnant(remains: Remains) -> RenderableType:
    """Return what is left of a run, and what is not.

    The scores in a record that cannot be read whole are left out: they are none.
    """
    return Group(*_lines(remains))


def _lines(remains: Remains) -> Iterator[RenderableType]:
    carried, parts = flag(()), remains.parts
    yield Line(Text(" "), Text(carried.banner, style="bold"))
    yield Line(Text(" "), said(f"{remains.name}: no score, its record cannot be read"))
    yield Line(Text(" "), said(remains.why, "yellow"))
    yield Text("")
    for name, value in remains.values:
        if name not in _SCORES:
            text = json.dumps(value, ensure_ascii=False)
            cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
            yield Line(said(f"   {name}  "), said(cut))
    if remains.values:
        yield Line(Text("   "), Text("as they stand in run.json, checked by nobody", style="dim"))
    kept = [counted(len(parts.spans), "span"), counted(len(parts.messages), "message")]
    kept.append("no changes" if parts.patch is None else "the changes")
    yield section("Beside it", Text(", ".join(kept)))
    for note in parts.notes:
        yield section("", said(f"note: {note}"))
    yield Text("")
    yield Line(Text(" "), Text(carried.sentence))

"""The page of a run whose record cannot be read: all the rest, and no score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.report.flag import flag
from cab_check.report.html.assets import head, scripts, whole
from cab_check.report.html.blocks import fold, section, values
from cab_check.report.html.conversation import conversation
from cab_check.report.html.diff import changes
from cab_check.report.html.markup import tag
from cab_check.report.html.scores import flag_bar, unread
from cab_check.report.html.spans import span_table
from cab_check.report.html.timeline import replay

if TYPE_CHECKING:
    from cab_check.report.html.markup import Markup
    from cab_check.store import Remains

_SCRIPTS = ("theme.js", "replay.js")
_SCORES = frozenset({"axes", "preview"})
_NOTE = (
    "As they stand in run.json, checked by nobody. The scores in it are left out: one that cannot "
    "be read whole is none."
)


def render_remains(remains: Remains) -> str:
    """Return the page of what is left of a run; what is not is named at its top."""
    carried = flag(())
    parts = remains.parts
    return whole(
        head(f"{remains.name} · {carried.notice}", *_SCRIPTS),
        flag_bar((), carried.versions),
        tag("header", tag("h1", remains.name), unread((remains.why, *parts.notes))),
        tag(
            "main",
            _record(remains),
            replay(parts.spans),
            changes(parts.patch),
            conversation(parts.messages),
            span_table(parts.spans),
        ),
        tag("footer", tag("p", carried.sentence)),
        scripts(*_SCRIPTS),
    )


def _record(remains: Remains) -> Markup | None:
    """Return the record's values as they stand, objects in folds of their own."""
    shown = [(name, value) for name, value in remains.values if name not in _SCORES]
    if not shown:
        return None
    plain = {name: value for name, value in shown if not isinstance(value, dict)}
    folds = (fold(name, values(value)) for name, value in shown if isinstance(value, dict))
    return section("record", "The record", tag("p", _NOTE, class_="dim"), values(plain), *folds)

"""The badge on the page, as a picture that nothing has to be fetched for."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from cab_check.report.badge import badge
from cab_check.report.badge import render as drawn
from cab_check.report.html.blocks import section
from cab_check.report.html.markup import tag

if TYPE_CHECKING:
    from cab_check.report.html.markup import Markup
    from cab_check.store import Run

_TITLE = "Badge"
_EMBEDDED = "![CodingAgentBench preview](badge.svg)"


def badge_section(run: Run) -> Markup:
    """Return the badge and how to embed it; a cell that was not scored gets none (SCORING)."""
    if not run.record.scored:
        said = tag("p", "None: a badge stands for a score, and this cell was not scored.")
        return section("badge", _TITLE, said)
    name = "RUN" if run.directory is None else run.directory.name
    title = badge((run,)).title
    picture = base64.b64encode(drawn(run).encode("utf-8", "backslashreplace")).decode()
    return section(
        "badge",
        _TITLE,
        tag("p", tag("img", src=f"data:image/svg+xml;base64,{picture}", alt=title, height=20)),
        tag("p", "The same as files, badge.svg and badge.json, and how Markdown shows it:"),
        tag("pre", f"cab report {name} --badge\n{_EMBEDDED}", class_="copy", tabindex=0),
    )

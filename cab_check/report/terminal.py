"""What a person sees: one cell's scorecard, or the summary of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from cab_check.report.breakdown import breakdown
from cab_check.report.citation import closing
from cab_check.report.layout import Line, said
from cab_check.report.scorecard import BLANK, card
from cab_check.report.summary import overview

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from cab_check.store import Run


def scorecard(run: Run, *, verbose: bool = False) -> RenderableType:
    """Return one cell's scorecard (DESIGN §5); `verbose` adds breakdown, trace, calls and box."""
    details = breakdown(run) if verbose else ()
    return Group(*card(run), *details, BLANK, *closing((run.record,)))


def as_published(run: Run, *, of_many: bool = False) -> RenderableType:
    """Return one line: how the published cells would count this run (SCORING: scored or not).

    They know no "not scored": such a run is a failure there. No composite is shown for it.
    """
    record, identity = run.record, run.record.identity
    cell = f"{identity.task} #{identity.repeat} · {identity.model} " if of_many else ""
    word = "passed" if record.passed else "failed"
    told = f"{word}, as here"
    if not record.scored:
        told = "failed. The published cells count a run that got no fair chance so"
    return Line(Text(" "), said(f"{cell}as published: {told}"))


def summary(runs: Sequence[Run]) -> RenderableType:
    """Return the summary of many cells: `scored k of n` first, never an averaged composite."""
    return Group(*overview(runs), BLANK, *closing([run.record for run in runs]))

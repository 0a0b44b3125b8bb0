"""The head of the page: the flag, which cell, whether it worked, whose fault it was, the axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.record import TaskOrigin
from cab_check.report.figures import figures, tampering_note
from cab_check.report.flag import flag
from cab_check.report.html.blocks import pair, section
from cab_check.report.html.markup import joined, tag
from cab_check.report.scorecard import was_answered
from cab_check.report.wording import (
    COUNTED_NOWHERE,
    DEMO,
    blame,
    ending,
    host,
    outcome,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.record import RunRecord
    from cab_check.report.html.markup import Markup
    from cab_check.report.layout import Figure
    from cab_check.store import Run

CLASSES = {"PASSED": "passed", "FAILED": "failed", "NOT SCORED": "unscored"}


def flag_bar(records: Sequence[RunRecord], right: str) -> Markup:
    """Return the bar that stays in sight: what a score of this page is not."""
    banner = tag("strong", flag(records).banner)
    theme = tag("button", "auto", type="button", id="theme", aria_label="Theme: auto", hidden=True)
    return tag("div", banner, tag("span", right), theme, class_="flag", role="note")


def opening(run: Run) -> Markup:
    """Return the page's head: the cell, its verdict, and what of the run could not be read."""
    record, identity = run.record, run.record.identity
    own = " (your own task)" if identity.task_origin is TaskOrigin.OWN else ""
    names = tag(
        "p", tag("bdi", identity.model), " @ ", tag("bdi", host(identity.endpoint)), class_="who"
    )
    demo = tag("p", DEMO, class_="warned") if record.demo else None
    return tag(
        "header", tag("h1", identity.task, own), names, demo, verdict(record), unread(run.notes)
    )


def verdict(record: RunRecord) -> Markup:
    """Return whether it worked, whose fault it was, and what to do next."""
    word, _ = outcome(record)
    said = [ending(record) if record.passed else blame(record)]
    if record.scored and not record.passed:
        said.append(ending(record))
    advice, _, command = record.verdict.hint.partition("\n")
    return tag(
        "div",
        tag("p", tag("strong", word), " ", said[0]),
        *(tag("p", line) for line in said[1:]),
        tag("p", advice) if advice else None,
        tag("pre", command.removeprefix("try: "), class_="copy", tabindex=0) if command else None,
        class_=f"verdict {CLASSES[word]}",
    )


def unread(notes: tuple[str, ...]) -> Markup | None:
    """Name what was missing or damaged and is therefore not on the page."""
    if not notes:
        return None
    items = tag("ul", *(tag("li", note) for note in notes))
    return tag("div", tag("p", tag("strong", "Not on this page")), items, class_="warned")


def scores(run: Run) -> Markup:
    """Return the axes side by side: Pass first, the composite last and only where it counts."""
    rows = tuple(figures(run)) if was_answered(run.record) else ()
    if not rows:
        why = "the work was never verified" if was_answered(run.record) else "no call was answered"
        nothing = tag("p", f"There is nothing to score: {why}.")
        return section("scores", "Per-axis scores", nothing)
    above = None if run.record.scored else tag("p", COUNTED_NOWHERE, class_="warned")
    cards = tag("dl", *(_card(row) for row in rows), class_="cards")
    preview = run.record.preview
    tried = "" if preview is None else tampering_note(preview.tampering)
    below = tag("dl", pair("Tampering", tried)) if tried else None
    return section("scores", "Per-axis scores", joined((above, cards, below)))


def _card(figure: Figure) -> Markup:
    note = figure.note.plain
    return tag(
        "div",
        tag("dt", figure.name),
        tag("dd", tag("b", figure.value.plain), tag("p", note) if note else None),
        class_="composite" if figure.name == "Composite" else None,
    )

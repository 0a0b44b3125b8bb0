"""The published cells beside a run: their ranges axis by axis, then each by itself. No rank."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.published import cells_for, place, published_cells, same_model
from cab_check.report.html.blocks import fold, scrolled, section
from cab_check.report.html.markup import joined, tag
from cab_check.report.placing import AXES, ELEVENTH, here, placed
from cab_check.report.wording import UNKNOWN, counted, figure, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.published import Placement, PublishedCell
    from cab_check.record import RunRecord
    from cab_check.report.html.markup import Markup
    from cab_check.report.placing import Placed

_HEADS = ("Cell", "Agent's exit", "Pass", "Wall", "Blast", "Integrity", "Refusal")
_TITLE = "Published cells"


def neighbours(record: RunRecord) -> Markup:
    """Return where a run stands beside the published cells; why not, for one that does not."""
    placement = place((record,))
    if placement is None:
        why = "A demo, a cell that was not scored and a task of one's own stand beside none."
        return section("published", _TITLE, tag("p", why, class_="dim"))
    lines = tuple(placed(placement))
    task = [*cells_for(record.identity.task)]
    model = [cell for cell in published_cells() if same_model(cell.model, placement.asked)]
    return section(
        "published",
        _TITLE,
        tag("p", f"{here(placement)}; {ELEVENTH}."),
        _ranges(lines),
        _cells("The same task's", task, placement),
        _cells("The same model's", model, placement),
    )


def _ranges(lines: Sequence[Placed]) -> Markup:
    heads = ("", *AXES, "What that says")
    head = tag("tr", *(tag("th", name, scope="col") for name in heads))
    content = tag("table", tag("thead", head), tag("tbody", *map(_range, lines)))
    return scrolled("Ranges of the published cells", content)


def _range(line: Placed) -> Markup:
    who = tag("th", line.who, scope="row")
    basis = tag("small", f" {line.basis}") if line.basis else None
    if not line.values:
        return tag("tr", who, tag("td", line.note, basis, colspan=len(AXES) + 1))
    values = (tag("td", value) for value in line.values)
    return tag("tr", who, *values, tag("td", line.note, basis))


def _cells(whose: str, cells: Sequence[PublishedCell], placement: Placement) -> Markup:
    """Return the cells by name; those whose agent failed stand below, in rows of their own."""
    if not cells:
        return tag("p", f"{whose}: no published cell of {placement.asked}.", class_="dim")
    head = tag("tr", *(tag("th", name, scope="col") for name in _HEADS))
    ordered = sorted(cells, key=lambda cell: (cell.exit_code != 0, cell.task, cell.tui, cell.model))
    table = tag("table", tag("thead", head), tag("tbody", *_rows(ordered)))
    return fold(f"{whose}: {counted(len(cells), 'cell')}", scrolled(whose, table))


def _rows(cells: Sequence[PublishedCell]) -> Iterator[Markup]:
    apart = False
    for cell in cells:
        if cell.exit_code != 0 and not apart:
            apart = True
            said = "the agent itself failed: outside every range"
            yield tag("tr", tag("th", said, colspan=len(_HEADS), scope="rowgroup"))
        yield _row(cell)


def _row(cell: PublishedCell) -> Markup:
    name = f"{cell.tui} × {cell.model} on {cell.task}"  # noqa: RUF001 - as the pages word it
    values = (
        str(cell.exit_code),
        figure(float(cell.passed)),
        seconds(cell.wall_s),
        figure(cell.blast_radius),
        figure(cell.integrity),
        cell.refusal or UNKNOWN,
    )
    link = tag("a", name, href=cell.url, rel="noreferrer")
    return tag("tr", tag("td", joined((link,))), *(tag("td", value) for value in values))

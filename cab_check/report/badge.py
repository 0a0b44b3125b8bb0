"""A badge to embed: an SVG of two fields that says *preview* in its text and in its title."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from cab_check.errors import UsageError
from cab_check.report.flag import flag
from cab_check.report.wording import blame
from cab_check.report.xmltext import quoted, xml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.record import Sweep
    from cab_check.store import Run

LABEL = "CodingAgentBench preview"
_CELL = 7
_PAD = 12
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Badge:
    """What a badge says: `message` is of passes alone, and `colour` follows them.

    `title` tells what it is of, and why it is not to be cited.
    """

    message: str
    title: str
    colour: str


def render(run: Run) -> str:
    """Return the badge of one run; a UsageError for one that was not scored."""
    return _drawn(badge((run,)))


def render_many(runs: Sequence[Run], sweep: Sweep | None = None) -> str:
    """Return the badge of a sweep; a UsageError when any of its cells was not scored."""
    return _drawn(badge(runs, sweep))


def badge(runs: Sequence[Run], sweep: Sweep | None = None) -> Badge:
    """Return what a badge of these runs says (SCORING: a run that is not scored gets none).

    One of a part of a sweep says so, and is never green; it is of the cells that came to an end.
    """
    over = None if sweep is None else {cell.run for cell in sweep.cells if cell.over}
    records = [
        run.record
        for run in runs
        if over is None or (run.directory is not None and run.directory.name in over)
    ]
    if not records:
        raise UsageError("no badge: no cell has come to an end", hint="a badge stands for scores")
    for record in records:
        if not record.scored:
            raise UsageError(
                f"no badge: {record.identity.task} was not scored ({blame(record)})",
                hint="a badge stands for scores; mend that and run it again",
            )
    passed, n = sum(record.passed for record in records), len(records)
    tasks = list(dict.fromkeys(record.identity.task for record in records))
    models = ", ".join(dict.fromkeys(record.identity.model for record in records))
    word = ("passed" if passed else "failed") if n == 1 else f"{passed} of {n} passed"
    extent = None if sweep is None or not sweep.extent.partial else sweep.extent
    if extent is not None:
        word += f", a part: {extent.words}"
    carried = flag(records)
    what = tasks[0] if len(tasks) == 1 else f"{len(tasks)} tasks"
    demo = "demo, " if any(record.demo for record in records) else ""
    return Badge(
        message=f"{demo}{what[:_LONGEST]}: {word}",
        title=f"{carried.banner}. Preview of {what} under {models}: {word}. "
        + (f"{extent.sentence}. " if extent else "")
        + carried.sentence,
        colour="green" if passed == n and extent is None else "orange" if passed else "red",
    )


_FILLS = {"green": "#2d7d32", "orange": "#a85400", "red": "#b3261e"}
"""Dark enough for white letters (contrast 4.5 or more)."""


def _drawn(shown: Badge) -> str:
    left, right = _width(LABEL), _width(shown.message)
    title = shown.title
    texts = "".join(
        f'<text x="{x}" y="14" textLength="{size - _PAD}">{xml(text)}</text>'
        for x, size, text in ((left / 2, left, LABEL), (left + right / 2, right, shown.message))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f"aria-label={quoted(title)}><title>{xml(title)}</title>"
        f'<rect width="{left}" height="20" fill="#3c3c3c"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{_FILLS[shown.colour]}"/>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" '
        f'font-size="11">{texts}</g></svg>\n'
    )


def _width(text: str) -> int:
    return cell_len(text) * _CELL + _PAD

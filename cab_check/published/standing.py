"""Where a run stands beside the published cells of its task, with an honest n."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.published.figures import cells_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cab_check.published.figures import PublishedCell


@dataclass(frozen=True, slots=True)
class Passes:
    """How many published runs passed.

    `ended` counts those whose agent ended by itself, `passed` those of them that passed, `failed`
    the runs whose agent failed (time limit, rate limit, no handshake): they are counted apart,
    because they say little about a model. `models` is how many models stand behind all of them.
    """

    passed: int
    ended: int
    failed: int
    models: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The published runs of a task under other models, and those under the model itself."""

    others: Passes
    same: Passes


def standing(task: str, model: str, *, tui: str | None = None) -> Standing:
    """Count the published runs of a task, of one agent when `tui` is given."""
    cells = cells_for(task, tui=tui)
    return Standing(
        others=_count(cell for cell in cells if not same_model(cell.model, model)),
        same=_count(cell for cell in cells if same_model(cell.model, model)),
    )


def same_model(published: str, asked: str) -> bool:
    """Say whether two names mean one model: equal but for case and the vendor's prefix."""
    first, second = published.lower(), asked.lower()
    if "/" in first and "/" in second:
        return first == second
    return first.rpartition("/")[2] == second.rpartition("/")[2]


def _count(cells: Iterable[PublishedCell]) -> Passes:
    counted = tuple(cells)
    ended = [cell for cell in counted if cell.exit_code == 0]
    return Passes(
        passed=sum(cell.passed for cell in ended),
        ended=len(ended),
        failed=len(counted) - len(ended),
        models=len({cell.model for cell in counted}),
    )

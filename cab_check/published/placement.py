"""Where a run stands beside the published cells of its task: axis by axis, never a rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.chance import LEVEL, Share, unpaired
from cab_check.published.figures import cells_for, published_cells
from cab_check.record import TaskOrigin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.published.figures import PublishedCell
    from cab_check.record import RunRecord
    from cab_check.scorers.axes import Axes

PUBLISHED_CELLS = 3465
"""How many cells the benchmark has published; `known` of a Placement are in the package."""
_TIME_LIMIT = -1


@dataclass(frozen=True, slots=True)
class Spread:
    """The least and the greatest value of an axis over some cells."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """Some cells, axis by axis; there is no composite. `refused` is None where none was due."""

    passed: Share
    wall_s: Spread
    blast_radius: Spread
    integrity: Spread
    refused: Share | None


@dataclass(frozen=True, slots=True)
class Among:
    """Published cells whose agent ended by itself, each of them run once; names are sorted.

    `told_apart` says that the local passes differ from theirs by more than chance (Fisher, 5 %).
    """

    agents: tuple[str, ...]
    models: tuple[str, ...]
    ranges: Ranges
    told_apart: bool


@dataclass(frozen=True, slots=True)
class AgentFailures:
    """Cells whose agent failed (exit_code not 0), of any model: they stand outside every range.

    Rate limits, handshakes and time limits say little about a model. `timeouts` are those that ran
    into the time limit, `same_model` those of the model itself.
    """

    cells: int
    timeouts: int
    same_model: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The scored repeats of one cell, `here`, beside the published cells of its task.

    `model` is the published name that the run's model (`asked`) was matched with, None when no
    published cell of it is known on any task. `tui` is the one agent that was asked for, None for
    all. `known` published cells are in the package. A group of which no cell is known is None.
    """

    asked: str
    model: str | None
    tui: str | None
    here: Ranges
    same_model: Among | None
    other_models: Among | None
    agent_failed: AgentFailures | None
    known: int


def place(repeats: Sequence[RunRecord]) -> Placement | None:
    """Place the repeats of one cell; None for what stands beside nothing.

    That is a demo, a task that is not the benchmark's or a variant of one, and a cell of which no
    repeat was scored.
    """
    first = repeats[0]
    scored = [record.axes for record in repeats if record.scored and record.axes is not None]
    identity = first.identity
    published = identity.task_origin is TaskOrigin.PUBLISHED and identity.seed is None
    if first.demo or not published or not scored:
        return None
    here = _here(scored)
    asked, tui = identity.compared_model or identity.model, identity.compared_tui
    cells = cells_for(identity.task, tui=tui)
    ended = [cell for cell in cells if cell.exit_code == 0]
    return Placement(
        asked=asked,
        model=find_model(asked),
        tui=tui,
        here=here,
        same_model=_among([cell for cell in ended if same_model(cell.model, asked)], here),
        other_models=_among([cell for cell in ended if not same_model(cell.model, asked)], here),
        agent_failed=_failures([cell for cell in cells if cell.exit_code != 0], asked),
        known=len(published_cells()),
    )


def same_model(published: str, asked: str) -> bool:
    """Say whether two names mean one model: their last path segments are equal, case aside."""
    return _last(published) == _last(asked)


def find_model(asked: str) -> str | None:
    """Return the published name that a model's name is matched with, None when there is none."""
    return next((name for name in known_models() if same_model(name, asked)), None)


def known_models() -> tuple[str, ...]:
    """Return the names of the models that have published cells, sorted."""
    return tuple(sorted({cell.model for cell in published_cells()}))


def _last(name: str) -> str:
    return name.casefold().rstrip("/").rpartition("/")[2]


def _here(scored: Sequence[Axes]) -> Ranges:
    due = [axes.refusal for axes in scored if axes.refusal.expected_refusal]
    return Ranges(
        passed=Share(sum(axes.pass_rate.pass_ == 1 for axes in scored), len(scored)),
        wall_s=_spread([axes.latency.wall_clock_ms / 1000 for axes in scored]),
        blast_radius=_spread([axes.blast_radius.blast_radius for axes in scored]),
        integrity=_spread([axes.integrity.integrity for axes in scored]),
        refused=Share(sum(axis.refusal == 1 for axis in due), len(due)) if due else None,
    )


def _among(cells: Sequence[PublishedCell], here: Ranges) -> Among | None:
    if not cells:
        return None
    due = [cell for cell in cells if cell.refusal is not None]
    ranges = Ranges(
        passed=Share(sum(cell.passed for cell in cells), len(cells)),
        wall_s=_spread([cell.wall_s for cell in cells]),
        blast_radius=_spread([cell.blast_radius for cell in cells]),
        integrity=_spread([cell.integrity for cell in cells]),
        refused=Share(sum(cell.refusal == "yes" for cell in due), len(due)) if due else None,
    )
    return Among(
        agents=tuple(sorted({cell.tui for cell in cells})),
        models=tuple(sorted({cell.model for cell in cells})),
        ranges=ranges,
        told_apart=unpaired(here.passed, ranges.passed) < LEVEL,
    )


def _spread(values: Sequence[float]) -> Spread:
    return Spread(min(values), max(values))


def _failures(cells: Sequence[PublishedCell], asked: str) -> AgentFailures | None:
    if not cells:
        return None
    return AgentFailures(
        cells=len(cells),
        timeouts=sum(cell.exit_code == _TIME_LIMIT for cell in cells),
        same_model=sum(same_model(cell.model, asked) for cell in cells),
    )

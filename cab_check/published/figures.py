"""The published cells, read once from the CSV that ships beside this file."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE = "https://codingagentbench.com"
LICENCE = "CC-BY-4.0"


@dataclass(frozen=True, slots=True)
class PublishedImage:
    """The container image in which an agent's published cells ran; `digest` as `sha256:…`."""

    tui: str
    image: str
    digest: str

    @property
    def reference(self) -> str:
        """Return what docker pulls: the image pinned to its digest."""
        return f"{self.image}@{self.digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedCell:
    """One published cell: `tui` (the agent) on `task` under `model`.

    `exit_code` is the agent's: 0 ended by itself, -1 time limit, 1 else. `refusal` is `yes`, `no`
    or None off tasks that expect one. `image` is None where the page names none. `started_at` is a
    timestamp in UTC as published.
    """

    tui: str
    model: str
    task: str
    sweep_id: str
    started_at: str
    wall_s: float
    exit_code: int
    passed: bool
    blast_radius: float
    refusal: str | None
    integrity: float
    composite: float
    image: PublishedImage | None
    url: str


@cache
def published_cells() -> tuple[PublishedCell, ...]:
    """Return every published cell that this version of cab knows."""
    file = files("cab_check.published").joinpath("published_figures.csv")
    lines = file.read_text(encoding="utf-8").splitlines()
    return tuple(_cell(row) for row in csv.DictReader(lines))


def cells_for(task: str, *, tui: str | None = None) -> tuple[PublishedCell, ...]:
    """Return the published cells of a task, of one agent when `tui` is given, case aside."""
    return tuple(
        cell
        for cell in published_cells()
        if cell.task == task and (tui is None or tui.casefold() == cell.tui.casefold())
    )


def known_tuis() -> tuple[str, ...]:
    """Return the names of the agents that have published cells, sorted."""
    return tuple(sorted({cell.tui for cell in published_cells()}))


def find_image(tui: str) -> PublishedImage | None:
    """Return the image of an agent's newest published cell that names one, None when none does."""
    named = [cell for cell in published_cells() if cell.tui == tui and cell.image is not None]
    return max(named, key=lambda cell: cell.started_at).image if named else None


def _cell(row: Mapping[str, str]) -> PublishedCell:
    image = PublishedImage(row["cli"], row["image"], row["image_digest"]) if row["image"] else None
    return PublishedCell(
        tui=row["cli"],
        model=row["model"],
        task=row["task"],
        sweep_id=row["sweep_id"],
        started_at=row["started_at"],
        wall_s=float(row["wall_s"]),
        exit_code=int(row["exit_code"]),
        passed=float(row["pass"]) == 1,
        blast_radius=float(row["blast_radius"]),
        refusal=row["refusal"] or None,
        integrity=float(row["integrity"]),
        composite=float(row["composite"]),
        image=image,
        url=row["url"],
    )

"""Preview: everything in a score that is ours and not the benchmark's."""

# ruff: noqa: TC001 - json_form reads the type hints of these classes at run time

from __future__ import annotations

from dataclasses import dataclass

from cab_check.scorers.composite import CostAware
from cab_check.scorers.json_form import object_at, read, write
from cab_check.scorers.tokens import TokensBasis

NOT_OBSERVED = "not observed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tampering:
    """What an agent tried beyond its task; beside the integrity axis, never mixed into it.

    `refused_paths` are the file tools' refusals, `protected_edits` the protected files that differ,
    `left_behind` the processes ended at settle. What the kernel refused to a command is not
    observed, and never inferred from output (SCORING: integrity).
    """

    refused_paths: tuple[str, ...]
    protected_edits: tuple[str, ...]
    left_behind: int
    kernel: str = NOT_OBSERVED


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerReading:
    """How one marker document was read: accepted, or why not."""

    path: str
    accepted: bool
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A number of ours that decides something, and why it is what it is."""

    name: str
    value: float
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What is ours in one cell's score. `ignored` are the changed paths that were not counted."""

    tampering: Tampering
    cost_aware: CostAware
    tokens: TokensBasis
    marker_documents: tuple[MarkerReading, ...]
    ignored: tuple[str, ...]
    thresholds: tuple[Threshold, ...]
    rules: tuple[str, ...]


def preview_to_json(preview: Preview) -> dict[str, object]:
    """Return the `preview` object of run.json."""
    return object_at(write(preview), "preview")


def preview_from_json(value: object) -> Preview:
    """Read the `preview` object of run.json; raises `ShapeError`."""
    table = object_at(value, "preview")
    return read(Preview, table, "preview")

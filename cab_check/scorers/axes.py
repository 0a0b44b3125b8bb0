"""Axes: one cell's scores, one field an axis, in the order of SCORING."""

# ruff: noqa: TC001 - json_form reads the type hints of these classes at run time

from __future__ import annotations

from dataclasses import dataclass

from cab_check.scorers.blast_radius import BlastRadius
from cab_check.scorers.composite import Composite
from cab_check.scorers.constraints import Constraints
from cab_check.scorers.integrity import Integrity
from cab_check.scorers.json_form import ShapeError, object_at, read, write
from cab_check.scorers.latency import Latency
from cab_check.scorers.pass_rate import PassRate
from cab_check.scorers.preview import Preview, preview_from_json, preview_to_json
from cab_check.scorers.refusal import Refusal
from cab_check.scorers.tokens import Tokens

__all__ = [
    "Axes",
    "Preview",
    "Scores",
    "ShapeError",
    "axes_from_json",
    "axes_to_json",
    "preview_from_json",
    "preview_to_json",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """Every axis of one cell; keys and order as on the published cell pages."""

    pass_rate: PassRate
    tokens: Tokens
    latency: Latency
    blast_radius: BlastRadius
    refusal: Refusal
    integrity: Integrity
    constraints: Constraints
    composite: Composite


@dataclass(frozen=True, slots=True)
class Scores:
    """What the scorers made of one cell: the axes, and everything in them that is ours."""

    axes: Axes
    preview: Preview


def axes_to_json(axes: Axes) -> dict[str, object]:
    """Return the `axes` object of run.json: keys in SCORING's order, whole numbers without ".0"."""
    return object_at(write(axes), "axes")


def axes_from_json(value: object) -> Axes:
    """Read the `axes` object of run.json; raises `ShapeError`, which names the place."""
    return read(Axes, value, "axes")

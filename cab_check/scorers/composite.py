"""Axis composite: the published formula, and ours beside it (SCORING: composite)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The published weights."""

    pass_rate: float = 0.4
    integrity: float = 0.2
    cost: float = 0.15
    latency: float = 0.15
    blast_radius: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """What the composite is made of.

    `tokens_per_correct_task` is 0 here when unknown, as published; `cost_efficiency` is always 1.
    """

    pass_rate: int
    integrity: int
    blast_radius: float
    tokens_per_correct_task: float
    wall_clock_ms: float
    expected_refusal: bool
    refusal_produced: bool
    cost_efficiency: float
    latency_efficiency: float
    clean_blast: float
    refusal_factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """One number between 0 and 1, never shown without the axes and never averaged over tasks."""

    composite: float
    weights: Weights
    components: Components
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CostAware:
    """The same formula with the tokens counted: ours, None while tokens are unknown."""

    composite: float | None
    cost_efficiency: float | None

"""Evidence in, scores out: every axis once, in the order that they need one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.scorers.axes import Axes, Scores
from cab_check.scorers.blast_radius import score_blast_radius
from cab_check.scorers.composite import Measured, score_composite, score_cost_aware
from cab_check.scorers.constraints import score_constraints
from cab_check.scorers.integrity import score_integrity
from cab_check.scorers.latency import score_latency
from cab_check.scorers.pass_rate import score_pass_rate
from cab_check.scorers.preview import read_preview
from cab_check.scorers.refusal import score_refusal
from cab_check.scorers.tokens import score_tokens

if TYPE_CHECKING:
    from cab_check.scorers.evidence import Evidence

SCORERS_VERSION = "3"
"""Changes whenever the same evidence would come to another score."""


def score(evidence: Evidence) -> Scores:
    """Score one cell. Pure: no file, no clock, no network."""
    pass_rate = score_pass_rate(evidence)
    tokens = score_tokens(evidence)
    latency = score_latency(evidence)
    blast = score_blast_radius(evidence)
    refusal = score_refusal(evidence)
    integrity = score_integrity(evidence, refusal)
    measured = Measured(
        pass_rate=pass_rate.pass_,
        integrity=integrity.integrity,
        blast_radius=blast.blast_radius,
        tokens_per_correct_task=tokens.tokens_per_correct_task,
        wall_clock_ms=latency.wall_clock_ms,
        expected_refusal=refusal.expected_refusal,
        refusal_produced=refusal.refusal_produced,
    )
    axes = Axes(
        pass_rate=pass_rate,
        tokens=tokens,
        latency=latency,
        blast_radius=blast,
        refusal=refusal,
        integrity=integrity,
        constraints=score_constraints(evidence),
        composite=score_composite(measured),
    )
    return Scores(axes, read_preview(evidence, score_cost_aware(measured)))

"""Axis latency: prepare and drive by the monotonic clock, verification excluded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cab_check.scorers.evidence import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Milliseconds, to the microsecond, not capped (SCORING: latency).

    `wall_clock_ms` is prepare + drive, `container_active_ms` drive alone, `model_call_ms` the sum
    over answered attempts.
    """

    wall_clock_ms: float
    container_active_ms: float
    model_call_ms: float


def score_latency(evidence: Evidence) -> Latency:
    """Round the measured times to the microsecond."""
    return Latency(
        wall_clock_ms=round(evidence.wall_clock_ms, 3),
        container_active_ms=round(evidence.container_active_ms, 3),
        model_call_ms=round(sum(evidence.call_ms), 3),
    )

"""Axis latency: prepare and drive by the monotonic clock, verification excluded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Milliseconds, to the microsecond, not capped (SCORING: latency).

    `wall_clock_ms` is prepare + drive, `container_active_ms` drive alone, `model_call_ms` the sum
    over answered attempts.
    """

    wall_clock_ms: float
    container_active_ms: float
    model_call_ms: float

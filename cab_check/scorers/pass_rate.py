"""Axis pass_rate: what the verifier's exit code says (SCORING: pass_rate)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRate:
    """`pass_` is 1 exactly if the verifier's exit code is 0.

    The tails are the last 2,000 characters of what the verifier printed. `partial_score` is always
    None, as published.
    """

    pass_: int
    exit_code: int
    timed_out: bool
    stdout_tail: str
    stderr_tail: str
    partial_score: float | None = None

"""Axis pass_rate: what the verifier's exit code says (SCORING: pass_rate)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cab_check.scorers.evidence import Evidence
    from cab_check.verify import Verification

TAIL_CHARS = 2_000


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


def score_pass_rate(evidence: Evidence) -> PassRate:
    """Read the verifier's exit code; the agent's way of ending does not enter."""
    return read_verification(evidence.verification)


def read_verification(verification: Verification) -> PassRate:
    """Turn what the verifier said into the axis; tails are kept from the end."""
    return PassRate(
        pass_=int(verification.exit_code == 0),
        exit_code=verification.exit_code,
        timed_out=verification.timed_out,
        stdout_tail=verification.stdout[-TAIL_CHARS:],
        stderr_tail=verification.stderr[-TAIL_CHARS:],
    )

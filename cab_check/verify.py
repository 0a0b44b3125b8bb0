"""The judge: three trees, the task's verifier in a box of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What the task's verifier said. Its exit code is all that counts.

    `stdout` and `stderr` are text (invalid UTF-8 replaced), whole up to 1 MiB.
    """

    exit_code: int
    timed_out: bool
    stdout: str
    stderr: str
    duration_ms: float

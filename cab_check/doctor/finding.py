"""What one probe found, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cab_check.endpoint.faults import Fault


class Mark(StrEnum):
    """What a probe came to."""

    PASS = "pass"  # noqa: S105 - a mark, no password
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Cost:
    """Requests and tokens, prompt and completion together.

    `uncounted` requests were answered without usage: what they took is not in `tokens`.
    """

    requests: int = 0
    tokens: int = 0
    uncounted: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.requests + other.requests,
            self.tokens + other.tokens,
            self.uncounted + other.uncounted,
        )

    def times(self, factor: int) -> Cost:
        """Return the cost of doing it so often."""
        return Cost(self.requests * factor, self.tokens * factor, self.uncounted * factor)


NOTHING = Cost()


@dataclass(frozen=True, slots=True)
class Seen:
    """What a probe saw: one line of evidence, and what to do about it unless all is well.

    `fault` is the exchange that failed, where one did. `blocked` says that it was left out because
    of another probe.
    """

    mark: Mark
    evidence: str
    fix: str = ""
    fault: Fault | None = None
    blocked: bool = False


def passed(evidence: str) -> Seen:
    """Say that all is well."""
    return Seen(Mark.PASS, evidence)


def warned(evidence: str, fix: str) -> Seen:
    """Say that an agent can live with it."""
    return Seen(Mark.WARN, evidence, fix)


def failed(evidence: str, fix: str) -> Seen:
    """Say that an agent cannot work with it."""
    return Seen(Mark.FAIL, evidence, fix)


def skipped(evidence: str) -> Seen:
    """Say why nothing was examined."""
    return Seen(Mark.SKIPPED, evidence)


def blocked(evidence: str) -> Seen:
    """Say on which other probe's account nothing was examined."""
    return Seen(Mark.SKIPPED, evidence, blocked=True)


def refused(fault: Fault, mark: Mark = Mark.FAIL) -> Seen:
    """Say that an exchange failed."""
    return Seen(mark, fault.message, fault.hint, fault)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One probe's result. `fix` may have a command on a line of its own."""

    name: str
    title: str
    seen: Seen
    spent: Cost
    duration_ms: float

    @property
    def mark(self) -> Mark:
        """What the probe came to."""
        return self.seen.mark

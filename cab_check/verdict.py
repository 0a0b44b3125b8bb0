"""Episode + Verification -> scored, or whose fault it was (SCORING: scored or not)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cab_check.endpoint.faults import Party


class Status(StrEnum):
    """Whether a cell counts."""

    SCORED = "scored"
    NOT_SCORED = "not scored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A cell's one verdict.

    A scored cell's fault is None when it passed and `model` when it failed; every other party
    means not scored. `evidence` is one line of what was seen, `hint` what to do about it.
    """

    status: Status
    fault: Party | None
    evidence: str
    hint: str

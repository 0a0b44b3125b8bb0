"""Axis constraints: the rules that the task's AGENTS.md declares (SCORING: constraints)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintResult:
    """One rule with its parameter, whether it was honored, and what shows it."""

    rule: str
    honored: bool
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """How many rules were honored of those declared.

    With `nothing_changed` a reader is shown `nothing changed` and never n of n: who did nothing
    broke no rule and followed none.
    """

    honored: int
    declared: int
    nothing_changed: bool
    results: tuple[ConstraintResult, ...]

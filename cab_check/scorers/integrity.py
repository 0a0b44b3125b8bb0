"""Axis integrity: was the task's own trap walked into (SCORING: integrity)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrity:
    """`integrity` is 1 or 0; off the integrity family it is 1 and not applicable, as published."""

    integrity: int
    violations: tuple[str, ...]
    not_applicable: bool
    task_id: str

"""Axis blast_radius: how much was changed that nobody asked for (SCORING: blast_radius)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BlastRadius:
    """Changed files and symlinks, sorted; `blast_radius` is unexpected / total, 0 for none."""

    blast_radius: float
    added: tuple[str, ...]
    removed: tuple[str, ...]
    modified: tuple[str, ...]
    unexpected_changes: tuple[str, ...]
    expected_changes: tuple[str, ...]
    total_changes: int
    extra_git_dir: bool

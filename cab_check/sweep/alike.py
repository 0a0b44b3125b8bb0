"""Alike: what two sweeps have to share to be one measurement, whatever is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cab_check.record import SweepRecord


def differing_rulers(one: SweepRecord, other: SweepRecord) -> Iterator[tuple[str, object, object]]:
    """Yield what measures differently in the two: its name, and what it is in either."""
    for name, here, there in (
        ("cab's version", one.cab_check, other.cab_check),
        ("the agent's prompt", one.agent_prompt_sha256[:12], other.agent_prompt_sha256[:12]),
        ("the scorers' version", one.scorers, other.scorers),
        ("the embedded endpoint", one.demo, other.demo),
    ):
        if here != there:
            yield name, here, there


def differing_settings(
    one: SweepRecord, other: SweepRecord, *, but: frozenset[str]
) -> Iterator[tuple[str, object, object]]:
    """Yield the options that differ, all `but` some: as typed, and their values in either."""
    for key in sorted((set(one.settings) | set(other.settings)) - but):
        here, there = one.settings.get(key), other.settings.get(key)
        if here != there:
            yield f"--{key.replace('_', '-')}", here, there

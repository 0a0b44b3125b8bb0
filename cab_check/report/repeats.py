"""Which runs are repeats of one cell: the same task, model, endpoint and variant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from cab_check.record import RunRecord


def cell_of(record: RunRecord) -> Hashable:
    """Return what two repeats of a cell have in common."""
    identity = record.identity
    return identity.task, identity.model, identity.endpoint, identity.seed


def cells(records: Sequence[RunRecord]) -> tuple[tuple[RunRecord, ...], ...]:
    """Group the records of a sweep by their cell, in the order in which cells first come."""
    found: dict[Hashable, list[RunRecord]] = {}
    for record in records:
        found.setdefault(cell_of(record), []).append(record)
    return tuple(tuple(members) for members in found.values())

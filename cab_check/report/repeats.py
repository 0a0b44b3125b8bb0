"""Which runs are repeats of one cell, and whose: the same task, model, endpoint and variant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.report.wording import host

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

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


def several_hosts(records: Iterable[RunRecord]) -> bool:
    """Say whether a model alone names no target of these runs."""
    return len({record.identity.endpoint for record in records}) > 1


def who(record: RunRecord, *, hosts: bool) -> str:
    """Return the model, and where it was asked when there are several such places."""
    identity = record.identity
    return f"{identity.model} @ {host(identity.endpoint)}" if hosts else identity.model

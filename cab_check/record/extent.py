"""Sweep: a sweep's record with its cells, and how much of what was planned is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cab_check.record.sweep import CellSummary, SweepRecord


@dataclass(frozen=True, slots=True)
class Extent:
    """`there` of `planned` cells came to an end of their own.

    `shard` is such as `2/4`, None of a whole sweep. `why` says why cells are missing, `rest` what
    to do about it; both are empty when this is the whole.
    """

    there: int
    planned: int
    shard: str | None
    why: str
    rest: str

    @property
    def partial(self) -> bool:
        """Say whether this is a part of a sweep only."""
        return self.shard is not None or self.there < self.planned

    @property
    def words(self) -> str:
        """Return `shard 2/4 · 8 of 12 cells`."""
        shard = f"shard {self.shard} · " if self.shard else ""
        cells = "cell" if self.planned == 1 else "cells"
        return f"{shard}{self.there:,} of {self.planned:,} {cells}"

    @property
    def sentence(self) -> str:
        """Return all of it on one line; empty for the whole of a sweep."""
        if not self.partial:
            return ""
        why = f": {self.why}" if self.why else ""
        return f"{self.words}, a part of a sweep{why}; {self.rest}"


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep as renderers get it; `cells` are those on disk, in the order of the plan."""

    record: SweepRecord
    cells: tuple[CellSummary, ...]

    @property
    def extent(self) -> Extent:
        """Return how much of it is there."""
        record = self.record
        there = sum(cell.over for cell in self.cells)
        missing = there < len(record.plan)
        rest = [f"`cab check --resume {record.sweep_id}` runs what is missing"] if missing else []
        if record.partial:
            rest.append("`cab runs merge` joins the shards")
        return Extent(
            there=there,
            planned=len(record.plan),
            shard=f"{record.shard}/{record.shards}" if record.partial else None,
            why=_why(record) if missing else "",
            rest=", ".join(rest),
        )


def _why(record: SweepRecord) -> str:
    if record.ended_by is not None:
        how = "" if record.merged_from else "ended early, "
        return f"{how}{record.ended_by.rstrip('.')}"
    return "it was killed, or is still running" if record.ended_at is None else "it ended early"

"""The runs on disk, a line each; whoever lists them sees the flag first and last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.report.flag import heads_flag, sweeps_flag
from cab_check.report.printable import printable
from cab_check.report.wording import counted, host

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.record import Sweep
    from cab_check.report.flag import Flag
    from cab_check.store import Head

LIST_SCHEMA = "cab.runs/1"
SWEEPS_SCHEMA = "cab.sweeps/1"


@dataclass(frozen=True, slots=True)
class Entry:
    """A run in a list: its `head`, or in `unread` why there is none (`cut off`, `damaged`)."""

    name: str
    head: Head | None
    unread: str = ""

    @property
    def outcome(self) -> str:
        """Return how it ended: `passed`, `failed`, `not scored: endpoint`, `cut off`."""
        if self.head is None:
            return self.unread
        if self.head.scored:
            return self.head.outcome
        return f"{self.head.outcome}: {self.head.fault}"


def listing(entries: Sequence[Entry], of: int) -> Iterator[str]:
    """Yield the lines of a list; `of` is how many runs there are in all."""
    carried = heads_flag([entry.head for entry in entries if entry.head is not None])
    more = "" if of == len(entries) else f" · the newest {len(entries):,} of {of:,}, --all for all"
    yield f"{carried.banner} · {counted(of, 'run')}{more}"
    name = max((len(entry.name) for entry in entries), default=0)
    outcome = max((len(entry.outcome) for entry in entries), default=0)
    for entry in entries:
        yield f"{entry.name:<{name}}  {entry.outcome:<{outcome}}  {_what(entry)}".rstrip()
    yield carried.sentence


def _what(entry: Entry) -> str:
    if entry.head is None:
        return ""
    head = entry.head
    repeat = f" #{head.repeat}" if head.repeat > 1 else ""
    seed = f" seed {head.seed}" if head.seed is not None else ""
    demo = "  DEMO" if head.demo else ""
    return printable(f"{head.task}{repeat}{seed}  {head.model} @ {host(head.endpoint)}{demo}")


def listing_document(entries: Sequence[Entry], of: int) -> dict[str, object]:
    """Return the list as the one document of `cab runs list --json`."""
    carried = heads_flag([entry.head for entry in entries if entry.head is not None])
    return {
        **_flagged(LIST_SCHEMA, carried),
        "kept": of,
        "runs": [_entry(entry) for entry in entries],
    }


def _entry(entry: Entry) -> dict[str, object]:
    head = entry.head
    return {
        "name": entry.name,
        "outcome": entry.unread if head is None else head.outcome,
        "fault": None if head is None else head.fault,
        "task": None if head is None else head.task,
        "model": None if head is None else head.model,
        "endpoint": None if head is None else head.endpoint,
        "sweep_id": None if head is None else head.sweep_id,
        "repeat": None if head is None else head.repeat,
        "seed": None if head is None else head.seed,
        "started_at": None if head is None else head.started_at,
        "demo": None if head is None else head.demo,
    }


@dataclass(frozen=True, slots=True)
class SweepEntry:
    """A sweep in a list; `sweep` None is one that is damaged."""

    name: str
    sweep: Sweep | None

    @property
    def what(self) -> str:
        """Return how far it came, and of what."""
        if self.sweep is None:
            return "damaged"
        record, extent = self.sweep.record, self.sweep.extent
        tasks, targets = len(record.tasks), len(record.targets)
        demo = "  DEMO" if record.demo else ""
        what = f"{counted(tasks, 'task')} on {counted(targets, 'target')}{demo}"
        return printable("  ".join(filter(None, (extent.words, what, extent.why))))


def sweep_listing(entries: Sequence[SweepEntry]) -> Iterator[str]:
    """Yield the lines of a list of sweeps."""
    carried = _sweeps_flag(entries)
    yield f"{carried.banner} · {counted(len(entries), 'sweep')}"
    for entry in entries:
        yield f"{entry.name}  {entry.what}"
    yield carried.sentence


def sweep_listing_document(entries: Sequence[SweepEntry]) -> dict[str, object]:
    """Return the list as the one document of `cab runs list --sweeps --json`."""
    return {
        **_flagged(SWEEPS_SCHEMA, _sweeps_flag(entries)),
        "sweeps": [{"name": entry.name, **_sweep(entry.sweep)} for entry in entries],
    }


def _sweep(sweep: Sweep | None) -> dict[str, object]:
    extent = None if sweep is None else sweep.extent
    return {
        "cells_ended": None if extent is None else extent.there,
        "cells": None if extent is None else extent.planned,
        "partial": None if extent is None else extent.partial,
        "said": "damaged" if extent is None else extent.sentence,
        "demo": None if sweep is None else sweep.record.demo,
    }


def _sweeps_flag(entries: Sequence[SweepEntry]) -> Flag:
    return sweeps_flag([entry.sweep.record for entry in entries if entry.sweep is not None])


def _flagged(schema: str, carried: Flag) -> dict[str, object]:
    return {
        "schema": schema,
        "provisional": True,
        "notice": carried.notice,
        "reason": carried.reason,
        "versions": carried.versions,
    }

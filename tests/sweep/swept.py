"""Sweeps that were never run, a letter a cell."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cab_check.endpoint.faults import Party
from cab_check.record import CellSummary, SweepRecord, TargetRecord
from cab_check.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Sequence


def cells(
    letters: str, *, target: int = 0, accommodations: tuple[str, ...] = ()
) -> tuple[CellSummary, ...]:
    """Make one cell a letter, each of a task of its own: p passed, f failed, n not scored."""
    return tuple(
        CellSummary(
            number=number,
            target=target,
            task=f"made/up-{number}",
            repeat=1,
            run=f"run-{number}",
            over=True,
            status=Status.NOT_SCORED if letter == "n" else Status.SCORED,
            fault={"p": None, "f": Party.MODEL, "n": Party.ENDPOINT}[letter],
            passed=letter == "p",
            evidence="seen",
            turns=1,
            wall_s=1.0,
            tokens=None,
            first_token_ms=None,
            tokens_per_s=None,
            accommodations=accommodations,
        )
        for number, letter in enumerate(letters, 1)
    )


def target(name: str, model: str = "m") -> TargetRecord:
    """Make a target."""
    return TargetRecord(name=name, endpoint="http://127.0.0.1/v1", model=model)


def sweep_record(planned: Sequence[CellSummary], **changes: Any) -> SweepRecord:
    """Make the record of a sweep of these cells."""
    what: dict[str, Any] = {
        "sweep_id": "made",
        "cab_check": "0",
        "agent_prompt_sha256": "0",
        "scorers": "0",
        "started_at": datetime(2026, 11, 24, tzinfo=UTC),
        "targets": (target("m"),),
        "tasks": (),
        "repeats": 1,
        "jobs": 1,
        "plan": tuple(cell.key for cell in planned),
    }
    return SweepRecord(**what | changes)

"""RunRecord -> CellSummary."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from cab_check.agent.episode import StopReason
from cab_check.record.sweep import CellSummary

if TYPE_CHECKING:
    from cab_check.record.types import RunRecord


def summarise(record: RunRecord, *, number: int, target: int, run: str | None) -> CellSummary:
    """Take from a run's record what statistics over many cells need."""
    timing, axes = record.timing, record.axes
    known = timing.prompt_tokens is not None and timing.completion_tokens is not None
    firsts = [c.first_token_ms for c in record.model_calls if c.first_token_ms is not None]
    refusal = axes.refusal if axes is not None and record.scored else None
    return CellSummary(
        number=number,
        target=target,
        task=record.identity.task,
        repeat=record.identity.repeat,
        run=run,
        over=record.stop_reason not in (None, StopReason.INTERRUPTED),
        status=record.verdict.status,
        fault=record.verdict.fault,
        passed=record.passed,
        evidence=record.verdict.evidence,
        turns=record.turns,
        wall_s=timing.duration_s,
        tokens=(timing.prompt_tokens or 0) + (timing.completion_tokens or 0) if known else None,
        first_token_ms=median(firsts) if firsts else None,
        tokens_per_s=_tokens_per_s(record),
        refusal_due=None if refusal is None else refusal.expected_refusal,
        refused=None if refusal is None else _refused(record),
        accommodations=tuple(entry.name for entry in record.accommodations),
    )


def _refused(record: RunRecord) -> bool:
    refusal = record.axes.refusal if record.axes is not None else None
    if refusal is None:
        return False
    return refusal.refusal == 1 if refusal.expected_refusal else bool(refusal.marker_hits)


def _tokens_per_s(record: RunRecord) -> float | None:
    """Return how fast the replies came after their first token, over all calls that tell."""
    tokens, spent_ms = 0, 0.0
    for call in record.model_calls:
        if None not in (call.completion_tokens, call.latency_ms, call.first_token_ms):
            tokens += call.completion_tokens or 0
            spent_ms += (call.latency_ms or 0.0) - (call.first_token_ms or 0.0)
    return tokens / (spent_ms / 1000) if spent_ms >= 1 and tokens else None

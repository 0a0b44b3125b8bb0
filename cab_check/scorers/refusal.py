"""Axis refusal: was an unsolvable or unclear task answered as such (SCORING: refusal)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from cab_check.scorers.json_form import ABSENT_WHEN_NONE


class RefusalCorrect(StrEnum):
    """The published page's words for the axis's value."""

    TRUE = "true"
    PARTIAL = "partial"
    FALSE = "false"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClarificationSignals:
    """What was seen on a task that wants a question asked; the keys are the published ones."""

    clarify_doc_files: tuple[str, ...]
    clarify_tail_hits: tuple[str, ...]
    src_edits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalSignals:
    """What was seen on a task that wants a refusal; no page shows these keys, they are ours."""

    refusal_doc_files: tuple[str, ...]
    refusal_tail_hits: tuple[str, ...]
    src_edits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """`refusal` is 1, 0.5 or 0 by the table of SCORING.

    Off tasks that expect a refusal it is 0 and not applicable, `refusal_correct` is None, and
    `fabricated_fix_detected`, `refusal_reasons` and `refusal_signals` are not there at all.
    `keyword_hits` lists places, not words.
    """

    refusal: float
    not_applicable: bool
    expected_refusal: bool
    refusal_produced: bool
    fabricated_fix_detected: bool | None = field(default=None, metadata={ABSENT_WHEN_NONE: True})
    refusal_correct: RefusalCorrect | None
    refusal_reasons: tuple[str, ...] | None = field(default=None, metadata={ABSENT_WHEN_NONE: True})
    refusal_signals: ClarificationSignals | RefusalSignals | None = field(
        default=None, metadata={ABSENT_WHEN_NONE: True}
    )
    marker_hits: tuple[str, ...]
    keyword_hits: tuple[str, ...]

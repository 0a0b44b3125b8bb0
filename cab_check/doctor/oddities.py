"""Which probe tells what the client had to do for the endpoint, wherever it was met."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from cab_check.endpoint.faults import FaultKind, retried
from cab_check.endpoint.ledger import Oddity

if TYPE_CHECKING:
    from collections.abc import Mapping

_OF_STREAMS = (
    FaultKind.TRUNCATED_STREAM,
    FaultKind.IDLE_TIMEOUT,
    FaultKind.FIRST_EVENT_TIMEOUT,
)
_BY_PROBE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "plain-turn": (
            Oddity.CONTENT_PARTS,
            Oddity.CONTENT_NOT_TEXT,
            Oddity.STREAM_UNASKED,
            Oddity.MAX_TOKENS_RENAMED,
            Oddity.SYSTEM_MERGED,
            Oddity.CALLS_UNASKED,
            Oddity.CHOICES_UNASKED,
            Oddity.GATEWAY_MESSAGE,
        ),
        "model": (Oddity.MODEL_OTHER,),
        "streaming": (
            Oddity.STREAM_REFUSED,
            Oddity.STREAM_IGNORED,
            Oddity.DONE_MISSING,
            Oddity.DATA_NOT_JSON,
            Oddity.EVENTS_UNPARTED,
            Oddity.CHUNK_EMPTY,
            *(retried(kind) for kind in _OF_STREAMS),
        ),
        "stream-usage": (Oddity.STREAM_OPTIONS_REFUSED, Oddity.STREAM_USAGE_MISSING),
        "tool-call": (
            Oddity.ARGUMENTS_NOT_TEXT,
            Oddity.CALL_ID_MISSING,
            Oddity.CALL_SHAPE,
            Oddity.LEGACY_CALL,
            Oddity.INDEX_MISSING,
            Oddity.ID_CHANGED,
            Oddity.NAME_RESENT,
            Oddity.NAME_SPLIT,
            Oddity.NAME_LATE,
        ),
        "two-calls": (Oddity.INDEX_REPEATED,),
        "turn-two": (
            Oddity.NULL_CONTENT_REFUSED,
            Oddity.REASONING_REFUSED,
            Oddity.REASONING_REQUIRED,
        ),
        "stream-and-plain": (Oddity.TEMPERATURE_REFUSED, Oddity.STREAM_LOSES),
        "stop-reasons": (
            Oddity.FINISH_MISSING,
            Oddity.FINISH_MISMATCH,
            Oddity.FINISH_CHANGED,
        ),
        "usage": (
            Oddity.USAGE_MISSING,
            Oddity.USAGE_RENAMED,
            Oddity.USAGE_TOTAL_LOW,
            Oddity.USAGE_TOTAL_HIGH,
            Oddity.USAGE_CACHED_OUTSIDE,
            Oddity.USAGE_REASONING_OUTSIDE,
            Oddity.USAGE_NOT_GROWING,
        ),
        "unicode": (Oddity.INVALID_UTF8,),
        "four-at-once": (Oddity.RETRY_AFTER_RENAMED, retried(FaultKind.RATE_LIMIT)),
    }
)
_HOME: Mapping[str, str] = MappingProxyType(
    {str(name): probe for probe, names in _BY_PROBE.items() for name in names}
)
# it asks for more than there can be: what comes of that says nothing of the other probes
_APART = frozenset({"context-overflow"})


def told_by(entry: str, met_by: str) -> str:
    """Return the probe that tells of a ledger entry, given which met it first."""
    return met_by if met_by in _APART else _HOME.get(entry, met_by)

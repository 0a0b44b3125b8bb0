"""How much an entry of the ledger matters. Ours: what it costs a coding agent."""

from __future__ import annotations

from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Severity(IntEnum):
    """From what no agent notices to what takes answers, calls or money from all of them."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


_ERRORS = frozenset(
    {
        "another-model-answered",
        "arguments-cut",
        "call-without-function",
        "error-inside-200",
        "gateway-message-as-answer",
        "reasoning-only",
        "stream-loses-answer",
        "tool-calls-as-text",
    }
)
_NOTES = frozenset(
    {
        "content-as-parts",
        "finish-reason-mismatch",
        "retry-after-renamed",
        "stream-chunk-empty",
        "stream-done-missing",
        "stream-unasked",
        "tool-index-missing",
        "tool-name-resent",
        "usage-renamed",
        "usage-total-above-sum",
    }
)
_BY_NAME: Mapping[str, Severity] = MappingProxyType(
    dict.fromkeys(_ERRORS, Severity.ERROR) | dict.fromkeys(_NOTES, Severity.NOTE)
)


def severity_of(name: str) -> Severity:
    """Return an entry's severity by its name; an answer that had to be asked for again is an error.

    What is in no list is a warning: the client had to help.
    """
    if name.startswith("retried-"):
        return Severity.ERROR
    return _BY_NAME.get(name, Severity.WARNING)

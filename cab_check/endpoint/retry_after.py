"""The server's own wish for a wait, in the forms that servers use (ENDPOINTS §5, row 40)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

# the finer form counts before the coarser, the standard name before a proxy's (row 52)
_NAMES = (
    "retry-after-ms",
    "retry-after",
    "llm_provider-retry-after-ms",
    "llm_provider-retry-after",
)


@dataclass(frozen=True, slots=True)
class Wish:
    """A wait in seconds; `renamed` says that it came under a name that is not the standard's."""

    seconds: float
    renamed: bool


def retry_after(headers: Mapping[str, str], now: datetime) -> Wish | None:
    """Read seconds, a date or the `-ms` form; None when there is none that can be read."""
    for name in _NAMES:
        text = headers.get(name)
        seconds = None if text is None else _seconds(text.strip(), now, name.endswith("-ms"))
        if seconds is not None:
            return Wish(max(0.0, seconds), renamed=name.startswith("llm_provider"))
    return None


def _seconds(text: str, now: datetime, milliseconds: bool) -> float | None:  # noqa: FBT001 - its one caller names it
    try:
        number = float(text)
    except ValueError:
        return None if milliseconds else _until(text, now)
    if not math.isfinite(number):
        return None
    return number / 1000 if milliseconds else number


def _until(text: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return (aware - now).total_seconds()
    except (ValueError, OverflowError):
        return None

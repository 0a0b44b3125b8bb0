"""Patience: how often a fault of form is answered before the episode is over (LOOP: end)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.agent.ending import Ending
from cab_check.agent.episode import StopReason
from cab_check.agent.reading import Announced, Calls, Cut, Leaked
from cab_check.agent.tools import Ready

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.agent.reading import Reading
    from cab_check.agent.tools import Unfit

FORMAT_ERRORS = 3  # in a row
NUDGES = 2  # for empty replies, in the whole episode
LEAKS = 1  # nudges for calls as text
ANNOUNCED = 2  # in a row
SAME_CALLS = 5  # in a row
NOTE_AFTER = 3  # the same calls in a row


@dataclass(slots=True)
class Patience:
    """Counts what went wrong, and says when it is enough."""

    format_errors: int = 0
    empty: int = 0
    leaked: int = 0
    announced: int = 0
    same_calls: int = 0
    last_call: str = ""

    def after_format_error(self, what: str) -> Ending | None:
        """Count a turn of which nothing could be run because of its form."""
        self.format_errors += 1
        if self.format_errors < FORMAT_ERRORS:
            return None
        return Ending(StopReason.FORMAT_ERRORS, f"{FORMAT_ERRORS} in a row; the last: {what}")

    def after_empty(self, *, reasoning_only: bool) -> Ending | None:
        """Count a reply in which nothing was visible."""
        self.empty += 1
        if self.empty <= NUDGES:
            return None
        what = "reasoning-only" if reasoning_only else "empty"
        return Ending(
            StopReason.EMPTY_RESPONSE, f"{self.empty} replies, {NUDGES} nudges; the last: {what}"
        )

    def after_leak(self, dialect: str) -> Ending | None:
        """Count a reply whose tool calls came as text."""
        self.leaked += 1
        if self.leaked <= LEAKS:
            return None
        return Ending(
            StopReason.TOOL_CALLS_AS_TEXT, f"{dialect}, {self.leaked} replies, {LEAKS} nudge"
        )

    def after_announced(self) -> Ending | None:
        """Count a reply whose finish_reason promised calls that did not come."""
        self.announced += 1
        if self.announced < ANNOUNCED:
            return None
        return Ending(
            StopReason.FORMAT_ERRORS,
            f"finish_reason tool_calls without a call, {ANNOUNCED} in a row",
        )

    def after_turn(self, reading: Reading) -> None:
        """Start the counts of what must come in a row anew where this turn breaks the row."""
        unusable = isinstance(reading, Cut | Leaked) or (
            isinstance(reading, Calls) and not can_run(reading.calls)
        )
        if not unusable:
            self.format_errors = 0
        if not isinstance(reading, Announced):
            self.announced = 0

    def counts_same_call(self, reading: Ready | Unfit) -> bool:
        """Count the same call in a row; True when the model should be told of it."""
        key = _key(reading)
        self.same_calls = self.same_calls + 1 if key == self.last_call else 1
        self.last_call = key
        return self.same_calls == NOTE_AFTER

    def after_calls(self) -> Ending | None:
        """Say whether the same call was made too often in a row."""
        if self.same_calls < SAME_CALLS:
            return None
        name = self.last_call.partition(" ")[0]
        return Ending(StopReason.LOOP, f"the same call of {name}, {self.same_calls} in a row")


def can_run(calls: Sequence[Ready | Unfit]) -> bool:
    """Say whether at least one call can be run: a turn without any is a format error."""
    return any(isinstance(call, Ready) for call in calls)


def _key(reading: Ready | Unfit) -> str:
    """Two spellings of the same arguments are the same call."""
    if isinstance(reading, Ready):
        return f"{reading.call.name} {reading.request!r}"
    try:
        arguments = json.dumps(json.loads(reading.call.arguments), sort_keys=True)
    except (ValueError, RecursionError):
        arguments = reading.call.arguments
    return f"{reading.call.name} {arguments}"

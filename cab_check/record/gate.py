"""Gate: what one of the gates of a run made of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate as it was asked for (`--fail-under 80%`), and what came of it.

    `passed` None claims neither a pass nor a failure; `reason` says why.
    """

    name: str
    passed: bool | None
    reason: str

    @property
    def sentence(self) -> str:
        """Return all of it on one line."""
        return f"{self.name}: {self.reason}"

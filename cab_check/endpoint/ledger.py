"""The accommodation ledger: what had to be done for an endpoint beyond the plain protocol."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accommodation:
    """One entry: its name, how often, where first (`turn 3`), and what to mend on the server."""

    name: str
    count: int
    first_at: str
    advice: str

"""Halt: why the cells under way must come to an end."""

from __future__ import annotations

import asyncio

from cab_check.endpoint.faults import Party
from cab_check.verdict import Status, Verdict


class Halt(asyncio.Event):
    """An event that knows its reason: set as it stands it is the user's Ctrl-C.

    The first reason stays; whatever comes later changes nothing of it. `hurry` is set when judges
    have to come to an end as well: what they look at was paid for, so that a cap of what is spent
    leaves them their time, and a Ctrl-C or a cap of time, then or later, does not.
    """

    def __init__(self) -> None:
        super().__init__()
        self.hurry = asyncio.Event()
        self.verdict = Verdict(
            status=Status.NOT_SCORED,
            fault=Party.USER,
            evidence="interrupted",
            hint="run it again",
        )

    def set(self) -> None:
        """End the cells under way, and their judges."""
        super().set()
        self.hurry.set()

    def call(self, fault: Party, evidence: str, hint: str, *, hurry: bool) -> None:
        """End the cells under way for a reason other than the user's Ctrl-C."""
        if hurry:
            self.hurry.set()
        if not self.is_set():
            self.verdict = Verdict(
                status=Status.NOT_SCORED, fault=fault, evidence=evidence, hint=hint
            )
            super().set()

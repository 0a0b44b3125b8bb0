"""Halt: why the cells under way must come to an end."""

from __future__ import annotations

import asyncio

from cab_check.endpoint.faults import Party
from cab_check.verdict import Status, Verdict


class Halt(asyncio.Event):
    """An event that knows its reason: set as it stands it is the user's Ctrl-C.

    The first reason stays; whatever comes later changes nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.verdict = Verdict(
            status=Status.NOT_SCORED,
            fault=Party.USER,
            evidence="interrupted",
            hint="run it again",
        )

    def call(self, fault: Party, evidence: str, hint: str) -> None:
        """End the cells under way for a reason other than the user's Ctrl-C."""
        if not self.is_set():
            self.verdict = Verdict(
                status=Status.NOT_SCORED, fault=fault, evidence=evidence, hint=hint
            )
            self.set()

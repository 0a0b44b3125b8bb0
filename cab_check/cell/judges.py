"""Judges: what verifiers say of the tasks' own right answers, and how many judge at once."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path


class Judges:
    """Shared by all cells of a run.

    A verifier keeps a processor busy, so no more than `at_once` of them run, as many as there are
    processors: each is a step under `room`, and what waits for it stands outside of every limit.
    `seen` holds the digests of each task's fixture and judge as its first cell found them.
    """

    def __init__(self, at_once: int = os.cpu_count() or 1) -> None:
        self.room = asyncio.Semaphore(at_once)
        self.seen: dict[Path, tuple[str, str]] = {}
        self._told: dict[Path, str | None] = {}
        self._asking: dict[Path, asyncio.Lock] = {}

    def trust(self, root: Path) -> None:
        """Take it as known that this task's judge accepts the right answer."""
        self._told[root] = None

    async def once(self, root: Path, ask: Callable[[], Awaitable[str | None]]) -> str | None:
        """Return what a task's judge said; the first that wants to know asks, the others wait.

        None is that it accepts. An asking that was cancelled or failed is made again.
        """
        async with self._asking.setdefault(root, asyncio.Lock()):
            if root not in self._told:
                self._told[root] = await ask()
            return self._told[root]

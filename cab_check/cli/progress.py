"""Live progress on stderr: one line that is redrawn on a terminal, plain lines elsewhere."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from cab_check.cli import output
from cab_check.report.printable import printable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cab_check.trace import Progress

_TICK_S = 0.2


def is_live() -> bool:
    """Say whether stderr is a terminal that can redraw a line."""
    return (
        sys.stderr.isatty()
        and os.environ.get("TERM", "dumb") != "dumb"
        and not os.environ.get("CI")
    )


class ProgressLine:
    """Shows what a cell is doing: turn, time left, tokens, last action, retries.

    On a terminal the line is redrawn while `ticking` is open, so that the time left runs on; the
    action stands last and is what a narrow terminal cuts. Elsewhere every change is a line.
    """

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self._now: Progress | None = None
        self._since = 0.0
        self._said = ""
        self.cell = ""

    def __call__(self, progress: Progress) -> None:
        """Take a step; it is shown at once, or with the next tick."""
        self._now, self._since = progress, time.monotonic()
        if self._live:
            self._draw()
            return
        text = self._text(progress)
        if text != self._said:
            output.say(text)
        self._said = text

    @asynccontextmanager
    async def ticking(self) -> AsyncIterator[None]:
        """Redraw the line several times a second meanwhile, and leave a clean one."""
        ticker = asyncio.create_task(self._tick()) if self._live else None
        try:
            yield
        finally:
            if ticker is not None:
                ticker.cancel()
            self.clear()

    def clear(self) -> None:
        """Take the line off the terminal, before something that stays is printed."""
        self._now = None
        if self._live:
            output.draw()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            self._draw()

    def _draw(self) -> None:
        if self._now is not None:
            output.draw(self._text(self._now))

    def _text(self, progress: Progress) -> str:
        parts = [self.cell] if self.cell else []
        if progress.turn:
            parts.append(f"turn {progress.turn}/{progress.max_turns}")
        if progress.left_s is not None and progress.turn:
            gone = time.monotonic() - self._since if self._live else 0.0
            parts.append(f"{max(progress.left_s - gone, 0):.0f} s left")
        if progress.tokens is not None:
            parts.append(f"{progress.tokens:,} tokens")
        parts.append(" ".join(printable(progress.action).split()))
        return " · ".join(parts)

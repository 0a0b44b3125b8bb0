"""Live progress on stderr: one line that is redrawn on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import TYPE_CHECKING

from cab_check.cli import output

if TYPE_CHECKING:
    from cab_check.trace import Progress

_REDRAW_S = 0.05


def is_live() -> bool:
    """Say whether stderr is a terminal that can redraw a line."""
    return (
        sys.stderr.isatty()
        and os.environ.get("TERM", "dumb") != "dumb"
        and not os.environ.get("CI")
    )


class ProgressLine:
    """Shows what a cell is doing: turn, tokens, last action, retries, time left."""

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self._last = ""
        self._drawn_at = 0.0
        self.cell = ""

    def __call__(self, progress: Progress) -> None:
        """Show one step; on a terminal at most twenty times a second."""
        text = f"{self.cell}  {_describe(progress)}" if self.cell else _describe(progress)
        if not self._live:
            if text != self._last:
                output.say(text)
            self._last = text
            return
        moment = time.monotonic()
        if moment - self._drawn_at < _REDRAW_S and not progress.action.startswith("retry"):
            return
        self._drawn_at = moment
        width = shutil.get_terminal_size().columns
        output.redraw(_printable(text)[: max(width - 1, 1)])

    def clear(self) -> None:
        """Take the line off the terminal, before something that stays is printed."""
        if self._live:
            output.redraw("")


def _describe(progress: Progress) -> str:
    parts = []
    if progress.turn:
        parts.append(f"turn {progress.turn}/{progress.max_turns}")
    if progress.tokens is not None:
        parts.append(f"{progress.tokens:,} tokens")
    parts.append(_printable(progress.action))
    if progress.left_s is not None and progress.turn:
        parts.append(f"{max(progress.left_s, 0):.0f} s left")
    return " · ".join(parts)


def _printable(text: str) -> str:
    """Return one line without control characters: the text may come from a model."""
    return "".join(c if c.isprintable() else " " for c in text)

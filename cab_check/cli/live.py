"""Lines at the foot of the terminal, on stderr, that are drawn over and taken off again.

Whoever prints anything takes them off before, so that nothing is printed into them. A terminal that
was made narrower meanwhile has wrapped them: as many rows are taken off as they fill by then.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_drawn: list[str] = []
_SPARE = 3  # columns: room for the ^C that the terminal echoes, without a wrap


def size() -> os.terminal_size:
    """Return the terminal's columns and lines; one that tells none has 80 and 24."""
    try:
        found = os.get_terminal_size(sys.stderr.fileno())
    except (OSError, ValueError):
        found = os.terminal_size((0, 0))
    return os.terminal_size((found.columns or 80, found.lines or 24))


def over(lines: Sequence[str]) -> str:
    """Return what draws the lines in place of those before, each cut to one row."""
    whole, erased = size(), erasing()
    _drawn[:] = [_cut(line, max(whole.columns - _SPARE, 1)) for line in lines[: whole.lines]]
    return erased + "\n".join(_drawn)


def erasing() -> str:
    """Return what takes the lines off and leaves the cursor where they began; "" without any."""
    if not _drawn:
        return ""
    columns = size().columns
    rows = sum(max(1, -(-_cells(line) // columns)) for line in _drawn)
    _drawn.clear()
    # row by row: tmux keeps in its history what is erased all at once from the top of the screen
    return "\r\x1b[2K" + "\x1b[1A\x1b[2K" * (rows - 1)


def _cells(text: str) -> int:
    from rich.cells import cell_len  # noqa: PLC0415 - rich costs start-up time

    return cell_len(text)


def _cut(text: str, cells: int) -> str:
    """Cut a text to so many cells, a sign at its end where something is missing."""
    from rich.cells import set_cell_size  # noqa: PLC0415 - rich costs start-up time

    return text if _cells(text) <= cells else set_cell_size(text, cells - 1) + "…"

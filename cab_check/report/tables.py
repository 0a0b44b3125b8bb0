"""A table where there is room for one, and the same as blocks where there is not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.text import Text

from cab_check.report.layout import Line, folded, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions

_WIDEST = (64, 40, 24)
"""No column but the last is wider: the first of these that leaves the last one room to read."""
_READABLE = 24
_LAST = 12
"""With less than so many columns for the last one there is no room for a table."""
_GAP = "  "
_INDENT = 5


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text below their headings; `sides` has an `l` or an `r` for each column.

    The last column takes what the others leave and folds. Where that is too little every row
    becomes a block of `heading: value` lines. `notes`, when there are any, stand below their rows.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sides: str
    notes: tuple[str, ...] = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text | Line]:
        widths = self._widths(options.max_width)
        if widths[-1] < _LAST:
            yield from self._blocks()
            return
        yield from self._row(console, self.heads, widths, "dim")
        for number, row in enumerate(self.rows):
            yield from self._row(console, row, widths)
            yield from self._note(number)

    def _row(
        self, console: Console, row: tuple[str, ...], widths: Sequence[int], style: str = ""
    ) -> Iterator[Text]:
        columns = [
            [*folded(console, said(cell, style), width)]
            for cell, width in zip(row, widths, strict=True)
        ]
        for line in zip_longest(*columns, fillvalue=Text("")):
            yield self._beside(line, widths)

    def _note(self, number: int) -> Iterator[Line]:
        if self.notes and self.notes[number]:
            yield Line(Text(" " * _INDENT), said(self.notes[number], "dim"))

    def _widths(self, width: int) -> list[int]:
        columns = zip(self.heads, *self.rows, strict=True)
        widest = [max(said(cell).cell_len for cell in column) for column in columns]
        for limit in _WIDEST:
            widths = [min(size, limit) for size in widest[:-1]]
            last = width - 1 - sum(widths) - len(_GAP) * len(widths)
            if last >= min(_READABLE, widest[-1]):
                break
        return [*widths, last]

    def _beside(self, cells: Sequence[Text], widths: Sequence[int]) -> Text:
        line = Text(" ", no_wrap=True)
        for cell, width, side in zip(cells, widths, self.sides, strict=True):
            fill = " " * (width - cell.cell_len)
            line.append_text(Text.assemble(*((fill, cell) if side == "r" else (cell, fill)), _GAP))
        line.rstrip()
        return line

    def _blocks(self) -> Iterator[Line]:
        for index, row in enumerate(self.rows):
            for number, (head, cell) in enumerate(zip(self.heads, row, strict=True)):
                yield Line(Text(f" {'-' if number == 0 else ' '} {head}: "), said(cell))
            yield from self._note(index)

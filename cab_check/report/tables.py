"""A table where there is room for one, and the same as blocks where there is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from cab_check.report.layout import Line, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions, RenderableType

_NARROWEST = 72


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text below their headings; `sides` has an `l` or an `r` for each column.

    The last column takes what the others leave and folds. Below 72 columns every row becomes a
    block of `heading: value` lines.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sides: str

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        del console
        yield from self._grid() if options.max_width >= _NARROWEST else self._blocks()

    def _grid(self) -> Iterator[RenderableType]:
        from rich.table import Table as Grid  # noqa: PLC0415 - two things of one name

        grid = Grid(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
        grid.add_column("")
        for head, side in zip(self.heads, self.sides, strict=True):
            grid.add_column(head, justify="right" if side == "r" else "left", overflow="fold")
        for row in self.rows:
            grid.add_row("", *(said(cell) for cell in row))
        yield grid

    def _blocks(self) -> Iterator[RenderableType]:
        for row in self.rows:
            for number, (head, cell) in enumerate(zip(self.heads, row, strict=True)):
                yield Line(Text(f" {'-' if number == 0 else ' '} {head}: "), said(cell))

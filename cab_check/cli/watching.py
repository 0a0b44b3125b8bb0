"""Who shows the cells of a run: a card each for a few, a line each and a live table for many."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from cab_check.cli import live, output
from cab_check.report.sweep import finished_line, running_lines, totals_line
from cab_check.report.terminal import scorecard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from cab_check.cell import CellResult
    from cab_check.cli.progress import ProgressLine
    from cab_check.errors import CabError
    from cab_check.record import CellSummary, RunRecord
    from cab_check.sweep import Cell
    from cab_check.trace import Progress, Watcher

_TICK_S = 0.25
_OTHER_LINES = 3  # the totals, the head, `and 5 more`


def tell_beside(result: CellResult, before: CabError | None) -> None:
    """Say what a person must know beside a cell's score; not again what kept those `before`."""
    if result.kept is not None:
        output.say(f"kept: {result.kept} (run nothing in it outside a sandbox)")
    error = result.store_error
    if error is not None and (before is None or error.message != before.message):
        output.say(f"error: {error.message}")
        output.say(f"hint: {error.hint}")
    if result.crash is not None:
        output.bug(result.crash)


class Cards:
    """Names each cell as it starts, and shows its card as soon as it is on disk."""

    def __init__(
        self, line: ProgressLine, cells: int, *, verbose: bool, silent: bool,
        keep: Callable[[Cell, CellResult], CellSummary],
    ) -> None:  # fmt: skip
        self._line = line
        self._cells = cells
        self._verbose = verbose
        self._silent = silent
        self._keep = keep
        self.held: dict[str, RunRecord] = {}
        self.store_error: CabError | None = None

    def started(self, cell: Cell) -> Watcher:
        """Say which cell the progress is of, when there are several."""
        task = cell.task
        self._line.cell = f"[{cell.number}/{self._cells}] {task.name}" if self._cells > 1 else ""
        return self._line

    def finished(self, cell: Cell, result: CellResult) -> None:
        """Show the cell's card, and all that a person must know beside it."""
        self._keep(cell, result)
        self.held[cell.key] = result.run.record
        self._line.clear()
        tell_beside(result, self.store_error)
        self.store_error = self.store_error or result.store_error
        if result.left_out:
            return
        for command in result.run.record.verdict.hint.splitlines()[1:]:
            output.say(command)
        if not self._silent:
            output.emit_rich(scorecard(result.run, verbose=self._verbose))
            if self._cells > 1:
                output.emit("")


class Board:
    """A line for each finished cell; on a terminal also a table of those under way, redrawn.

    Of a finished cell only the summary is held, and to `hold` also the record of one without a run
    directory: it was not run, or could not be kept.
    """

    def __init__(
        self,
        cells: int,
        names: tuple[str, ...],
        *,
        live: bool,
        hold: bool,
        keep: Callable[[Cell, CellResult], CellSummary],
    ) -> None:
        self._cells = cells
        self._names = names
        self._live = live
        self._hold = hold
        self._keep = keep
        self._running: dict[int, tuple[Cell, Progress | None]] = {}
        self._done: list[CellSummary] = []
        self.held: dict[str, RunRecord] = {}
        self.store_error: CabError | None = None

    def started(self, cell: Cell) -> Watcher:
        """Take a cell into the table."""
        self._running[cell.number] = (cell, None)

        def watch(progress: Progress) -> None:
            self._running[cell.number] = (cell, progress)

        return watch

    def finished(self, cell: Cell, result: CellResult) -> None:
        """Say in a line what a cell came to."""
        self._running.pop(cell.number, None)
        summary = self._keep(cell, result)
        if self._hold and summary.run is None:
            self.held[cell.key] = result.run.record
        tell_beside(result, self.store_error)
        self.store_error = self.store_error or result.store_error
        if not result.left_out:
            self._done.append(summary)
            place = f"[{len(self._done)}/{self._cells}]"
            output.say(f"{place} {finished_line(summary, self._names)}")

    @asynccontextmanager
    async def ticking(self) -> AsyncIterator[None]:
        """Redraw the table several times a second meanwhile, and leave a clean terminal."""
        ticker = asyncio.create_task(self._tick()) if self._live else None
        try:
            yield
        finally:
            if ticker is not None:
                ticker.cancel()
            output.draw()

    async def _tick(self) -> None:
        while True:
            self._draw()
            await asyncio.sleep(_TICK_S)

    def _draw(self) -> None:
        """Draw the totals, and as many of the cells under way as half the terminal has lines for.

        The other half is for what was finished, and for lines that wrap when it is made narrower.
        """
        size = live.size()
        rows = max(size.lines // 2 - _OTHER_LINES, 0)
        several = len(self._names) > 1
        shown = [
            (f"{cell.task.id} #{cell.repeat}", self._names[cell.target] if several else "", now)
            for cell, now in list(self._running.values())[:rows]
        ]
        lines = [totals_line(self._done, self._cells, len(self._running))]
        if shown:
            lines += running_lines(shown, size.columns)
        if len(self._running) > rows:
            lines.append(f"   and {len(self._running) - rows} more")
        output.draw(*lines)

"""The figures of a sweep, group by group: a table at 80 columns, lines that wrap below that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from cab_check.record import figures_of, groups
from cab_check.report.layout import Line, said
from cab_check.report.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions

    from cab_check.record import CellSummary, Figures, Sweep
    from cab_check.record.figures import AtK
    from cab_check.statistics import Spread

_HEADS = ("passed", "95 %", "pass@k", "stable", "wall s", "tokens", "first ms", "tok/s")
_WIDTHS = (9, 10, 10, 8, 8, 11, 10, 8)
_LONG = ("wall", "tokens", "first token", "speed")
_UNITS = ("s", "", "ms", "tokens/s")
_DIGITS = (1, 0, 0, 0)
_NONE = "-"
LEGEND = (
    "95 %: Wilson's interval. pass@k: one of k tries passes, the mean over n tasks on a target. "
    "stable: repeats with their task's commonest verdict. The others are medians (quartiles). "
    "n: of how many"
)


@dataclass(frozen=True, slots=True)
class GroupTable:
    """Groups of cells under a title: figures, and below them the n of each.

    `k` is that of pass@k, 1 for none: the same in all rows. `verbose` adds quartiles and the other
    k. `-` is unknown, or not defined. ASCII alone but for names.
    """

    title: str
    groups: Sequence[tuple[str, Figures]]
    k: int
    verbose: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text | Line]:
        wide = options.max_width >= sum(_WIDTHS) + 1
        yield Line(Text(" "), Text(f"By {self.title}", style="bold"))
        if wide:
            yield Text(_beside(_HEADS), style="dim", no_wrap=True)
        for name, figures in self.groups:
            yield Line(Text(" "), said(name))
            row = _Row(figures, self.k)
            if wide:
                yield Text(_beside(row.values), no_wrap=True)
                yield Text(_beside(("n", "", *row.ns[1:])), style="dim", no_wrap=True)
            else:
                yield Line(Text("   "), said(row.rates))
                yield Line(Text("   "), said(row.medians))
            for note in row.notes(verbose=self.verbose):
                yield Line(Text("   "), said(note, "dim"))


def figures_table(sweep: Sweep) -> Table:
    """Return the same figures as one table, each with its n, for pages and Markdown."""
    k = common_k(sweep.cells)
    return Table(
        heads=("By", "", *_HEADS),
        rows=tuple(
            (title, name, *_Row(figures, k).told)
            for title, members in groups(sweep.record, sweep.cells)
            for name, figures in members
        ),
        sides="ll" + "r" * len(_HEADS),
    )


def common_k(cells: Sequence[CellSummary]) -> int:
    """Return the k of pass@k that all rows have: as many repeats as one task has scored."""
    return max((at.k for at in figures_of(cells).at_k), default=1)


def _beside(row: Sequence[str]) -> str:
    return "".join(cell.rjust(width) for cell, width in zip(row, _WIDTHS, strict=True)).rstrip()


@dataclass(frozen=True, slots=True)
class _Row:
    """One group's figures in words."""

    figures: Figures
    k: int

    @property
    def values(self) -> tuple[str, ...]:
        """Return the figures, as many as there are heads."""
        passed, stable = self.figures.passed, self.figures.stable
        low, high = passed.interval
        at = self._at
        return (
            f"{passed.count}/{passed.n}",
            f"{low * 100:.0f}-{high * 100:.0f} %" if passed.n else _NONE,
            _NONE if at is None else f"@{at.k} {at.value:.3f}",
            _NONE if stable is None else f"{stable.count / stable.n:.0%}",
            *(
                _NONE if s is None else f"{s.median:,.{digits}f}"
                for s, digits in zip(self._spreads, _DIGITS, strict=True)
            ),
        )

    @property
    def ns(self) -> tuple[str, ...]:
        """Return the n of each figure but the first, which shows its own."""
        at, stable = self._at, self.figures.stable
        counts = [0 if s is None else s.n for s in self._spreads]
        of = (0 if at is None else at.n, 0 if stable is None else stable.n, *counts)
        return (str(self.figures.passed.n), *map(str, of))

    @property
    def told(self) -> tuple[str, ...]:
        """Return the figures with their quartiles, and the n of each that does not show it."""
        passed, interval, *others = self.values
        _, *ns = self.ns
        between = ["", ""] + [
            "" if s is None else f" ({s.low:,.{digits}f} to {s.high:,.{digits}f})"
            for s, digits in zip(self._spreads, _DIGITS, strict=True)
        ]
        told = zip(others, between, ns, strict=True)
        return (passed, interval, *(f"{value}{ends} n={n}" for value, ends, n in told))

    @property
    def rates(self) -> str:
        """Return the first four figures where there is no room for a table."""
        passed, interval, chance, steady, *_ = self.values
        _, tries, repeats, *_ = self.ns
        chance = f"pass{chance}" if self._at is not None else f"pass@k {_NONE}"
        return f"passed {passed} ({interval}), {chance} (n={tries}), stable {steady} (n={repeats})"

    @property
    def medians(self) -> str:
        """Return the other four."""
        told = zip(_LONG, self.values[4:], _UNITS, self.ns[3:], strict=True)
        return ", ".join(f"{name} {value} {unit}".rstrip() + f" (n={n})"
                         for name, value, unit, n in told)  # fmt: skip

    def notes(self, *, verbose: bool) -> Iterator[str]:
        """Say what the row has no room for."""
        unscored = self.figures.unscored
        if unscored:
            faults = ", ".join(f"{count} by {fault}" for fault, count in sorted(unscored.items()))
            yield f"{sum(unscored.values())} not scored: {faults}"
        if not verbose:
            return
        quartiles = [
            f"{name} {s.low:,.{digits}f} to {s.high:,.{digits}f} {unit}".rstrip() + f" (n={s.n})"
            for name, s, unit, digits in zip(_LONG, self._spreads, _UNITS, _DIGITS, strict=True)
            if s is not None
        ]
        if quartiles:
            yield f"quartiles: {', '.join(quartiles)}"
        if self.k > 1:
            yield ", ".join(f"pass@{at.k} {at.value:.3f} (n={at.n})" for at in self.figures.at_k)

    @property
    def _at(self) -> AtK | None:
        if self.k == 1:
            return None
        return next((at for at in self.figures.at_k if at.k == self.k), None)

    @property
    def _spreads(self) -> tuple[Spread | None, ...]:
        figures = self.figures
        return (
            figures.wall_s, figures.tokens, figures.first_token_ms, figures.tokens_per_s,
        )  # fmt: skip

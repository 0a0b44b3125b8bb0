"""The figures of a sweep, group by group: a table at 80 columns, lines that wrap below that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from cab_check.chance import Share
from cab_check.report.layout import Line, said
from cab_check.statistics import pass_at_k, spread, stability
from cab_check.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console, ConsoleOptions

    from cab_check.record import CellSummary
    from cab_check.statistics import Spread

_HEADS = ("passed", "95 %", "pass@k", "stable", "wall s", "tokens", "first ms", "tok/s")
_WIDTHS = (9, 10, 10, 8, 8, 11, 10, 8)
_LONG = ("wall", "tokens", "first token", "speed")
_UNITS = ("s", "", "ms", "tokens/s")
_DIGITS = (1, 0, 0, 0)
_NONE = "-"


@dataclass(frozen=True, slots=True)
class GroupTable:
    """Groups of cells under a title; medians, with quartiles on a line of their own if `verbose`.

    The n of a median is that of the scored cells, which `passed` shows; where fewer are known a
    line says so. `-` is unknown. ASCII alone but for names.
    """

    title: str
    groups: tuple[tuple[str, tuple[CellSummary, ...]], ...]
    verbose: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text | Line]:
        wide = options.max_width >= sum(_WIDTHS) + 1
        yield Line(Text(" "), Text(f"By {self.title}", style="bold"))
        if wide:
            yield Text(_beside(_HEADS), style="dim", no_wrap=True)
        for name, cells in self.groups:
            figures = _Figures.of(cells)
            yield Line(Text(" "), said(name))
            if wide:
                yield Text(_beside(figures.row()), no_wrap=True)
            else:
                yield Line(Text("   "), said(figures.rates()))
                yield Line(Text("   "), said(figures.medians()))
            for note in figures.notes(verbose=self.verbose):
                yield Line(Text("   "), said(note, "dim"))


def _beside(row: Sequence[str]) -> str:
    return "".join(cell.rjust(width) for cell, width in zip(row, _WIDTHS, strict=True))


@dataclass(frozen=True, slots=True)
class _Figures:
    """One group's figures; what is not scored is in no denominator."""

    share: Share
    k: int
    at_k: float | None
    tasks: int
    steady: float | None
    spreads: tuple[Spread | None, ...]
    unscored: int

    @classmethod
    def of(cls, cells: Sequence[CellSummary]) -> _Figures:
        scored = [cell for cell in cells if cell.status is Status.SCORED]
        repeats = _repeats(scored)
        k = min((len(each) for each in repeats), default=0)
        known = [pass_at_k(len(r), sum(c.passed for c in r), k) for r in repeats] if k > 1 else []
        values = [value for value in known if value is not None]
        return cls(
            share=Share(sum(cell.passed for cell in scored), len(scored)),
            k=k,
            at_k=sum(values) / len(values) if values else None,
            tasks=len(values),
            steady=stability([[(c.passed, c.fault) for c in r] for r in _repeats(cells)]),
            spreads=(
                spread(c.wall_s for c in scored),
                spread(c.tokens for c in scored),
                spread(c.first_token_ms for c in scored),
                spread(c.tokens_per_s for c in scored),
            ),
            unscored=len(cells) - len(scored),
        )

    @property
    def interval(self) -> str:
        """Return Wilson's interval in percent, which nothing scored has not."""
        if not self.share.n:
            return _NONE
        low, high = self.share.interval
        return f"{low * 100:.0f}-{high * 100:.0f} %"

    @property
    def chance(self) -> str:
        """Return pass@k for the k that every task has."""
        return _NONE if self.at_k is None else f"@{self.k} {self.at_k:.3f}"

    def row(self) -> tuple[str, ...]:
        steady = _NONE if self.steady is None else f"{self.steady:.0%}"
        middles = (
            _NONE if s is None else f"{s.median:,.{digits}f}"
            for s, digits in zip(self.spreads, _DIGITS, strict=True)
        )
        passed = f"{self.share.count}/{self.share.n}"
        return (passed, self.interval, self.chance, steady, *middles)

    def rates(self) -> str:
        """Return the first four figures where there is no room for a table."""
        passed, interval, chance, steady, *_ = self.row()
        return f"passed {passed} ({interval}), pass{chance}, stable {steady}".replace(
            "pass-", "pass@k -"
        )

    def medians(self) -> str:
        """Return the other four."""
        told = zip(_LONG, self.row()[4:], _UNITS, strict=True)
        return ", ".join(f"{name} {value} {unit}".rstrip() for name, value, unit in told)

    def notes(self, *, verbose: bool) -> Iterator[str]:
        """Say what the row has no room for."""
        if self.unscored:
            yield f"{self.unscored} not scored"
        if self.tasks > 1:
            yield f"pass@{self.k} is the mean over {self.tasks} tasks"
        told = list(zip(_LONG, self.spreads, _UNITS, _DIGITS, strict=True))
        few = [
            f"{name} n={s.n if s is not None else 0}"
            for name, s, _, _ in told
            if self.share.n and (s is None or s.n != self.share.n)
        ]
        if few:
            yield f"recorded for fewer: {', '.join(few)}"
        if verbose:
            quartiles = [
                f"{name} {s.low:,.{digits}f} to {s.high:,.{digits}f} {unit}".rstrip()
                for name, s, unit, digits in told
                if s is not None and s.n > 1
            ]
            if quartiles:
                yield f"quartiles: {', '.join(quartiles)}"


def _repeats(cells: Iterable[CellSummary]) -> list[list[CellSummary]]:
    found: dict[tuple[int, str], list[CellSummary]] = {}
    for cell in cells:
        found.setdefault((cell.target, cell.task), []).append(cell)
    return list(found.values())

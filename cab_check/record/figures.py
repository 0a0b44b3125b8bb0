"""The figures of a group of cells: what they came to, with n beside each of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.chance import Share
from cab_check.scorers.json_form import write
from cab_check.statistics import pass_at_k, spread, stability
from cab_check.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cab_check.record.sweep import CellSummary, SweepRecord
    from cab_check.statistics import Spread

_KS = (1, 2, 3, 5, 10, 20, 50, 100)


@dataclass(frozen=True, slots=True)
class AtK:
    """pass@k: its mean over the `n` tasks on a target that have k scored repeats or more."""

    k: int
    value: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One group's figures, of its scored cells alone: what is not scored is in no denominator.

    `at_k` has no entry for a k that no task has repeats enough for. `stable` is the share of
    repeats with the verdict that most of their task's have, None without a second repeat. A spread
    is of what is known, None where nothing is. `unscored` counts the others by whose fault it was.
    """

    passed: Share
    at_k: tuple[AtK, ...]
    stable: Share | None
    wall_s: Spread | None
    tokens: Spread | None
    first_token_ms: Spread | None
    tokens_per_s: Spread | None
    unscored: Mapping[str, int]


def figures_of(cells: Iterable[CellSummary]) -> Figures:
    """Work out the figures of any cells of one sweep."""
    every = tuple(cells)
    scored = [cell for cell in every if cell.status is Status.SCORED]
    repeats = _repeats(scored)
    return Figures(
        passed=Share(sum(cell.passed for cell in scored), len(scored)),
        at_k=_at_k(repeats),
        stable=stability(repeats),
        wall_s=spread(cell.wall_s for cell in scored),
        tokens=spread(cell.tokens for cell in scored),
        first_token_ms=spread(cell.first_token_ms for cell in scored),
        tokens_per_s=spread(cell.tokens_per_s for cell in scored),
        unscored=Counter(str(c.fault) for c in every if c.status is not Status.SCORED),
    )


def groups(
    record: SweepRecord, cells: Sequence[CellSummary]
) -> tuple[tuple[str, tuple[tuple[str, Figures], ...]], ...]:
    """Return the figures by target (in the sweep's order), by family and by task."""
    names = [target.name for target in record.targets]
    return (
        ("target", _by(cells, lambda cell: names[cell.target], names)),
        ("family", _by(cells, lambda cell: cell.family)),
        ("task", _by(cells, lambda cell: cell.task)),
    )


def figures_to_json(record: SweepRecord, cells: Sequence[CellSummary]) -> dict[str, object]:
    """Write the figures of a whole sweep: over all, by target, family and task."""
    return {"all": _json(figures_of(cells))} | {
        f"by_{title}": [{"name": name} | _json(figures) for name, figures in members]
        for title, members in groups(record, cells)
    }


def _by(
    cells: Iterable[CellSummary], key: Callable[[CellSummary], str], order: Sequence[str] = ()
) -> tuple[tuple[str, Figures], ...]:
    members: dict[str, list[CellSummary]] = {}
    for cell in cells:
        members.setdefault(key(cell), []).append(cell)
    names = [name for name in order if name in members] if order else sorted(members)
    return tuple((name, figures_of(members[name])) for name in names)


def _repeats(scored: Iterable[CellSummary]) -> tuple[list[bool], ...]:
    """Return whether each repeat passed, a list for each task on each target."""
    found: dict[tuple[int, str], list[bool]] = {}
    for cell in scored:
        found.setdefault((cell.target, cell.task), []).append(cell.passed)
    return tuple(found.values())


def _at_k(repeats: Sequence[Sequence[bool]]) -> tuple[AtK, ...]:
    most = max(map(len, repeats), default=0)
    found = []
    for k in sorted({k for k in _KS if k < most} | {most} - {0}):
        told = [pass_at_k(len(each), sum(each), k) for each in repeats]
        known = [value for value in told if value is not None]
        found.append(AtK(k, sum(known) / len(known), len(known)))
    return tuple(found)


def _json(figures: Figures) -> dict[str, object]:
    passed, stable = figures.passed, figures.stable
    return {
        "scored": passed.n,
        "passed": passed.count,
        "pass_rate": _rounded(passed.count / passed.n) if passed.n else None,
        "wilson_95": [_rounded(end) for end in passed.interval] if passed.n else None,
        "pass_at_k": [{"k": a.k, "value": _rounded(a.value), "n": a.n} for a in figures.at_k],
        "stable": {"share": _rounded(stable.count / stable.n), "n": stable.n} if stable else None,
        "wall_s": _spread(figures.wall_s),
        "tokens": _spread(figures.tokens),
        "first_token_ms": _spread(figures.first_token_ms),
        "tokens_per_s": _spread(figures.tokens_per_s),
        "not_scored": dict(figures.unscored),
    }


def _spread(spread: Spread | None) -> dict[str, object] | None:
    if spread is None:
        return None
    ends = {"median": spread.median, "quartile_1": spread.low, "quartile_3": spread.high}
    return {name: _rounded(value) for name, value in ends.items()} | {"n": spread.n}


def _rounded(value: float) -> object:
    return write(round(value, 6))

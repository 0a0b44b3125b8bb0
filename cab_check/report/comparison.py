"""Two runs or two sweeps, cell by cell and axis by axis, and what so few pairs can show."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from cab_check.chance import LEVEL, Share, paired
from cab_check.report.parting import parting
from cab_check.report.wording import UNKNOWN, figure, host, seconds, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from cab_check.record import RunRecord
    from cab_check.report.parting import Parting
    from cab_check.scorers.axes import Axes
    from cab_check.store import Run


@dataclass(frozen=True, slots=True)
class Pair:
    """The same cell on either side; `parting` None when the conversations never part."""

    task: str
    repeat: int
    a: Run
    b: Run
    parting: Parting | None

    @property
    def scored(self) -> bool:
        """Say whether both sides count."""
        return self.a.record.scored and self.b.record.scored


@dataclass(frozen=True, slots=True)
class AxisRow:
    """One axis on either side over `n` scored pairs; in `more` of them B has the greater value."""

    name: str
    a: str
    b: str
    n: int
    more: int
    less: int

    @property
    def chance(self) -> float:
        """Return how likely so uneven a split is by chance: the sign test, of a yes McNemar's."""
        return paired(self.more, self.less)

    @property
    def knowable(self) -> bool:
        """Say whether any outcome of so many pairs could show a difference at 5 %."""
        return paired(self.n, 0) < LEVEL

    @property
    def meaning(self) -> str:
        """Return in words whether the difference means anything."""
        if self.n == 0:
            return "no pair that is known on both sides"
        if not self.knowable:
            return f"cannot be known at n={self.n}"
        uneven = f"B more in {self.more}, less in {self.less} of {self.n}"
        split = f"{uneven} (exact test, p={self.chance:.3f})"
        return f"differs: {split}" if self.chance < LEVEL else f"no difference shown: {split}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything that is told of two sides, `a` and `b`.

    `unpaired` cells are on one side alone. `ledger` is what the endpoints needed, name by name, in
    all, where it differs. `otherwise` names what is not the same: with another fixture, judge,
    prompt or scorer it is not the same measurement.
    """

    a: tuple[Run, ...]
    b: tuple[Run, ...]
    pairs: tuple[Pair, ...]
    unpaired: tuple[str, ...]
    axes: tuple[AxisRow, ...]
    ledger: tuple[tuple[str, int, int], ...]
    otherwise: tuple[tuple[str, str, str], ...]

    @property
    def records(self) -> tuple[RunRecord, ...]:
        """Return the records of both sides."""
        return tuple(run.record for run in (*self.a, *self.b))


def compare(a: Sequence[Run], b: Sequence[Run]) -> Comparison:
    """Lay two sides next to each other; a cell is a task, its variant and which repeat it was.

    Models are told apart only where a side has more than one, hosts of one model by their order,
    since they change, and repeats only where either side has several runs.
    """
    kept = _Key(
        model=any(len({run.record.identity.model for run in side}) > 1 for side in (a, b)),
        repeat=min(len(a), len(b)) > 1,
    )
    left, right = kept.keyed(a), kept.keyed(b)
    pairs = tuple(_pair(left[key], right[key]) for key in left if key in right)
    alone = [("A", left[key]) for key in left if key not in right]
    alone += [("B", right[key]) for key in right if key not in left]
    scored = [(p.a.record, p.b.record) for p in pairs if p.scored]
    return Comparison(
        a=tuple(a),
        b=tuple(b),
        pairs=pairs,
        unpaired=tuple(f"{side}: {run.record.identity.task}" for side, run in alone),
        axes=tuple(_axis(axis, scored) for axis in (AXES if len(pairs) > 1 else ALONE)),
        ledger=_ledger(a, b),
        otherwise=tuple(_otherwise([run.record for run in a], [run.record for run in b])),
    )


@dataclass(frozen=True, slots=True)
class _Key:
    """What tells the cells of a side apart, besides task, variant and host: see `compare`."""

    model: bool
    repeat: bool

    def keyed(self, runs: Sequence[Run]) -> dict[Hashable, Run]:
        found: dict[Hashable, Run] = {}
        hosts: dict[str, list[str]] = {}
        times: Counter[Hashable] = Counter()
        for run in runs:
            identity = run.record.identity
            known = hosts.setdefault(identity.model, [])
            if identity.endpoint not in known:
                known.append(identity.endpoint)
            place = known.index(identity.endpoint)
            model = identity.model if self.model else None
            repeat = identity.repeat if self.repeat else None
            cell = (identity.task, identity.seed, model, place, repeat)
            found[(*cell, times[cell])] = run
            times[cell] += 1
        return found


def _pair(a: Run, b: Run) -> Pair:
    identity = a.record.identity
    return Pair(identity.task, identity.repeat, a, b, parting(a.messages, b.messages))


@dataclass(frozen=True, slots=True)
class _Axis:
    """How an axis is read and shown; a `share` is a yes or no, shown as how many of how many."""

    name: str
    value: Callable[[Axes], float | None]
    shown: Callable[[float], str] = figure
    share: bool = False


def _refusal(axes: Axes) -> float | None:
    return float(axes.refusal.refusal == 1) if axes.refusal.expected_refusal else None


def _constraints(axes: Axes) -> float | None:
    axis = axes.constraints
    return None if axis.nothing_changed or not axis.declared else axis.honored / axis.declared


AXES = (
    _Axis("Pass", lambda axes: float(axes.pass_rate.pass_), share=True),
    _Axis("Tokens", lambda axes: axes.tokens.total_tokens, tokens),
    _Axis("Wall", lambda axes: axes.latency.wall_clock_ms / 1000, seconds),
    _Axis("Blast", lambda axes: axes.blast_radius.blast_radius),
    _Axis("Refusal", _refusal, share=True),
    _Axis("Integrity", lambda axes: axes.integrity.integrity),
    _Axis("Constraints", _constraints),
)
"""No composite: it is never averaged over tasks."""
ALONE = (*AXES, _Axis("Composite", lambda axes: axes.composite.composite))
"""Of a single pair; the composite is last."""


def _axis(axis: _Axis, scored: Sequence[tuple[RunRecord, RunRecord]]) -> AxisRow:
    known = []
    for a, b in scored:
        if a.axes is not None and b.axes is not None:
            values = axis.value(a.axes), axis.value(b.axes)
            if values[0] is not None and values[1] is not None:
                known.append((values[0], values[1]))
    return AxisRow(
        name=axis.name,
        a=_shown(axis, [a for a, _ in known]),
        b=_shown(axis, [b for _, b in known]),
        n=len(known),
        more=sum(b > a for a, b in known),
        less=sum(b < a for a, b in known),
    )


def _shown(axis: _Axis, values: Sequence[float]) -> str:
    if not values:
        return UNKNOWN
    if axis.share:
        return f"{sum(value == 1 for value in values)} of {len(values)}"
    return axis.shown(median(values))


def passes(comparison: Comparison) -> tuple[Share, Share]:
    """Return how many of the scored pairs passed on either side."""
    scored = [pair for pair in comparison.pairs if pair.scored]
    n = len(scored)
    return (
        Share(sum(pair.a.record.passed for pair in scored), n),
        Share(sum(pair.b.record.passed for pair in scored), n),
    )


def _ledger(a: Sequence[Run], b: Sequence[Run]) -> tuple[tuple[str, int, int], ...]:
    counts: dict[str, list[int]] = {}
    for side, runs in enumerate((a, b)):
        for run in runs:
            for entry in run.record.accommodations:
                counts.setdefault(entry.name, [0, 0])[side] += entry.count
    return tuple((name, one, other) for name, (one, other) in counts.items() if one != other)


def _otherwise(a: Sequence[RunRecord], b: Sequence[RunRecord]) -> Iterator[tuple[str, str, str]]:
    for name, value in _MADE_OF:
        one, other = (sorted({value(record) for record in side}) for side in (a, b))
        if one != other:
            yield name, ", ".join(one), ", ".join(other)


def _task_and(digest: str | None, record: RunRecord) -> str:
    return f"{record.identity.task} {digest[:12] if digest else 'unknown'}"


_MADE_OF: tuple[tuple[str, Callable[[RunRecord], str]], ...] = (
    ("model", lambda record: record.identity.model),
    ("endpoint", lambda record: host(record.identity.endpoint)),
    ("cab", lambda record: record.versions.cab_check),
    ("scorers", lambda record: record.versions.scorers),
    ("prompt", lambda record: record.versions.agent_prompt_sha256[:12]),
    ("fixture", lambda record: _task_and(record.versions.fixture_sha256, record)),
    ("judge", lambda record: _task_and(record.versions.judge_sha256, record)),
    ("box", lambda r: r.isolation.receipt.level.value if r.isolation else "none was opened"),
    ("cells at once", lambda record: str(record.jobs)),
    ("demo", lambda record: "yes" if record.demo else "no"),
)

"""A sweep held against an earlier one: which cells are pairs, and what so many can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.chance import LEVEL, paired
from cab_check.errors import UsageError
from cab_check.record import Gate, Sweep
from cab_check.sweep.alike import differing_rulers, differing_settings
from cab_check.sweep.recording import CAPS
from cab_check.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cab_check.record import CellSummary, SweepRecord, TargetRecord

NEEDED = next(n for n in range(1, 64) if paired(0, n) < LEVEL)
"""So many pairs that passed before and no longer do are the fewest that show a regression: 6."""

# which cells there are is compared cell by cell; caps, keys and tapes change no verdict
_NO_MATTER = frozenset({
    "endpoint", "model", "targets", "tasks", "seed", "repeat", "shard", "shard_index", "price_in",
    "price_out", "tui", "published_model", "record_wire", "headers_needed", "address_needed",
    "key_env", "keys_needed", *CAPS,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Baseline:
    """An earlier sweep that this one is held against."""

    record: SweepRecord
    cells: tuple[CellSummary, ...]

    @property
    def name(self) -> str:
        """Return what the gate is called."""
        return f"--baseline {self.record.sweep_id}"


def foresee(baseline: Baseline, record: SweepRecord) -> str:
    """Say before a run what its baseline can show; raises UsageError where no cell is in both."""
    if not record.plan:
        return f"{baseline.name}: no cell fell to this shard"
    twins = _twins(baseline.record, record)
    if not twins:
        sides = [", ".join(t.name for t in r.targets) for r in (baseline.record, record)]
        raise UsageError(
            f"{baseline.name}: no cell of it is in this run; its targets are {sides[0]}, and this "
            f"run's {sides[1]}",
            hint="a pair is the same task and repeat on the same target: one of the same name, or "
            "else of a model that no other target has; another model has the same name where a "
            f'--targets file says name = "{baseline.record.targets[0].name}"',
        )
    before = _verdicts(baseline.cells)
    pairs = [before[twin] for twin in twins.values() if twin in before]
    alone = len(record.plan) - len(pairs)
    told = f"{baseline.name}: {_count(len(pairs), 'pair')}, {sum(pairs)} passed before"
    if alone:
        told += f" ({_count(alone, 'cell')} of this run without a scored twin)"
    extent = Sweep(baseline.record, baseline.cells).extent
    if extent.partial:
        told += f"; it is a part of a sweep, {extent.words}"
    doubt = next(_doubts(baseline.record, record, pairs), None)
    return told if doubt is None else f"{told}: cannot tell: {doubt}"


def hold_against(baseline: Baseline, record: SweepRecord, cells: Sequence[CellSummary]) -> Gate:
    """Fail on a significant regression alone, by McNemar's exact test, two-sided, at 5 %.

    Claims nothing where the pairs could not have shown one, or are no like for like.
    """
    before, now = _verdicts(baseline.cells), _verdicts(cells)
    twins = _twins(baseline.record, record)
    pairs = [(before[t], now[c]) for c, t in twins.items() if t in before and c in now]
    worse = sum(then and not here for then, here in pairs)
    better = sum(here and not then for then, here in pairs)
    count = (
        f"{worse} no longer pass, {better} newly pass, of {_count(len(pairs), 'pair')} "
        f"({sum(then for then, _ in pairs)} passed before)"
    )
    doubt = next(_doubts(baseline.record, record, [then for then, _ in pairs]), None)
    if doubt is not None:
        return Gate(baseline.name, None, f"cannot tell: {doubt}; {count}")
    chance = paired(better, worse)
    regressed = worse > better and chance < LEVEL
    word = "a regression" if regressed else "no significant regression"
    shown = f"p={chance:.3f}" if chance >= 0.001 else "p<0.001"  # noqa: PLR2004 - three digits
    return Gate(baseline.name, not regressed, f"{word}: {count}, McNemar's exact test, {shown}")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _verdicts(cells: Sequence[CellSummary]) -> Mapping[str, bool]:
    """Return by its key whether each scored cell passed."""
    return {cell.key: cell.passed for cell in cells if cell.status is Status.SCORED}


def _twins(before: SweepRecord, now: SweepRecord) -> Mapping[str, str]:
    """Return the keys of the cells that are in both plans: now -> before."""
    targets = {str(here): str(there) for here, there in _alike(before.targets, now.targets)}
    planned = frozenset(before.plan)
    found = {}
    for key in now.plan:
        target, _, rest = key.partition(":")
        twin = f"{targets.get(target)}:{rest}"
        if twin in planned:
            found[key] = twin
    return found


def _alike(
    before: Sequence[TargetRecord], now: Sequence[TargetRecord]
) -> Iterator[tuple[int, int]]:
    """Yield the indices of the same target, now and before.

    By name; those left by model in their order where both sides have the same, since hosts change;
    else by model where that is of one target alone on either side.
    """
    names = {target.name: index for index, target in enumerate(before)}
    here = [(index, t.model) for index, t in enumerate(now) if t.name not in names]
    known = {target.name for target in now}
    there = [(index, t.model) for index, t in enumerate(before) if t.name not in known]
    yield from ((i, names[t.name]) for i, t in enumerate(now) if t.name in names)
    if [model for _, model in here] == [model for _, model in there]:
        yield from ((i, j) for (i, _), (j, _) in zip(here, there, strict=True))
        return
    models = [[target.model for target in side] for side in (before, now)]
    for index, model in here:
        found = [j for j, other in there if other == model]
        if found and all(side.count(model) == 1 for side in models):
            yield index, found[0]


def _doubts(before: SweepRecord, now: SweepRecord, passed: Sequence[bool]) -> Iterator[str]:
    """Say why the pairs can show nothing: they are no like for like, or too few passed before."""
    yield from _differences(before, now)
    if sum(passed) < NEEDED:
        yield (
            f"{_count(sum(passed), 'pair')} that passed before cannot show a regression at "
            f"{LEVEL:.0%} (it takes {NEEDED})"
        )


def _differences(before: SweepRecord, now: SweepRecord) -> Iterator[str]:
    for name, then, here in differing_rulers(before, now):
        yield f"{name} was {then} and is {here}"
    tasks = {task.id: task for task in before.tasks}
    for task in now.tasks:
        then_ = tasks.get(task.id, task)
        for name in ("seed", "fixture_sha256", "judge_sha256"):
            if getattr(task, name) != getattr(then_, name):
                yield f"the {name.partition('_')[0]} of {task.id} is another than it was"
    for name, then, here in differing_settings(before, now, but=_NO_MATTER):
        yield f"{name} was {then} and is {here}"

"""Shards become one sweep again: what must agree, and what the whole then is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from cab_check.errors import ExitCode, UsageError, worst
from cab_check.record import SpentRecord
from cab_check.sweep.alike import differing_rulers, differing_settings
from cab_check.sweep.recording import CAPS
from cab_check.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.record import CellSummary, SweepRecord

# the shard differs by its nature; tasks and targets are compared as they were, not as typed
_OWN = frozenset({
    "shard", "shard_index", "tasks", "targets", "endpoint", "model", "key_env", "keys_needed",
    *CAPS,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One shard: where it was found, its record, and its cells whose runs are there."""

    place: str
    record: SweepRecord
    cells: tuple[CellSummary, ...]

    @property
    def shard(self) -> str:
        """Return which shard it is, such as `2/4`."""
        return f"{self.record.shard}/{self.record.shards}"


@dataclass(frozen=True, slots=True)
class Merged:
    """The whole sweep, and what of it is missing, in words."""

    record: SweepRecord
    cells: tuple[CellSummary, ...]
    missing: tuple[str, ...]


def merge(parts: Sequence[Part], sweep_id: str) -> Merged:
    """Join shards into one sweep; raises UsageError where they are not one measurement.

    The plan is that of the whole sweep, whatever shards are there: a cell that is missing counts
    as not run, and the merged sweep can be gone on with.
    """
    first = parts[0]
    for number, part in enumerate(parts):
        _refuse_whole(part)
        _refuse_differing(first, part)
        for other in parts[:number]:
            _refuse_twice(other, part)
    plan = _whole_plan(first.record)
    _refuse_strangers(parts, frozenset(plan))
    cells = sorted((cell for part in parts for cell in part.cells), key=lambda cell: cell.number)
    records = [part.record for part in parts]
    missing = tuple(_missing(parts, plan))
    record = replace(
        first.record,
        sweep_id=sweep_id,
        started_at=min(record.started_at for record in records),
        ended_at=max((r.ended_at for r in records if r.ended_at is not None), default=None),
        exit_code=int(_exit_code(records, cells, missing)),
        ended_by=_ended_by(parts, missing),
        jobs=max(record.jobs for record in records),
        plan=plan,
        shard=1,
        shards=1,
        settings=MappingProxyType(
            {**first.record.settings, **dict.fromkeys(("shard", "shard_index", *CAPS))}
        ),
        spent=_added([part.record.spent for part in parts if part.record.spent or part.cells]),
        merged_from=tuple(f"{part.record.sweep_id} (shard {part.shard})" for part in parts),
    )  # fmt: skip
    return Merged(record, tuple(cells), missing)


def _refuse_whole(part: Part) -> None:
    """Refuse what is no shard, or says of itself what no shard can be (plan.deal is balanced)."""
    record = part.record
    if not record.partial:
        raise UsageError(
            f"{part.place}: the sweep {record.sweep_id} is no shard",
            hint="merge joins what `cab check --shard I/N` left; a whole sweep needs none",
        )
    cells = record.repeats * len(record.tasks) * len(record.targets)
    if not 1 <= record.shard <= record.shards or cells > record.shards * (len(record.plan) + 1):
        raise UsageError(
            f"{part.place}: shard {part.shard} with {len(record.plan)} of {cells} cells cannot be",
            hint="its sweep.json was changed",
        )


def _refuse_twice(one: Part, other: Part) -> None:
    overlap = sorted(set(one.record.plan) & set(other.record.plan))
    same = one.shard == other.shard
    if not same and not overlap:
        return
    what = f"the shard {one.shard} is there twice" if same else f"{overlap[0]} is in two shards"
    raise UsageError(
        f"{what}: {one.place} and {other.place}",
        hint="give each shard's own directory, state/sweeps/SWEEP, and each once",
    )


def _refuse_differing(first: Part, part: Part) -> None:
    differing = next(_differences(first.record, part.record), None)
    if differing is not None:
        raise UsageError(
            f"shards {first.shard} and {part.shard} are not one measurement: {differing}",
            hint=f"compare {first.place} and {part.place}",
        )


def _differences(one: SweepRecord, other: SweepRecord) -> Iterator[str]:
    for name, here, there in (
        *differing_rulers(one, other),
        ("the number of shards", one.shards, other.shards),
        ("--repeat", one.repeats, other.repeats),
    ):
        if here != there:
            yield f"{name} is {here} and {there}"
    yield from _differing_tasks(one, other)
    if one.targets != other.targets:
        yield f"the targets are {_targets(one)} and {_targets(other)}"
    for name, here, there in differing_settings(one, other, but=_OWN):
        yield f"{name} is {here} and {there}"


def _targets(record: SweepRecord) -> str:
    return ", ".join(f"{t.name} ({t.model} at {t.endpoint})" for t in record.targets)


def _differing_tasks(one: SweepRecord, other: SweepRecord) -> Iterator[str]:
    theirs = {task.id: task for task in other.tasks}
    for task in one.tasks:
        if task.id not in theirs:
            yield f"the task {task.id} is in one alone"
        elif task.seed != theirs[task.id].seed:
            yield f"the seed of {task.id} is {task.seed} and {theirs[task.id].seed}"
        elif task.fixture_sha256 != theirs[task.id].fixture_sha256:
            yield f"the fixture of {task.id} is not the same"
        elif task.judge_sha256 != theirs[task.id].judge_sha256:
            yield f"the judge of {task.id} is not the same"
        elif task != theirs[task.id]:
            yield f"the origin of {task.id} is not the same"
    if [task.id for task in one.tasks] != [task.id for task in other.tasks]:
        yield "the tasks, or their order, are not the same"


def _whole_plan(record: SweepRecord) -> tuple[str, ...]:
    """Return the keys of all cells in the order of `plan.lay_out`."""
    return tuple(
        f"{target}:{task.id}:{repeat}"
        for repeat in range(1, record.repeats + 1)
        for task in record.tasks
        for target in range(len(record.targets))
    )


def _refuse_strangers(parts: Sequence[Part], plan: frozenset[str]) -> None:
    """Refuse a shard whose plan or cells lie outside of the whole, or of its own plan."""
    for part in parts:
        own = frozenset(part.record.plan)
        odd = sorted((own - plan) | ({cell.key for cell in part.cells} - own))
        if odd:
            raise UsageError(
                f"{part.place}: the cell {odd[0]} is not of this sweep",
                hint="its sweep.json or cells.jsonl was changed",
            )


def _missing(parts: Sequence[Part], plan: Sequence[str]) -> Iterator[str]:
    """Say which shards are not there, then which cells the others lack."""
    shards = parts[0].record.shards
    there = {part.record.shard for part in parts}
    known = {key for part in parts for key in part.record.plan}
    for number in range(1, shards + 1):
        if number not in there and len(known) < len(plan):  # else no cell fell to it
            yield f"shard {number}/{shards}"
    over = {cell.key for part in parts for cell in part.cells if cell.over}
    if len(there) == shards:
        known = set(plan)
    owner = {key: part.shard for part in parts for key in part.record.plan}
    for key in plan:
        if key in known and key not in over:
            yield f"cell {_named(parts[0].record, key)} (shard {owner.get(key, 'none')})"


def _named(record: SweepRecord, key: str) -> str:
    """Return a key of the plan as a person reads it: task, repeat, and target where it matters."""
    target, _, rest = key.partition(":")
    task, _, repeat = rest.rpartition(":")
    on = f" on {record.targets[int(target)].name}" if len(record.targets) > 1 else ""
    return f"{task} #{repeat}{on}"


def _ended_by(parts: Sequence[Part], missing: Sequence[str]) -> str | None:
    """Say why cells are missing: a shard that is not there, else one that ended early."""
    shards = [name for name in missing if name.startswith("shard")]
    if shards:
        return f"not merged: {', '.join(shards)}"
    early = (f"shard {p.shard}: {p.record.ended_by}" for p in parts if p.record.ended_by)
    killed = (f"shard {p.shard} did not end" for p in parts if p.record.ended_at is None)
    return next(early, next(killed, None)) if missing else None


def _exit_code(
    records: Sequence[SweepRecord], cells: Sequence[CellSummary], missing: Sequence[str]
) -> ExitCode:
    """Return the worst of all; 0 and 1 depend on the gates of a shard, so cells say it anew."""
    codes = {ExitCode(r.exit_code) for r in records if r.exit_code is not None}
    codes -= {ExitCode.PASSED, ExitCode.FAILED}
    codes |= {ExitCode(c.exit_code) for c in cells if c.over and c.exit_code is not None}
    if any(cell.status is Status.SCORED and not cell.passed for cell in cells):
        codes.add(ExitCode.FAILED)
    if missing:
        codes.add(ExitCode.MACHINE)
    return worst(codes)


def _added(found: Sequence[SpentRecord | None]) -> SpentRecord | None:
    """Add up what the shards used; None where one does not say, a cost that none knows as well."""
    spent = [each for each in found if each is not None]
    if not spent or len(spent) < len(found):
        return None
    costs = [each.cost for each in spent if each.cost is not None]
    return SpentRecord(
        requests=sum(each.requests for each in spent),
        tokens=sum(each.tokens for each in spent),
        cost=sum(costs) if costs else None,
        unpriced=sum(each.unpriced for each in spent),
        uncounted=sum(each.uncounted for each in spent),
        time_s=sum(each.time_s for each in spent),
    )

"""SweepRecord: made when a sweep begins, and held against what is here when it is gone on with."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from types import MappingProxyType
from typing import TYPE_CHECKING

from cab_check import __version__
from cab_check.agent.episode import StopReason
from cab_check.agent.prompt import prompt_sha256
from cab_check.clock import SystemClock
from cab_check.endpoint.address import parse
from cab_check.errors import ExitCode, UsageError
from cab_check.record import SweepRecord, TargetRecord, TaskOrigin, TaskRecord, summarise
from cab_check.scorers import SCORERS_VERSION
from cab_check.sweep.alike import differing_rulers
from cab_check.tasks.catalog import is_own
from cab_check.tasks.spec import fixture_sha256, judge_sha256
from cab_check.verdict import exit_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.endpoint.faults import Fault
    from cab_check.record import CellSummary, RunRecord
    from cab_check.settings import SweepSettings
    from cab_check.sweep.plan import Cell
    from cab_check.tasks.task import Task

CAPS = ("max_requests", "max_tokens_total", "max_cost", "max_time")
"""Settings of a sweep that may be raised when it is gone on with; they hold for all its starts."""
_MOVING = (*CAPS, "price_in", "price_out", "tasks", "targets")  # the last two are where they lie


def begin_record(
    tasks: Sequence[Task],
    targets: Sequence[TargetRecord],
    cells: Sequence[Cell],
    sweep: SweepSettings,
) -> SweepRecord:
    """Write down what a sweep is made of, before its first cell; its name is given later."""
    return SweepRecord(
        sweep_id="",
        cab_check=__version__,
        agent_prompt_sha256=prompt_sha256(),
        scorers=SCORERS_VERSION,
        started_at=SystemClock().now(),
        targets=tuple(targets),
        tasks=tuple(_task(task) for task in tasks),
        repeats=sweep.repeats,
        jobs=sweep.jobs,
        plan=tuple(cell.key for cell in cells),
        shard=sweep.shard,
        shards=sweep.shards,
    )


def target_record(name: str, url: str, model: str) -> TargetRecord:
    """Write down a target as it was given; its address loses userinfo and query values."""
    return TargetRecord(name=name, endpoint=parse(url).printable, model=model)


def summary_of(
    cell: Cell, record: RunRecord, run: str | None, fault: Fault | None = None
) -> CellSummary:
    """Return a cell in short, with what it alone comes to; `fault` is what ended it, if known."""
    summary = summarise(record, number=cell.number, target=cell.target, run=run)
    code = exit_code(record.verdict, fault)
    if summary.over and code is ExitCode.INTERRUPTED:  # read back: the record has no exchange
        code = ExitCode.AUTH if record.stop_reason is StopReason.AUTH else ExitCode.USAGE
    return replace(summary, exit_code=int(code))


def resumed_record(before: SweepRecord, now: SweepRecord) -> SweepRecord:
    """Return the record of a sweep that goes on; UsageError where it would be another one."""
    differing = next(_differences(before, now), None)
    if differing is not None:
        raise UsageError(
            f"the sweep {before.sweep_id} cannot go on: {differing}",
            hint="start a new one: cells of both would not be one measurement",
        )
    return replace(
        before,
        jobs=now.jobs,
        settings=MappingProxyType(
            {**before.settings, **{name: now.settings.get(name) for name in _MOVING}}
        ),
        ended_at=None,
        exit_code=None,
        ended_by=None,
        gates=(),
    )


def _differences(before: SweepRecord, now: SweepRecord) -> Iterator[str]:
    for name, was, is_ in differing_rulers(before, now):
        yield f"{name} was {was} and is {is_}"
    yield from _differing_tasks(before, now)
    for was, is_ in zip_longest(_places(before), _places(now), fillvalue="nothing"):
        if was != is_:
            yield f"its target was {was} and is {is_}"
    if before.plan != now.plan:
        yield "its plan has changed"


def _differing_tasks(before: SweepRecord, now: SweepRecord) -> Iterator[str]:
    tasks = {task.id: task for task in now.tasks}
    for task in before.tasks:
        here = tasks.get(task.id)
        if here is None:
            yield f"the task {task.id} is not there"
        elif here.fixture_sha256 != task.fixture_sha256:
            yield f"the fixture of {task.id} has changed"
        elif here.judge_sha256 != task.judge_sha256:
            yield f"the judge of {task.id} has changed"
        elif here != task:
            yield f"the seed or the origin of {task.id} has changed"


def _places(record: SweepRecord) -> list[str]:
    return [f"{target.model} at {target.endpoint}" for target in record.targets]


def _task(task: Task) -> TaskRecord:
    return TaskRecord(
        id=task.id,
        origin=TaskOrigin.OWN if is_own(task) else TaskOrigin(task.origin.value),
        fixture_sha256=fixture_sha256(task),
        judge_sha256=judge_sha256(task),
        seed=None if task.variant is None else task.variant.seed,
    )

"""SweepRecord: what many cells came to together. The cells themselves are runs of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from cab_check.record.types import Versions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cab_check.endpoint.faults import Party
    from cab_check.record.gate import Gate
    from cab_check.record.types import TaskOrigin
    from cab_check.verdict import Status

SWEEP_SCHEMA = "cab.sweep/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSummary:
    """One cell of a sweep in short: what statistics need of its run record.

    `number` is its place in the whole sweep, `target` the index of its target. `run` names its run
    directory, None when it was not run or the store could not keep it. `over` says that it came to
    an end of its own: one that was interrupted, stopped by a budget of the sweep or not run is not,
    and is run when the sweep is resumed. Times are of what was recorded: None is unknown, never 0.
    `refused` says whether a refusal was given (and accepted, where it was due: `refusal_due`).
    `exit_code` is what the cell alone comes to.
    """

    number: int
    target: int
    task: str
    repeat: int
    run: str | None
    over: bool
    status: Status
    fault: Party | None
    passed: bool
    evidence: str
    turns: int
    wall_s: float
    tokens: int | None
    first_token_ms: float | None
    tokens_per_s: float | None
    refusal_due: bool | None = None
    refused: bool | None = None
    accommodations: tuple[str, ...] = ()
    exit_code: int | None = None

    @property
    def key(self) -> str:
        """Return what names the cell in every start and every shard of its sweep."""
        return f"{self.target}:{self.task}:{self.repeat}"

    @property
    def family(self) -> str:
        """Return the part of the task's id before the slash."""
        return self.task.partition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRecord:
    """One target: the name that it is shown by, its address without credentials, its model."""

    name: str
    endpoint: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """One task as it was when the sweep began."""

    id: str
    origin: TaskOrigin
    fixture_sha256: str
    judge_sha256: str
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpentRecord:
    """What a sweep used, over all of its starts.

    `cost` is the sum of what is known: the provider's own figure, else tokens by the user's prices;
    None while nothing is. `unpriced` counts the requests whose cost is unknown, `uncounted` those
    whose tokens are: neither is ever taken for zero. `time_s` is how long cells were run.
    """

    requests: int = 0
    tokens: int = 0
    cost: float | None = None
    unpriced: int = 0
    uncounted: int = 0
    time_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRecord:
    """One sweep, or one shard of one (`shard` of `shards`).

    `plan` lists the keys of the cells that this sweep, or shard, is made of. `settings` are what
    was asked for, without a secret: two sweeps whose settings differ are not the same measurement.
    `ended_at` and `exit_code` are None while it runs, or when it was killed; `ended_by` says what
    ended it before its last cell. `merged_from` names the shards of a merged one, `gates` say what
    the thresholds of CI made of it.
    """

    sweep_id: str
    cab_check: str
    agent_prompt_sha256: str
    scorers: str
    started_at: datetime
    targets: tuple[TargetRecord, ...]
    tasks: tuple[TaskRecord, ...]
    repeats: int
    jobs: int
    plan: tuple[str, ...]
    settings: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    shard: int = 1
    shards: int = 1
    demo: bool = False
    ended_at: datetime | None = None
    exit_code: int | None = None
    ended_by: str | None = None
    spent: SpentRecord | None = None
    merged_from: tuple[str, ...] = ()
    gates: tuple[Gate, ...] = ()

    @property
    def versions(self) -> tuple[Versions, ...]:
        """Return what the scores depend on, one entry a task."""
        return tuple(
            Versions(
                cab_check=self.cab_check,
                agent_prompt_sha256=self.agent_prompt_sha256,
                fixture_sha256=task.fixture_sha256,
                judge_sha256=task.judge_sha256,
                scorers=self.scorers,
            )
            for task in self.tasks
        )

    @property
    def many(self) -> bool:
        """Say whether it is told of as a sweep, and not as the one run that it is."""
        return len(self.plan) != 1 or self.partial

    @property
    def partial(self) -> bool:
        """Say whether this is one shard of several."""
        return self.shards > 1

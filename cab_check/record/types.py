"""RunRecord: what one run came to, as values (DESIGN §4). The order of fields is the file's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from cab_check.scorers.tokens import TokensSource
from cab_check.verdict import Status

if TYPE_CHECKING:
    from datetime import datetime

    from cab_check.agent.episode import StopReason
    from cab_check.endpoint.ledger import Accommodation
    from cab_check.sandbox.box import Receipt
    from cab_check.scorers.axes import Axes, Preview
    from cab_check.verdict import Verdict

RUN_SCHEMA = "cab.run/1"
NOT_OBSERVED = "not observed"
"""What is recorded of the kernel's refusals to commands: their output is no evidence of any."""
NOTICE = "provisional score — not for citation"
REASON = (
    "the model ran under an eleventh agent, cab's own, on a fixture that is not the benchmark's"
)
DEMO_REASON = f"no model ran; {REASON.replace('the model', 'an actor')}"
AGENT = "cab embedded agent"
TUI = "cab"


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Everything of ours that a score depends on; a digest is None when that was not read."""

    cab_check: str
    agent_prompt_sha256: str
    fixture_sha256: str | None
    judge_sha256: str | None = None
    scorers: str


class TaskOrigin(StrEnum):
    """Whose a task is: the benchmark's id, one of cab's own, or a directory of the user's.

    A variant is what a seed made of any of them; it stands beside no published cell.
    """

    PUBLISHED = "published"
    PREVIEW = "preview"
    OWN = "own"
    VARIANT = "variant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which cell this was.

    `model` is the name that was asked for, `model_served` the one the endpoint answered with,
    `endpoint` the address without credentials. `compared_tui` is the published agent named with
    `--tui`, `compared_model` the published model named with `--published-model`; `agent` says who
    did the work all the same. `exit_code` is the agent's: 0 ended by itself, -1 time limit, 1 else,
    None when it never ran. `seed` made the task's variant; None is the task as it stands.
    `sweep_cell` names the cell within its sweep: `target:task:repeat`. A container's image and
    digest are written as null: no container takes part.
    """

    cell_id: str
    sweep_id: str
    task: str
    task_origin: TaskOrigin = TaskOrigin.PUBLISHED
    tui: str = TUI
    compared_tui: str | None = None
    compared_model: str | None = None
    agent: str = AGENT
    model: str
    model_served: str | None = None
    endpoint: str
    fixture_digest: str | None = None
    model_build_id: str | None = None
    exit_code: int | None = None
    repeat: int = 1
    seed: int | None = None
    sweep_cell: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When and how long, in UTC to the microsecond; token sums are None when unknown, never 0."""

    started_at: datetime
    ended_at: datetime
    duration_s: float
    retry_wait_ms: float = 0.0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    tokens_source: TokensSource = TokensSource.NOT_RECORDED


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCallRecord:
    """One model call with all its attempts.

    `latency_ms` is the answered attempt's, None when there is none; `error` then says why, in one
    line. Tokens are None where the endpoint did not say.
    """

    started_at: datetime
    request_sha256: str
    prompt_tokens: int | None
    completion_tokens: int | None
    latency_ms: float | None
    first_token_ms: float | None
    attempts: int
    finish_reason: str | None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IsolationRecord:
    """What held the agent's box: its receipt, and the levels this machine refused, with why.

    `files_written` counts files and links that the workspace has more or otherwise than before, by
    whatever means they came there: ignored ones are not counted, and None is unknown.
    `tools_refused` lists the calls by which a file tool was to leave the workspace, or to take a
    FIFO, a file too large or one that is closed; None is unknown. What the kernel refused a command
    is NOT_OBSERVED.
    """

    receipt: Receipt
    refused: tuple[str, ...] = ()
    files_written: int | None = None
    tools_refused: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run of one cell.

    `demo` says that the embedded endpoint played the model. `axes` and `preview` are None when the
    cell was never verified, `isolation` when no box was opened, `stop_reason` when it never began.
    `preview_fields` names the task's fields that are ours; `jobs` is how many cells ran at once.
    """

    versions: Versions
    identity: Identity
    timing: Timing
    stop_reason: StopReason | None
    stop_detail: str
    turns: int
    verdict: Verdict
    axes: Axes | None
    preview: Preview | None
    accommodations: tuple[Accommodation, ...]
    isolation: IsolationRecord | None
    model_calls: tuple[ModelCallRecord, ...]
    preview_fields: tuple[str, ...] = ()
    jobs: int = 1
    demo: bool = False

    @property
    def scored(self) -> bool:
        """Say whether the cell counts."""
        return self.verdict.status is Status.SCORED

    @property
    def passed(self) -> bool:
        """Say whether the cell counts and its task was solved."""
        return self.scored and self.verdict.fault is None

    @property
    def reason(self) -> str:
        """Return why its score may not be cited."""
        return DEMO_REASON if self.demo else REASON

    @property
    def family(self) -> str:
        """Return the part of the task's id before the slash."""
        return self.identity.task.partition("/")[0]

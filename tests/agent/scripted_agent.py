"""A scripted endpoint and box for the loop's tests: lists of what is said, in order."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cab_check.agent.loop import drive
from cab_check.clock import SystemClock
from cab_check.endpoint.faults import Fault, FaultKind, Party, fault_of
from cab_check.endpoint.ledger import Accommodation
from cab_check.endpoint.message import (
    Answered,
    Attempt,
    Reasoning,
    Reply,
    Role,
    ToolCall,
    Unanswered,
    Usage,
)
from cab_check.sandbox.box import CommandResult, Receipt
from cab_check.secrets import Redactor
from cab_check.settings import AgentSettings, BoxLimits, Isolation
from cab_check.tasks.spec import Origin, Task
from cab_check.trace import Trace, Watcher
from cab_check.workspace.place import open_workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cab_check.agent.asker import Asker
    from cab_check.agent.episode import Episode
    from cab_check.clock import Clock
    from cab_check.endpoint.message import (
        Message,
        Retry,
        ToolSpec,
    )
    from cab_check.sandbox.box import Box, Limit
    from cab_check.trace import Progress
    from cab_check.workspace.place import Workspace

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


class StillClock:
    """A clock that stands still until somebody moves it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        """Return noon and what has passed since."""
        return NOON + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """Return what has passed."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.seconds += seconds


def call(name: str, /, **arguments: object) -> ToolCall:
    """Build a well-formed call; its id follows from what it says."""
    return raw_call(name, json.dumps(arguments))


def raw_call(name: str, arguments: str, *, call_id: str | None = None) -> ToolCall:
    """Build a call whose arguments are any text."""
    known = hashlib.sha256(f"{name}{arguments}".encode("utf-8", "replace")).hexdigest()[:9]
    return ToolCall(known if call_id is None else call_id, name, arguments)


def attempt(
    *,
    number: int = 1,
    fault: Fault | None = None,
    usage: Usage | None = None,
    latency_ms: float = 20.0,
    waited_ms: float = 0.0,
) -> Attempt:
    """Build one HTTP exchange."""
    return Attempt(
        number=number,
        started_at=NOON,
        latency_ms=latency_ms,
        first_token_ms=None if fault else 5.0,
        waited_ms=waited_ms,
        status=200 if fault is None else fault.status,
        usage=usage,
        fault=fault,
    )


def used(prompt: int, completion: int) -> Usage:
    """Build a usage that adds up."""
    return Usage(
        prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion
    )


def say(
    text: str | None = None,
    *calls: ToolCall,
    finish: str | None = None,
    reasoning: str | None = None,
    usage: Usage | None = None,
    before: tuple[Attempt, ...] = (),
) -> Answered:
    """Build an answer: text, calls, or both; `before` are attempts that failed."""
    reply = Reply(
        text=text,
        reasoning=(Reasoning("reasoning_content", reasoning),) if reasoning else (),
        tool_calls=calls,
        finish_reason=finish or ("tool_calls" if calls else "stop"),
        usage=usage,
        model="scripted",
    )
    last = attempt(number=len(before) + 1, usage=usage)
    return Answered(reply=reply, attempts=(*before, last), request_sha256="0" * 64)


def fault(kind: FaultKind, *, party: Party = Party.ENDPOINT, retryable: bool = False) -> Fault:
    """Build a fault of one exchange."""
    return Fault(
        kind=kind,
        party=party,
        message=f"it was {kind.value}",
        hint="mend it",
        status=500,
        retryable=retryable,
    )


def fail(what: Fault, *, latency_ms: float = 20.0) -> Unanswered:
    """Build a call that got no reply."""
    lost = attempt(fault=what, latency_ms=latency_ms)
    return Unanswered(fault=what, attempts=(lost,), request_sha256="0" * 64)


Step = Answered | Unanswered | Callable[[float], Awaitable[Answered | Unanswered]]


@dataclass(slots=True)
class ScriptedAsker:
    """Answers from a list; what it was asked and told is kept."""

    steps: list[Step]
    requests: list[tuple[Message, ...]] = field(default_factory=list)
    tools: list[tuple[ToolSpec, ...]] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    left: list[float] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    retries: list[Retry] = field(default_factory=list)

    async def ask(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec],
        *,
        left_s: float,
        where: str,
        on_retry: Callable[[Retry], None],
    ) -> Answered | Unanswered:
        """Give the next answer of the list."""
        self.requests.append(tuple(messages))
        self.tools.append(tuple(tools))
        self.places.append(where)
        self.left.append(left_s)
        for retry in self.retries:
            on_retry(retry)
        step = self.steps.pop(0)
        return step if isinstance(step, Answered | Unanswered) else await step(left_s)

    def note(self, name: str, where: str, advice: str) -> None:
        """Keep a ledger entry."""
        assert advice
        self.notes.append((name, where))

    def calls_as_text(self, what: str) -> Fault:
        """Return a fault that says so."""
        return fault_of(FaultKind.CALLS_AS_TEXT, what)

    def accommodations(self) -> tuple[Accommodation, ...]:
        """Return the entries."""
        return tuple(Accommodation(name, 1, where, "-") for name, where in self.notes)


@dataclass(slots=True)
class ScriptedBox:
    """A box whose commands come to what was scripted; `ok` for the rest."""

    results: list[CommandResult | Callable[[], Awaitable[CommandResult]]] = field(
        default_factory=list
    )
    commands: list[tuple[str, ...]] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)

    async def run(
        self,
        argv: tuple[str, ...],
        limit_s: float,
        *,
        merge: bool = True,
        keep_bytes: int = 1024,
    ) -> CommandResult:
        """Give the next result."""
        assert merge
        assert keep_bytes > 0
        self.commands.append(argv)
        self.limits.append(limit_s)
        result = self.results.pop(0) if self.results else came_to(b"ok\n")
        return result if isinstance(result, CommandResult) else await result()

    def receipt(self) -> Receipt:
        """Say that nothing held this box."""
        return Receipt(
            level=Isolation.NONE,
            layers=(),
            weaker_than_full=(),
            commands=len(self.commands),
            withheld=0,
            left_behind=0,
            python=None,
        )


def came_to(
    output: bytes, *, exit_code: int = 0, stopped_by: Limit | None = None, elided: int = 0
) -> CommandResult:
    """Build what a command came to."""
    return CommandResult(
        exit_code=exit_code,
        stdout=output,
        stderr=b"",
        elided_bytes=elided,
        duration_ms=1.0,
        stopped_by=stopped_by,
    )


def make_task(root: Path) -> Task:
    """Build a task; its fixture lies below `root`."""
    return Task(
        id="family/task",
        title="a task",
        prompt="Mend the greeting.",
        language="python",
        origin=Origin.PREVIEW,
        max_turns=10,
        timeout_s=60.0,
        verify=("true",),
        requires=(),
        ground_truth_files=(),
        protected=(),
        expected_refusal=False,
        markers=None,
        ignored=(),
        limits_data=True,
        constraints=(),
        preview_fields=(),
        root=root,
    )


@dataclass(slots=True)
class Played:
    """An episode that is over, and everything that was said on the way."""

    episode: Episode
    asker: ScriptedAsker
    box: Box
    work: dict[str, bytes]
    spans: list[dict[str, object]]
    steps: list[Progress]

    @property
    def observations(self) -> list[str]:
        """Return what each tool message said, in order."""
        return [m.text or "" for m in self.episode.messages if m.role is Role.TOOL]

    @property
    def nudges(self) -> list[str]:
        """Return what was said as the user after the task itself."""
        users = [m.text or "" for m in self.episode.messages if m.role is Role.USER]
        return users[1:]

    @property
    def assistants(self) -> list[Message]:
        """Return the model's own messages as they are replayed."""
        return [m for m in self.episode.messages if m.role is Role.ASSISTANT]


@dataclass(slots=True)
class Lab:
    """Plays scripts on a real workspace; the endpoint is always scripted, the box by default."""

    path: Path
    files: dict[str, str | bytes] = field(default_factory=dict)
    settings: AgentSettings = field(default_factory=AgentSettings)
    limits: BoxLimits = field(default_factory=BoxLimits)
    box: Box = field(default_factory=ScriptedBox)
    clock: Clock = field(default_factory=SystemClock)
    interrupted: asyncio.Event = field(default_factory=asyncio.Event)
    retries: list[Retry] = field(default_factory=list)
    max_turns: int = 10
    timeout_s: float = 60.0
    prepare: Callable[[Workspace], None] = lambda _: None
    inside: (
        Callable[[Workspace, Callable[[Box], Awaitable[Episode]]], Awaitable[Episode]] | None
    ) = None

    async def play(self, *steps: Step, asker: Asker | None = None) -> Played:
        """Let the loop run against a list of answers, or against another asker."""
        fixture = self.path / "fixture" / "workdir"
        for name, content in {"README.md": "A ticket.\n", **self.files}.items():
            target = fixture / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)
        task = replace(
            make_task(fixture.parent), max_turns=self.max_turns, timeout_s=self.timeout_s
        )
        scripted = ScriptedAsker(list(steps), retries=self.retries)
        told: list[Progress] = []
        lines = self.path / "trace.jsonl"
        with open_workspace(fixture, scratch_dir=self.path / "scratch", keep=False) as workspace:
            self.prepare(workspace)
            with Trace(lines, clock=self.clock, redactor=Redactor(), watcher=told.append) as trace:
                episode = await self._drive(task, asker or scripted, workspace, trace)
            work = {
                str(p.relative_to(workspace.work)): p.read_bytes()
                for p in sorted(workspace.work.rglob("*"))
                if p.is_file() and not p.is_symlink()
            }
        spans = [json.loads(line) for line in lines.read_text().split("\n") if line]
        return Played(episode, scripted, self.box, work, spans, told)

    async def _drive(self, task: Task, asker: Asker, workspace: Workspace, trace: Trace) -> Episode:
        async def drive_in(box: Box) -> Episode:
            return await drive(
                task,
                asker=asker,
                box=box,
                workspace=workspace,
                settings=self.settings,
                trace=trace,
                clock=self.clock,
                interrupted=self.interrupted,
                command_limits=self.limits,
            )

        if self.inside is not None:
            return await self.inside(workspace, drive_in)
        return await drive_in(self.box)


__all__ = [
    "NOON",
    "Accommodation",
    "Lab",
    "Played",
    "ScriptedAsker",
    "ScriptedBox",
    "StillClock",
    "Watcher",
    "attempt",
    "call",
    "came_to",
    "fail",
    "fault",
    "make_task",
    "raw_call",
    "say",
    "used",
]

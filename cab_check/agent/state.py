"""State: one episode under way, and the Episode that it makes whenever it ends."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from cab_check.agent import words
from cab_check.agent.arguments import Flaw
from cab_check.agent.ending import Ending
from cab_check.agent.episode import Episode, StopReason
from cab_check.agent.history import History
from cab_check.agent.log import Draft
from cab_check.agent.observation import decode
from cab_check.agent.patience import NOTE_AFTER, Patience
from cab_check.agent.prompt import system_prompt, user_prompt
from cab_check.agent.spending import Spending
from cab_check.agent.telling import Teller
from cab_check.agent.toolbox import Toolbox
from cab_check.agent.tools import Ready, tool_specs
from cab_check.endpoint.reading import CUT_REASONS
from cab_check.workspace.path_errors import PathError
from cab_check.workspace.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.agent.asker import Asker
    from cab_check.agent.episode import ToolRun
    from cab_check.agent.tools import Unfit
    from cab_check.clock import Clock
    from cab_check.endpoint.message import Answered, Reply, ToolSpec, Unanswered
    from cab_check.sandbox.box import Box
    from cab_check.settings import AgentSettings, BoxLimits
    from cab_check.tasks.spec import Task
    from cab_check.trace import Trace
    from cab_check.workspace.place import Workspace

_RULES = "AGENTS.md"
_FLAWS = MappingProxyType(
    {
        Flaw.MALFORMED: words.ARGUMENTS_MALFORMED,
        Flaw.NOT_AN_OBJECT: words.ARGUMENTS_NOT_AN_OBJECT,
        Flaw.CUT: words.ARGUMENTS_CUT,
    }
)


@dataclass(slots=True, kw_only=True)
class State:
    """All that one episode has and has done; `asking` while a request is under way."""

    asker: Asker
    settings: AgentSettings
    clock: Clock
    trace: Trace
    toolbox: Toolbox
    declared: tuple[ToolSpec, ...]
    specs: dict[str, ToolSpec]
    history: History
    teller: Teller
    limit_s: float
    started_s: float
    spending: Spending
    patience: Patience = field(default_factory=Patience)
    turns: list[Draft] = field(default_factory=list)
    salvaged: int = 0
    asking: bool = False

    @classmethod
    def begin(
        cls,
        task: Task,
        *,
        asker: Asker,
        box: Box,
        workspace: Workspace,
        settings: AgentSettings,
        trace: Trace,
        clock: Clock,
        command_limits: BoxLimits,
    ) -> Self:
        """Set an episode up; its time runs from here."""
        tree = Tree(workspace.work)
        declared = tool_specs(settings, command_limits)
        spending = Spending()
        max_turns = task.max_turns if settings.max_turns is None else settings.max_turns
        return cls(
            asker=asker,
            settings=settings,
            clock=clock,
            trace=trace,
            toolbox=Toolbox(tree, box, settings, trace),
            declared=declared,
            specs={spec.name: spec for spec in declared},
            history=History(system_prompt(), user_prompt(task.prompt, _rules(tree, settings))),
            teller=Teller(trace, spending, max_turns),
            limit_s=task.timeout_s if settings.timeout_s is None else settings.timeout_s,
            started_s=clock.monotonic(),
            spending=spending,
        )

    @property
    def turn(self) -> Draft:
        """Return the turn under way."""
        return self.turns[-1]

    def left_s(self) -> float:
        """Return what is left of the time, below zero when it is over."""
        return self.limit_s - (self.clock.monotonic() - self.started_s)

    def limit_reached(self) -> Ending | None:
        """Check the limits, as before every request."""
        if self.left_s() <= 0:
            return Ending(StopReason.TIME_LIMIT, f"{self.limit_s:g} s")
        if len(self.turns) >= self.teller.max_turns:
            return Ending(StopReason.TURN_LIMIT, f"{self.teller.max_turns} turns")
        return self.spending.over_limit(self.settings)

    async def ask(self) -> Answered | Unanswered:
        """Begin a turn: ask, and record what it cost before anybody judges the reply."""
        self.turns.append(Draft(len(self.turns) + 1))
        self.teller.turn = self.turn.number
        self.teller.say("waiting for the model", self.left_s())
        started_s, started_ms = self.clock.monotonic(), self.trace.elapsed_ms()
        self.asking = True
        try:
            answer = await self.asker.ask(
                tuple(self.history.messages),
                self.declared,
                left_s=max(0.0, self.left_s()),
                where=f"turn {self.turn.number}",
                on_retry=lambda retry: self.teller.say_retry(retry, self.left_s()),
            )
        except asyncio.CancelledError:
            self.spending.unanswered_ms += (self.clock.monotonic() - started_s) * 1000
            self.teller.write_cut_call(started_ms, "ended")
            raise
        self.asking = False
        self.turn.take(answer)
        self.spending.add(answer, (self.clock.monotonic() - started_s) * 1000)
        self.teller.write_call(answer, started_ms)
        return answer

    def take_reply(self, reply: Reply, calls: Sequence[Ready | Unfit]) -> None:
        """Append the reply to the history, and note what had to be done for its calls."""
        if self.history.add_reply(reply, calls):
            self.note(words.IDS_REPEATED)
        for entry in dict.fromkeys(_entries(reply, calls)):
            self.note(entry)

    async def run(self, call: Ready | Unfit, *, in_history: bool = True) -> ToolRun:
        """Run one call, unless the time is up; its one message goes into the history."""
        note = ""
        if self.patience.counts_same_call(call):
            note = words.SAME_CALL.format(count=NOTE_AFTER)
        self.teller.say_call(call, self.left_s())
        left_s = self.left_s()
        if left_s <= 0:
            run = self.toolbox.not_run(call, words.NOT_RUN_ENDED, "time_limit")
            return self._record(run, in_history=in_history)
        try:
            run = await self.toolbox.run(call, turn=self.turn.number, left_s=left_s, note=note)
        except asyncio.CancelledError:
            self._record(self.toolbox.cut_off(call), in_history=in_history)
            raise
        return self._record(run, in_history=in_history)

    def refuse(self, call: Ready | Unfit, told: str, error: str) -> None:
        """Answer a call that is not run."""
        self._record(self.toolbox.not_run(call, told, error), in_history=True)

    def nudge(self, ending: Ending | None, told: str, note: str) -> Ending | None:
        """Say a word to the model in place of a tool's result, unless it is the end anyway."""
        self.turn.note = note
        if ending is None:
            self.history.add_user(told)
        return ending

    def note(self, entry: tuple[str, str]) -> None:
        """Enter an accommodation in the ledger."""
        name, advice = entry
        self.asker.note(name, f"turn {self.turn.number}", advice)

    def episode(self, ending: Ending) -> Episode:
        """Make the Episode; a call that never got its message gets it now."""
        while self.history.pending:
            self.history.add_result(words.NOT_RUN_ENDED)
        return Episode(
            turns=tuple(draft.finished() for draft in self.turns),
            stop=ending.stop,
            detail=ending.detail,
            fault=ending.fault,
            final_text=ending.final_text,
            messages=tuple(self.history.messages),
            accommodations=self.asker.accommodations(),
            tampering=tuple(self.toolbox.tampering),
            salvaged=self.salvaged,
            drive_ms=(self.clock.monotonic() - self.started_s) * 1000,
            unanswered_ms=self.spending.unanswered_ms,
        )

    def _record(self, run: ToolRun, *, in_history: bool) -> ToolRun:
        self.turn.tool_runs.append(run)
        if in_history:
            self.history.add_result(run.observation)
        return run


def _entries(reply: Reply, calls: Sequence[Ready | Unfit]) -> Iterator[tuple[str, str]]:
    """Yield what the ledger is to say of calls that are not as they should be."""
    for call in calls:
        if isinstance(call, Ready):
            if call.was_empty:
                yield words.ARGUMENTS_EMPTY
        elif call.flaw is not None:
            # a cut that was said to be one needs nothing from the server
            if call.flaw is not Flaw.CUT or reply.finish_reason not in CUT_REASONS:
                yield _FLAWS[call.flaw]
        elif call.error == "unknown_tool":
            yield words.TOOL_UNKNOWN
        elif call.call.arguments.strip() == "{}":
            yield words.ARGUMENTS_LOST


def _rules(tree: Tree, settings: AgentSettings) -> str | None:
    with suppress(PathError):
        return decode(tree.read_bytes(_RULES, settings.file_bytes)).text.removeprefix("\ufeff")
    return None

"""Toolbox: one cell's tools with its tree and its box; a call in, a ToolRun out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cab_check.agent import words
from cab_check.agent.command import run_command
from cab_check.agent.episode import ToolRun
from cab_check.agent.files import run_file_tool
from cab_check.agent.observation import cut, sendable, with_note
from cab_check.agent.outcome import Outcome
from cab_check.agent.requests import RunCommand
from cab_check.agent.tools import Ready
from cab_check.trace import SpanKind

if TYPE_CHECKING:
    from cab_check.agent.tools import Unfit
    from cab_check.sandbox.box import Box
    from cab_check.settings import AgentSettings
    from cab_check.trace import OpenSpan, Trace
    from cab_check.workspace.tree import Tree


@dataclass(slots=True)
class Toolbox:
    """Runs calls one after the other; `tampering` collects the attempts to leave the workspace."""

    tree: Tree
    box: Box
    settings: AgentSettings
    trace: Trace
    tampering: list[str] = field(default_factory=list)

    async def run(
        self, reading: Ready | Unfit, *, turn: int, left_s: float, note: str = ""
    ) -> ToolRun:
        """Run one call inside a span of its own; an unfit one is answered without being run.

        `note` is put under what the model is told.
        """
        started_ms = self.trace.elapsed_ms()
        call = reading.call
        name = sendable(call.name)[:100]
        with self.trace.span(SpanKind.TOOL_CALL, f"execute_tool {name}") as span:
            _describe(span, reading, turn)
            if isinstance(reading, Ready):
                outcome = await self._outcome(reading, left_s)
            else:
                outcome = Outcome(text=reading.told, error=reading.error)
            run = self._finished(reading, outcome, note, started_ms)
            _conclude(span, run)
        return run

    def not_run(self, reading: Ready | Unfit, told: str, error: str) -> ToolRun:
        """Record a call that was not run, and what the model is told of it."""
        outcome = Outcome(text=sendable(told), error=error)
        return self._finished(reading, outcome, "", self.trace.elapsed_ms())

    def cut_off(self, reading: Ready | Unfit) -> ToolRun:
        """Record a call that was under way when the episode ended; a command of it did run."""
        request = reading.request if isinstance(reading, Ready) else None
        command = request.command if isinstance(request, RunCommand) else None
        outcome = Outcome(text=words.ENDED_MEANWHILE, error="ended", command=command)
        return self._finished(reading, outcome, "", self.trace.elapsed_ms())

    async def _outcome(self, reading: Ready, left_s: float) -> Outcome:
        request = reading.request
        if isinstance(request, RunCommand):
            return await run_command(
                self.box,
                request,
                self.settings,
                left_s=left_s,
                redactor=self.trace.redactor,
            )
        outcome = run_file_tool(self.tree, request, self.settings, self.trace.redactor)
        if outcome.left is not None:
            self.tampering.append(f"{reading.call.name}: {sendable(outcome.left)[:500]}")
        return outcome

    def _finished(
        self, reading: Ready | Unfit, outcome: Outcome, note: str, started_ms: float
    ) -> ToolRun:
        limit = self.settings.observation_chars - len(outcome.head)
        under = "\n".join(part for part in (outcome.note, note) if part)
        text, redactor = sendable(outcome.text), self.trace.redactor
        shown = with_note(text, under, limit, redactor, missing_bytes=outcome.missing_bytes)
        kept = cut(text, max(0, self.settings.record_bytes - len(outcome.head)), redactor)
        if outcome.recorded is not None:
            kept = sendable(outcome.recorded)
        return ToolRun(
            call=reading.call,
            observation=outcome.head + shown,
            output=outcome.head + kept,
            error=outcome.error,
            started_ms=started_ms,
            duration_ms=self.trace.elapsed_ms() - started_ms,
            command=outcome.command,
            exit_code=outcome.exit_code,
        )


def _describe(span: OpenSpan, reading: Ready | Unfit, turn: int) -> None:
    span.attributes |= {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.type": "function",
        "gen_ai.tool.name": sendable(reading.call.name),
        "gen_ai.tool.call.id": sendable(reading.call.id),
        "gen_ai.tool.call.arguments": sendable(reading.call.arguments),
        "cab.turn": turn,
    }


def _conclude(span: OpenSpan, run: ToolRun) -> None:
    span.attributes["gen_ai.tool.call.result"] = run.output
    if run.exit_code is not None:
        span.attributes["process.exit.code"] = run.exit_code
    if run.error is not None:
        span.attributes["error.type"] = run.error
        span.error = run.error

"""Telling: a model call's spans for the trace, and the steps that a person watches."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.endpoint.message import Answered
from cab_check.trace import Progress, Span, SpanKind

if TYPE_CHECKING:
    from cab_check.agent.spending import Spending
    from cab_check.agent.tools import Ready, Unfit
    from cab_check.endpoint.message import Attempt, Reply, Retry, Unanswered
    from cab_check.trace import Trace

_ACTION_CHARS = 60


@dataclass(slots=True)
class Teller:
    """Tells the trace what one episode does; `turn` is the turn under way."""

    trace: Trace
    spending: Spending
    max_turns: int
    turn: int = 0

    def say(self, action: str, left_s: float) -> None:
        """Tell a watcher the last action and how far it has come."""
        self.trace.tell(Progress(action, self.turn, self.max_turns, self.spending.tokens, left_s))

    def say_retry(self, retry: Retry, left_s: float) -> None:
        """Tell a watcher of a retry that is about to wait."""
        wait = f"waiting {retry.wait_s:.0f} s"
        self.say(f"retry {retry.attempt}/{retry.of} · {retry.reason} · {wait}", left_s)

    def say_call(self, reading: Ready | Unfit, left_s: float) -> None:
        """Tell a watcher of a tool call, on one line and without control characters."""
        request = getattr(reading, "request", None)
        what = getattr(request, "command", getattr(request, "path", ""))
        line = "".join(c if c.isprintable() else " " for c in f"{reading.call.name} {what}").strip()
        line = self.trace.redactor.text(line)  # before it is cut: half a secret hides
        short = line if len(line) <= _ACTION_CHARS else f"{line[: _ACTION_CHARS - 1]}…"
        self.say(short, left_s)

    def write_call(self, answer: Answered | Unanswered, started_ms: float) -> None:
        """Write one model_call span for each attempt, in the order and at the times they had."""
        last = len(answer.attempts) - 1
        for index, attempt in enumerate(answer.attempts):
            started_ms += attempt.waited_ms
            reply = answer.reply if isinstance(answer, Answered) and index == last else None
            self._write_attempt(attempt, reply, started_ms)
            started_ms += attempt.latency_ms

    def write_cut_call(self, started_ms: float, error: str) -> None:
        """Write the span of a call that was under way when the episode ended."""
        attributes = {"gen_ai.operation.name": "chat", "cab.turn": self.turn, "error.type": error}
        self._write(started_ms, self.trace.elapsed_ms() - started_ms, attributes, error)

    def _write_attempt(self, attempt: Attempt, reply: Reply | None, started_ms: float) -> None:
        attributes: dict[str, object] = {
            "gen_ai.operation.name": "chat",
            "cab.turn": self.turn,
            "cab.attempt": attempt.number,
            "cab.waited_ms": attempt.waited_ms,
        }
        known = {
            "gen_ai.response.time_to_first_token_ms": attempt.first_token_ms,
            "http.response.status_code": attempt.status,
            "gen_ai.usage.input_tokens": attempt.usage and attempt.usage.prompt_tokens,
            "gen_ai.usage.output_tokens": attempt.usage and attempt.usage.completion_tokens,
            "gen_ai.response.model": reply and reply.model,
            "gen_ai.response.finish_reasons": [reply.finish_reason]
            if reply and reply.finish_reason
            else None,
            "error.type": attempt.fault and attempt.fault.kind.value,
        }
        attributes |= {name: value for name, value in known.items() if value is not None}
        error = None if attempt.fault is None else attempt.fault.message
        self._write(started_ms, attempt.latency_ms, attributes, error)

    def _write(
        self,
        started_ms: float,
        duration_ms: float,
        attributes: dict[str, object],
        error: str | None,
    ) -> None:
        name = f"chat, turn {self.turn}"
        parent = self.trace.current
        kind = SpanKind.MODEL_CALL
        self.trace.write(
            Span(uuid.uuid4().hex, parent, kind, name, started_ms, duration_ms, attributes, error)
        )

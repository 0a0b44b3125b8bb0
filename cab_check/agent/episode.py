"""Episode: what an agent did, turn by turn, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cab_check.endpoint.faults import Fault
    from cab_check.endpoint.ledger import Accommodation
    from cab_check.endpoint.message import Attempt, Message, Reply, ToolCall


class StopReason(StrEnum):
    """How an episode can end: a closed set (LOOP: stop reasons)."""

    FINISHED = "finished"
    TURN_LIMIT = "turn_limit"
    TIME_LIMIT = "time_limit"
    TOKEN_LIMIT = "token_limit"  # noqa: S105 - a stop reason, no secret
    COST_LIMIT = "cost_limit"
    FORMAT_ERRORS = "format_errors"
    LOOP = "loop"
    EMPTY_RESPONSE = "empty_response"
    TOOL_CALLS_AS_TEXT = "tool_calls_as_text"
    CONTEXT_OVERFLOW = "context_overflow"
    CONTENT_FILTER = "content_filter"
    TOOLS_UNSUPPORTED = "tools_unsupported"
    AUTH = "auth"
    ENDPOINT_ERROR = "endpoint_error"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRun:
    """One tool call, run or refused.

    `observation` is what the model was told; `output` what the record keeps (up to 1 MiB).
    `error` names why a call was refused or failed, None when it ran. `command` is set for
    run_command alone. `exit_code` likewise.
    """

    call: ToolCall
    observation: str
    output: str
    error: str | None
    started_ms: float
    duration_ms: float
    command: str | None = None
    exit_code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One model call and what it led to; `reply` None when it was never answered.

    Nudges are turns, retries are not: those are `attempts`.
    """

    number: int
    reply: Reply | None
    attempts: tuple[Attempt, ...]
    request_sha256: str
    tool_runs: tuple[ToolRun, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """All that happened between the first request and the end of drive.

    `detail` holds the number or the words that fired. `fault` is set when an exchange ended it.
    `final_text` is the agent's own closing text, None when it never came to one. `tampering` lists
    what the file tools refused (paths outside). `salvaged` counts text calls that were run because
    the user asked for it. `drive_ms` is the whole loop, `unanswered_ms` the part of it that went
    into unanswered attempts and the waits between attempts.
    """

    turns: tuple[Turn, ...]
    stop: StopReason
    detail: str
    fault: Fault | None
    final_text: str | None
    messages: tuple[Message, ...]
    accommodations: tuple[Accommodation, ...]
    tampering: tuple[str, ...]
    salvaged: int
    drive_ms: float
    unanswered_ms: float

    @property
    def saw_structured_call(self) -> bool:
        """Say whether the model made at least one call in the protocol's own form."""
        return any(turn.reply is not None and turn.reply.tool_calls for turn in self.turns)

"""Log: the turns of an episode while they happen, and the Episode that they make."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cab_check.agent.episode import Turn
from cab_check.endpoint.message import Answered

if TYPE_CHECKING:
    from cab_check.agent.episode import ToolRun
    from cab_check.endpoint.message import Attempt, Reply, Unanswered


@dataclass(slots=True)
class Draft:
    """A turn under way; what is in it stays, however the turn ends."""

    number: int
    reply: Reply | None = None
    attempts: tuple[Attempt, ...] = ()
    request_sha256: str = ""
    tool_runs: list[ToolRun] = field(default_factory=list)
    note: str | None = None

    def take(self, answer: Answered | Unanswered) -> None:
        """Take what came of the request."""
        self.attempts = answer.attempts
        self.reply = answer.reply if isinstance(answer, Answered) else None
        self.request_sha256 = answer.request_sha256

    def finished(self) -> Turn:
        """Return the turn as it stands."""
        return Turn(
            number=self.number,
            reply=self.reply,
            attempts=self.attempts,
            request_sha256=self.request_sha256,
            tool_runs=tuple(self.tool_runs),
            note=self.note,
        )

"""The actors: stateless players whose turn follows from the request's messages alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cab_check.demo.plan import Plan, no_tools_text
from cab_check.demo.reply import Reply
from cab_check.demo.toolbox import Toolbox

if TYPE_CHECKING:
    from cab_check.demo.chat import ChatRequest
    from cab_check.demo.reply import Failure

NOOP_TEXT = "Thank you. I have read it through, and all is well as it stands. Nothing to change."

# Names nothing of any task: a scorer that takes it for an answer takes any text for one.
GENERIC_REFUSAL = """\
# I refuse

I refuse to go on with this request as it stands. What is asked for cannot be met: parts of it
conflict with one another, and details that matter are missing. I decline to make up an answer.

Please say what is wanted and how the open points are to be settled. Until then I leave
everything as I found it.
"""
_REFUSED = "I refuse to do this as it stands. REFUSAL.md and CLARIFY.md say so."


class Actor(Protocol):
    """Whoever plays a model."""

    def reply(self, request: ChatRequest) -> Reply | Failure:
        """Return the turn that follows on the request's messages."""
        ...


@dataclass(frozen=True, slots=True)
class Noop:
    """Answers with a text at once and does nothing; the text is no refusal."""

    def reply(self, request: ChatRequest) -> Reply:  # noqa: ARG002 - the same to every request
        """Return the one text."""
        return Reply(text=NOOP_TEXT)


@dataclass(frozen=True, slots=True)
class Planned:
    """Carries out a plan, one step a turn, and ends with the plan's closing text."""

    plan: Plan

    def reply(self, request: ChatRequest) -> Reply:
        """Return the calls of the turn that is due, or the closing text."""
        turns = self.plan.turns(Toolbox(request.tools), parallel=request.parallel)
        if not turns:
            return Reply(text=no_tools_text(request.tools))
        if request.turn < len(turns):
            return Reply(calls=turns[request.turn])
        return Reply(text=self.plan.closing)


def refuse_all() -> Planned:
    """Return the actor that refuses whatever it is asked, in words that fit anything."""
    files = (("REFUSAL.md", GENERIC_REFUSAL), ("CLARIFY.md", GENERIC_REFUSAL))
    return Planned(Plan.of_texts(files, closing=_REFUSED))

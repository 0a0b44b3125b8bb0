"""StandIn: the actor that plays whatever model is asked for, so that any client can be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.demo.apierror import ApiError, model_not_found
from cab_check.demo.chat import Role
from cab_check.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cab_check.demo.cast import Cast
    from cab_check.demo.chat import ChatRequest
    from cab_check.tasks.spec import Task

_KINDS = frozenset({"oracle", "noop", "refuse-all", "cheat", "scripted"})
_NEEDS_REST = frozenset({"cheat", "scripted"})


@dataclass(frozen=True, slots=True)
class StandIn:
    """Says which actor's name a model's name stands for.

    `actor` is whoever plays where the model's name is no actor's own: `oracle:TASK`, or `oracle`
    alone, whose task is the one with the prompt that the request holds. None: nobody does.
    """

    cast: Cast
    actor: str | None = None

    def check(self) -> None:
        """Raise UsageError for an actor that could never play."""
        if self.actor is None:
            return
        kind, colon, rest = self.actor.partition(":")
        if kind not in _KINDS or (not colon and kind in _NEEDS_REST):
            raise UsageError(
                f"there is no actor {self.actor!r}",
                hint="give oracle:TASK, noop:TASK, refuse-all:TASK, cheat:NAME:TASK or "
                "scripted:FILE; oracle, noop and refuse-all find the task by themselves",
            )
        if not rest:
            return
        try:
            self.cast.actor(self.actor)
        except ApiError as error:
            raise UsageError(
                f"the actor {self.actor!r} cannot play: {error.message}",
                hint="cab tasks list names the tasks",
            ) from error

    def name_for(self, request: ChatRequest) -> str:
        """Return the name of the actor that plays for this request; ApiError 404 if none can."""
        if self.actor is None or not self.stands_for(request.model):
            return request.model
        if ":" in self.actor:
            return self.actor
        asked = [m.text for m in request.messages if m.role is Role.USER and m.text]
        task = _of_prompt(self.cast.all_tasks(), asked)
        if task is None:
            raise model_not_found(request.model, "no task has the prompt that was sent")
        return f"{self.actor}:{task.id}"

    def stands_for(self, model: str) -> bool:
        """Say whether a model's name is one that is played by whoever stands in."""
        kind, colon, _ = model.partition(":")
        return self.actor is not None and not (colon and kind in _KINDS)


def _of_prompt(tasks: Iterable[Task], asked: list[str]) -> Task | None:
    """Find the task whose prompt was sent, however its white space was laid out."""
    sent = [" ".join(text.split()) for text in asked]
    for task in tasks:
        prompt = " ".join(task.prompt.split())
        if any(prompt in text for text in sent):
            return task
    return None

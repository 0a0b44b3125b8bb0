"""Who plays what: every actor on every task, and some of them on fresh variants of it."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.tasks.variant import has_variants
from cab_check.workspace import open_variants

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.tasks.task import Task

SEEDS = (1, 2, 3)
"""The variants that are played of each task that has some, besides the task as it stands."""


@dataclass(frozen=True, slots=True)
class Play:
    """One actor on one task or variant."""

    task: Task
    actor: str

    @property
    def seed(self) -> int | None:
        """Return the seed of the variant, None for the task as it stands."""
        return None if self.task.variant is None else self.task.variant.seed


def actors(task: Task) -> tuple[str, ...]:
    """Name everyone who plays a task: the honest solver, the idle one, the refuser, the cheats."""
    return ("oracle", "noop", "refuse-all", *(f"cheat:{name}" for name in task.cheats))


@contextmanager
def plays(tasks: Sequence[Task], seed: int | None) -> Iterator[tuple[Play, ...]]:
    """Say what is to be played, with the variants on disk for as long as the context lasts.

    With a seed all actors play that variant of every task, and nothing else (UsageError for a task
    without variants). Without one they play the task as it stands; of three variants oracle and
    noop play each, and the cheats take turns, each of them on one.
    """
    with ExitStack() as held:
        if seed is not None:
            varied = held.enter_context(open_variants(tasks, seed))
            yield tuple(Play(task, actor) for task in varied for actor in actors(task))
            return
        found = [Play(task, actor) for task in tasks for actor in actors(task)]
        fresh = [task for task in tasks if has_variants(task)]
        for number, one in enumerate(SEEDS):
            for task in held.enter_context(open_variants(fresh, one)):
                found += [Play(task, actor) for actor in _some_actors(task, number)]
        places = {task.home: place for place, task in enumerate(tasks)}
        yield tuple(sorted(found, key=lambda play: places[play.task.home]))


def _some_actors(task: Task, number: int) -> tuple[str, ...]:
    cheats = task.cheats[number :: len(SEEDS)]
    return ("oracle", "noop", *(f"cheat:{name}" for name in cheats))

"""The variants of a run's tasks, for as long as the run lasts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cab_check.tasks.variant import write_variant
from cab_check.workspace.private import open_private_dir

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cab_check.tasks.task import Task


@contextmanager
def open_variants(
    tasks: Sequence[Task], seed: int | None, *, scratch_dir: Path | None = None
) -> Iterator[tuple[Task, ...]]:
    """Make the variants of a seed in a private directory; without a seed the tasks as they stand.

    Leaving the context removes them. UsageError when one of the tasks has no variants.
    """
    if seed is None:
        yield tuple(tasks)
        return
    with open_private_dir(scratch_dir) as place:
        yield tuple(
            write_variant(task, seed, place.path / f"task-{number}")
            for number, task in enumerate(tasks, start=1)
        )

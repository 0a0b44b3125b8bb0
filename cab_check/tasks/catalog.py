"""The catalogue: the tasks that come with the package, and those that a person points at."""

from __future__ import annotations

import difflib
import os
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.errors import UsageError
from cab_check.tasks.spec import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.tasks.task import Task

CORPUS = Path(__file__).parent / "corpus"

QUICK = (
    "polyglot/python-reverse-string",
    "mutations/python-comparator-swap",
    "integrity/ambiguous-ticket",
    "integrity/unsolvable-refusal",
)
"""What runs when no task is asked for: the plain ones first, then those that ask for a refusal."""


def all_tasks() -> tuple[Task, ...]:
    """Return every task of the package, sorted by id."""
    return tuple(_load_own(task_id) for task_id in task_ids())


@cache
def task_ids() -> tuple[str, ...]:
    """List the ids of the package's tasks, sorted, without reading any of them.

    A folder whose name begins with an underscore holds what tasks are made of, and no task.
    """
    found = (f"{file.parent.parent.name}/{file.parent.name}" for file in _specs(CORPUS))
    return tuple(sorted(task_id for task_id in found if not task_id.startswith("_")))


def find(id_or_path: str) -> Task:
    """Return one task, by its id or by the path of its directory; the id comes first.

    UsageError with the nearest ids when there is no such task.
    """
    if id_or_path in task_ids():
        return _load_own(id_or_path)
    folder = Path(id_or_path).expanduser()
    if folder.is_dir():
        return load(folder.resolve())
    raise _not_found(id_or_path)


def is_own(task: Task) -> bool:
    """Say whether a task is the user's own directory, and not one of cab's corpus."""
    return not task.home.is_relative_to(CORPUS)


def select(patterns: Sequence[str]) -> tuple[Task, ...]:
    """Return the tasks that ids, globs over ids (`integrity/*`) and directories name.

    They come in the order given, each once; a directory is a task or holds tasks up to two levels
    below; nothing asked for is the quick set. UsageError when a pattern names no task or two
    different directories share an id.
    """
    chosen: dict[str, Task] = {}
    for pattern in patterns or QUICK:
        for task in _matching(pattern):
            twin = chosen.setdefault(task.id, task)
            if twin.root != task.root:
                raise UsageError(
                    f"two tasks have the id {task.id}: {twin.root} and {task.root}",
                    hint="give one of them another id in its task.toml, or leave one out",
                )
    return tuple(chosen.values())


def _matching(pattern: str) -> tuple[Task, ...]:
    matched = [task_id for task_id in task_ids() if fnmatchcase(task_id, pattern)]
    if matched:
        return tuple(_load_own(task_id) for task_id in matched)
    folder = Path(pattern).expanduser()
    if _is_folder_of_tasks(folder):
        files = _specs(folder)
        if not files:
            raise UsageError(
                f"{pattern}: there is no task in this directory",
                hint="a task's directory has a task.toml; `cab tasks list` shows those of cab",
            )
        return tuple(load(file.parent.resolve()) for file in files)
    return (find(pattern),)


def _is_folder_of_tasks(folder: Path) -> bool:
    # a folder that may not be read is taken for a task's: reading that says what is wrong
    return (
        folder.is_dir()
        and os.access(folder, os.R_OK | os.X_OK)
        and not (folder / "task.toml").exists()
    )


def _specs(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*/task.toml"), *folder.glob("*/*/task.toml")])


@cache
def _load_own(task_id: str) -> Task:
    return load(CORPUS / task_id)


def _not_found(wanted: str) -> UsageError:
    names = {task_id.partition("/")[2]: task_id for task_id in task_ids()}
    near = difflib.get_close_matches(wanted, task_ids(), n=3, cutoff=0.5)
    by_name = difflib.get_close_matches(wanted.rpartition("/")[2], names, n=3, cutoff=0.5)
    nearest = dict.fromkeys([*near, *(names[name] for name in by_name)])
    advice = f"did you mean {', '.join(nearest)}? " if nearest else ""
    return UsageError(
        f"no task {wanted!r}",
        hint=f"{advice}`cab tasks list` shows them all; a directory with a task.toml works too",
    )

"""The catalogue as a table, and what both it and the view of one task say of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.sandbox.programs import missing_programs
from cab_check.tasks import catalog
from cab_check.tasks.variant import has_variants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cab_check.tasks.task import Task


def listed() -> list[dict[str, object]]:
    """Return every task of the package, as JSON objects."""
    return [summary(task) for task in catalog.all_tasks()]


def table() -> Iterator[str]:
    """Yield a line a task; the family is the part of its id before the slash."""
    found = catalog.all_tasks()
    width = max(len(task.id) for task in found)
    head = "language    origin     turns  time   expects        runs here   quick"
    yield f"{'task':<{width}}  {head}"
    for task in found:
        lacks = ", ".join(missing_programs(task.requires))
        here = f"no: {lacks}" if lacks else "yes"
        yield (
            f"{task.id:<{width}}  {task.language:<10}  {task.origin:<9}  {task.max_turns:>5}  "
            f"{task.timeout_s:>3.0f} s  {expects(task):<13}  {here:<10}  "
            f"{'quick' if task.id in catalog.QUICK else ''}"
        ).rstrip()


def summary(task: Task) -> dict[str, object]:
    """Return what the list says of a task."""
    missing = missing_programs(task.requires)
    return {
        "id": task.id,
        "title": task.title,
        "family": task.family,
        "language": task.language,
        "origin": task.origin.value,
        "max_turns": task.max_turns,
        "timeout_s": task.timeout_s,
        "expected_refusal": task.expected_refusal,
        "expects": expects(task),
        "quick": task.id in catalog.QUICK,
        "variants": has_variants(task),
        "runs_here": not missing,
        "missing": list(missing),
    }


def expects(task: Task) -> str:
    """Say what a right answer is: the work done, a refusal, or a clarification."""
    return task.markers.kind.value if task.markers else "work done"

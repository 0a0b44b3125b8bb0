"""Which changed paths somebody may be held to: all but the caches that a test run writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.workspace.patterns import matches

if TYPE_CHECKING:
    from cab_check.workspace.changes import Changes

BYTECODE_CACHES = ("__pycache__/*.pyc",)


def touched_paths(changes: Changes) -> tuple[str, ...]:
    """Return the changed paths, sorted, without added bytecode caches.

    Running the tests writes them beside the sources and is no edit of those. They stay in the
    blast radius where a task does not ignore them.
    """
    return tuple(
        path
        for path in changes.paths
        if path not in changes.added or not matches(path, BYTECODE_CACHES)
    )

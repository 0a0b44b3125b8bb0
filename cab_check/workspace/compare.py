"""Compare two snapshots (SCORING: blast_radius)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.workspace.changes import Changes
from cab_check.workspace.kinds import Kind
from cab_check.workspace.patterns import matches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.workspace.snapshot import Entry, Snapshot


def compare(before: Snapshot, after: Snapshot, *, ignored: Sequence[str]) -> Changes:
    """Say which paths differ in kind, content or executable bit (SCORING: blast_radius).

    Everything but directories is listed, an unreadable directory included: what it hides is not
    known. `ignored` hides a regular file that was added, at a path that the fixture does not have;
    never a removal, a modification or a symlink.
    """
    old, new = _listed(before), _listed(after)
    appeared = sorted(new.keys() - old.keys())
    hidden = frozenset(
        path
        for path in appeared
        if new[path].kind is Kind.FILE and path not in before.entries and matches(path, ignored)
    )
    return Changes(
        added=tuple(path for path in appeared if path not in hidden),
        removed=tuple(sorted(old.keys() - new.keys())),
        modified=tuple(sorted(path for path in old.keys() & new.keys() if old[path] != new[path])),
        ignored=tuple(sorted(hidden)),
        extra_git_dir=not _git_dirs(after) <= _git_dirs(before),
    )


def _listed(snapshot: Snapshot) -> dict[str, Entry]:
    return {
        path: entry
        for path, entry in snapshot.entries.items()
        if entry.kind is not Kind.DIRECTORY and not _is_git(path)
    }


def _git_dirs(snapshot: Snapshot) -> set[str]:
    return {path for path in snapshot.entries if _is_git(path)}


def _is_git(path: str) -> bool:
    return path == ".git" or path.endswith("/.git")

"""Changes: what differs between two snapshots of a tree (SCORING: blast_radius)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cab_check.workspace.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Files and symlinks that differ, sorted, relative, with "/"; never directories or `.git`.

    `ignored` lists what the task's ignored patterns hid; `extra_git_dir` says that a `.git`
    appeared anywhere in the tree.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    extra_git_dir: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """Return every changed path, sorted."""
        return tuple(sorted((*self.added, *self.removed, *self.modified)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEdit:
    """One changed file with its text before and after; None where it is absent or no text.

    Texts are UTF-8 with surrogateescape and cut at 1 MiB; a symlink's is its target. The kinds are
    None where nothing was. `cut` says that a text is not whole, or was left out of too many.
    """

    path: str
    before: str | None
    after: str | None
    before_kind: Kind | None = None
    after_kind: Kind | None = None
    before_executable: bool = False
    after_executable: bool = False
    cut: bool = False

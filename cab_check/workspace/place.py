"""Workspace: the private directory of one cell, with the agent's copy of the fixture in it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cab_check.errors import MachineError, UsageError
from cab_check.scratch import scratch_base
from cab_check.tasks.files import is_litter
from cab_check.workspace.copying import copy_tree
from cab_check.workspace.kinds import Kind
from cab_check.workspace.opening import open_up_tree
from cab_check.workspace.private import open_private_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cab_check.workspace.private import PrivateDir
    from cab_check.workspace.snapshot import Snapshot

_NOT_HANDED_OVER: Final = frozenset({Kind.UNREADABLE, Kind.TOO_DEEP})
# below a file there is nothing, and nothing can be put there
_NOWHERE: Final = Path(os.devnull) / "work"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A cell's directories.

    `root` is private (mode 0700) and holds what belongs to the cell; `work` below it is the agent's
    copy of the fixture, `before` what that copy held at the start; `place` keeps hold of the root.
    """

    root: Path
    work: Path
    before: Snapshot
    place: PrivateDir

    def settle(self) -> Path:
        """Take the tree back, once nothing runs in it any more, and return where to look at it.

        What its owner may open is opened (SCORING: blast_radius). When the root was removed or
        replaced, whatever is there now is not the agent's tree: there is nothing to look at.
        """
        if not self.place.reclaim():
            return _NOWHERE
        open_up_tree(self.work)
        return self.work


@contextmanager
def open_workspace(fixture: Path, *, scratch_dir: Path | None, keep: bool) -> Iterator[Workspace]:
    """Copy a fixture into a new private directory; leaving the context removes it unless `keep`.

    Raises UsageError when the fixture is no directory or may not be read, MachineError when the
    workspace cannot be made.
    """
    source, base = Path(os.path.realpath(fixture)), scratch_base(scratch_dir)
    if not _is_directory(source) or base.is_relative_to(source):
        raise UsageError(
            f"{fixture} cannot be a fixture with workspaces in {base}",
            hint="a fixture is a directory, and the temporary directory lies outside of it",
        )
    with open_private_dir(scratch_dir, keep=keep) as place:
        work = place.path / "work"
        yield Workspace(place.path, work, _copy_fixture(source, work), place)


def _is_directory(path: Path) -> bool:
    """Tell without an error; `is_dir()` raises below a directory that is closed to us."""
    try:
        return path.is_dir()
    except PermissionError:
        return False


def _copy_fixture(fixture: Path, work: Path) -> Snapshot:
    """Copy a fixture without what an installer compiled into it.

    Devices and the like are dropped; an unreadable file is not, it is an error.
    """
    try:
        copy = copy_tree(fixture, work, skip=is_litter)
    except OSError as error:
        raise MachineError(
            f"{fixture} cannot be copied to {work}: {error}",
            hint="free some space, or name another temporary directory",
        ) from error
    closed = [path for path, kind in copy.left_out.items() if kind in _NOT_HANDED_OVER]
    if closed:
        raise UsageError(
            f"{fixture} has files that cannot be read: {', '.join(closed[:3])}",
            hint="make them readable for the user that runs cab",
        )
    return copy.snapshot

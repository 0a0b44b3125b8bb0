"""Workspace: a private directory for one cell, gone on every way out."""

from __future__ import annotations

import fcntl
import os
import re
import stat
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cab_check.errors import MachineError, UsageError
from cab_check.tasks.files import is_litter
from cab_check.workspace.copying import copy_tree
from cab_check.workspace.kinds import Kind
from cab_check.workspace.removal import empty_tree, remove_tree
from cab_check.workspace.walk import OPEN_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cab_check.workspace.snapshot import Snapshot

PREFIX: Final = "cab-"
LOCK: Final = "lock"
_MARK: Final = b"a workspace of cab_check; removed by its next start once this lock is free\n"
_NAME: Final = re.compile(rf"{PREFIX}[a-z0-9_]{{8}}")
_NOT_HANDED_OVER: Final = frozenset({Kind.UNREADABLE, Kind.TOO_DEEP})
_OPEN_LOCK: Final = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Workspace:
    """A cell's directories.

    `root` is private (mode 0700) and holds what belongs to the cell; `work` below it is the agent's
    copy of the fixture, `before` what that copy held at the start.
    """

    root: Path
    work: Path
    before: Snapshot


@contextmanager
def open_workspace(fixture: Path, *, scratch_dir: Path | None, keep: bool) -> Iterator[Workspace]:
    """Copy a fixture into a new private directory; leaving the context removes it unless `keep`.

    While the process lives it holds a lock on a file in there, so that `sweep_leftovers` of another
    process leaves the directory alone. What cannot be removed on the way out is left to the next
    sweep. Raises UsageError when the fixture is no directory or may not be read, MachineError when
    the workspace cannot be made.
    """
    source, base = Path(os.path.realpath(fixture)), _scratch(scratch_dir)
    if not source.is_dir() or base.is_relative_to(source):
        raise UsageError(
            f"{fixture} cannot be a fixture with workspaces in {base}",
            hint="a fixture is a directory, and the temporary directory lies outside of it",
        )
    try:
        root, lock = _make_root(base)
    except OSError as error:
        raise MachineError(
            f"no workspace can be made: {error}",
            hint="make the temporary directory writable, or name another one",
        ) from error
    try:
        yield Workspace(root, root / "work", _copy_fixture(source, root / "work"))
    finally:
        try:
            _leave(root, keep=keep)
        finally:
            os.close(lock)


def sweep_leftovers(scratch_dir: Path | None) -> tuple[Path, ...]:
    """Remove the workspaces of processes that are gone, and return which.

    Only a directory of our name, owner and mode 0700, no symlink, with our lock file in it, and
    with that lock free; all else is left as it is, whoever put it there.
    """
    base = _scratch(scratch_dir)
    try:
        found = sorted(path for path in base.iterdir() if _NAME.fullmatch(path.name))
    except OSError:
        return ()
    return tuple(path for path in found if _sweep(path))


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


def _scratch(scratch_dir: Path | None) -> Path:
    return Path(os.path.realpath(scratch_dir or tempfile.gettempdir()))


def _make_root(base: Path) -> tuple[Path, int]:
    """Make a directory and take its lock.

    The mark is written once the lock is held, so that no sweep can come in between: before, it
    sees nothing of ours, and after, a lock that is not free.
    """
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    root = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    lock = os.open(root / LOCK, _OPEN_LOCK | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(lock, _MARK)
    except OSError:
        os.close(lock)
        raise
    return root, lock


def _take(lock: int, root: Path) -> bool:
    """Lock, and make sure that what is locked is still the file at that path."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(lock), os.lstat(root / LOCK))
    except (BlockingIOError, FileNotFoundError):
        return False


def _leave(root: Path, *, keep: bool) -> None:
    """Remove the workspace, its lock file last; a kept one loses the lock that marks it as ours."""
    with suppress(OSError):
        if keep:
            (root / LOCK).unlink()
            return
        empty_tree(root, keep=LOCK)
        remove_tree(root)


def _sweep(root: Path) -> bool:
    """Remove one leftover if it is one."""
    try:
        directory = os.open(root, OPEN_DIRECTORY)
    except OSError:
        return False
    try:
        lock = _free_lock(directory, root)
    finally:
        os.close(directory)
    if lock is None:
        return False
    try:
        _leave(root, keep=False)
    finally:
        os.close(lock)
    return not os.path.lexists(root)


def _free_lock(directory: int, root: Path) -> int | None:
    """Take the lock of a directory that is ours beyond doubt; None when it is not, or not free."""
    status = os.fstat(directory)
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) != stat.S_IRWXU:
        return None
    try:
        lock = os.open(LOCK, _OPEN_LOCK, dir_fd=directory)
    except OSError:
        return None
    if _is_ours(lock) and _take(lock, root):
        return lock
    os.close(lock)
    return None


def _is_ours(lock: int) -> bool:
    status = os.fstat(lock)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        return False
    return os.pread(lock, len(_MARK) + 1, 0) == _MARK

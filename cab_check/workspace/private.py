"""Private directories: made under a name that nobody can know, gone on every way out."""

from __future__ import annotations

import fcntl
import os
import re
import stat
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Final

from cab_check.errors import MachineError
from cab_check.scratch import LOCK, MARK, OPEN_LOCK, PREFIX, make_scratch, scratch_base
from cab_check.workspace.removal import empty_tree, remove_tree
from cab_check.workspace.walk import OPEN_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HUSK_S: Final = 60.0
_NAME: Final = re.compile(rf"{PREFIX}[a-z0-9_]{{8}}")


class PrivateDir:
    """A directory of mode 0700 that is ours alone, and the way to it, held open."""

    def __init__(self, path: Path, held: ExitStack) -> None:
        self.path = path
        self._fd = _hold(path, held)
        self._above = [
            (fd, os.fstat(fd).st_mode & stat.S_IRWXU) for fd in _held_above(path.parent, held)
        ]

    def reclaim(self) -> bool:
        """Give its owner back the rights on it, and those there were on what it lies in.

        Says whether it is still what lies at its path: commands may have removed or replaced it.
        """
        for fd, rights in self._above:
            _restore(fd, rights)
        _restore(self._fd, stat.S_IRWXU)
        try:
            return os.path.samestat(os.fstat(self._fd), os.lstat(self.path))
        except OSError:
            return False

    def hand_over(self) -> None:
        """Leave it to the user: without the lock file that marks it as ours."""
        with suppress(OSError):
            os.unlink(LOCK, dir_fd=self._fd)


@contextmanager
def open_private_dir(scratch_dir: Path | None, *, keep: bool = False) -> Iterator[PrivateDir]:
    """Make a new private directory; leaving the context removes it unless `keep`.

    While the process lives it holds a lock on a file in there, so that `sweep_leftovers` of another
    process leaves the directory alone. What cannot be removed on the way out is left to the next
    sweep. Raises MachineError when it cannot be made.
    """
    with ExitStack() as held:
        try:
            root = make_scratch(scratch_base(scratch_dir), held)
            place = PrivateDir(root, held)
        except OSError as error:
            raise MachineError(
                f"no workspace can be made: {error}",
                hint="make the temporary directory writable, or name another one",
            ) from error
        try:
            yield place
        finally:
            place.reclaim()
            if keep:
                place.hand_over()
            else:
                _remove(root)


def sweep_leftovers(scratch_dir: Path | None) -> tuple[Path, ...]:
    """Remove the private directories of processes that are gone, and return which.

    Only a directory of our name, owner and mode 0700, no symlink, with our lock file in it, and
    with that lock free; or an empty one that has been so for a minute: its process was killed
    before it had a lock, or after. All else is left as it is, whoever put it there.
    """
    try:
        inside = scratch_base(scratch_dir).iterdir()
        found = sorted(path for path in inside if _NAME.fullmatch(path.name))
    except OSError:
        return ()
    return tuple(path for path in found if _sweep(path))


def _hold(directory: Path, held: ExitStack) -> int:
    fd = os.open(directory, OPEN_DIRECTORY)
    held.callback(os.close, fd)
    return fd


def _held_above(directory: Path, held: ExitStack) -> Iterator[int]:
    """Hold the directories on the way that a command could close: our own, outermost first."""
    user = os.geteuid()
    for above in reversed((directory, *directory.parents)):
        with suppress(OSError):
            if above.lstat().st_uid == user:
                yield _hold(above, held)


def _restore(fd: int, rights: int) -> None:
    mode = stat.S_IMODE(os.fstat(fd).st_mode)
    if mode & rights != rights:
        with suppress(OSError):
            os.fchmod(fd, mode | rights)


def _remove(root: Path) -> None:
    """Remove a directory, its lock file last, or what was put in its place."""
    with suppress(OSError):
        if stat.S_ISDIR(root.lstat().st_mode):
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
        husk = lock is None and _is_husk(directory)
    finally:
        os.close(directory)
    if husk:
        with suppress(OSError):
            root.rmdir()
    if lock is None:
        return husk and not os.path.lexists(root)
    try:
        _remove(root)
    finally:
        os.close(lock)
    return not os.path.lexists(root)


def _is_husk(directory: int) -> bool:
    """Say whether a directory of ours is empty, and nobody can be about to fill it."""
    status = os.fstat(directory)
    ours = status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) == stat.S_IRWXU
    return ours and time.time() - status.st_mtime > _HUSK_S and not os.listdir(directory)


def _free_lock(directory: int, root: Path) -> int | None:
    """Take the lock of a directory that is ours beyond doubt; None when it is not, or not free."""
    status = os.fstat(directory)
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) != stat.S_IRWXU:
        return None
    try:
        lock = os.open(LOCK, OPEN_LOCK, dir_fd=directory)
    except OSError:
        return None
    if _is_ours(lock) and _take(lock, root):
        return lock
    os.close(lock)
    return None


def _take(lock: int, root: Path) -> bool:
    """Lock, and make sure that what is locked is still the file at that path."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(lock), os.lstat(root / LOCK))
    except (BlockingIOError, FileNotFoundError):
        return False


def _is_ours(lock: int) -> bool:
    status = os.fstat(lock)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        return False
    return os.pread(lock, len(MARK) + 1, 0) == MARK

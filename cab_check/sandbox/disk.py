"""How much disk the tree of one box uses, as far as that can be seen without changing anything."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_OPEN: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_BLOCK_BYTES: Final = 512
# a name takes room as well: a million empty files fill a disk's table of files
_LEAST_BYTES: Final = 4096
_DEEPEST: Final = 200


class DiskUse(NamedTuple):
    """Bytes on disk, and whether something lies there that could not be counted."""

    used_bytes: int
    hidden: bool


def disk_use(root: int, pids: Iterable[int], enough_bytes: float) -> DiskUse:
    """Count what lies below an open directory, and the nameless files that these processes hold.

    Stops at `enough_bytes`: what is beyond need not be counted. No symlink is followed and no other
    file system entered. A directory that is closed to us, or too deep, is `hidden`.
    """
    count = _Count(root, enough_bytes)
    try:
        count.below(os.open(".", _OPEN, dir_fd=root), 0)
    except PermissionError:
        count.hidden = True
    for status in _nameless(pids):
        count.add(status, several=True)
    return DiskUse(count.used, count.hidden)


def free_bytes(root: int) -> int:
    """Return the space that is left on the file system of an open directory."""
    status = os.fstatvfs(root)
    return status.f_bavail * status.f_frsize


class _Count:
    """A sum under way."""

    def __init__(self, root: int, enough: float) -> None:
        self.used, self.hidden = 0, False
        self._device = os.fstat(root).st_dev
        self._enough = enough
        self._several: set[int] = set()

    def add(self, status: os.stat_result, *, several: bool) -> None:
        """Add one file; one that may be met again is counted once."""
        if status.st_dev != self._device or status.st_ino in self._several:
            return
        if several:
            self._several.add(status.st_ino)
        self.used += max(status.st_blocks * _BLOCK_BYTES, _LEAST_BYTES)

    def below(self, fd: int, depth: int) -> None:
        """Add all that lies in a directory, which is closed afterwards."""
        try:
            with os.scandir(fd) as entries:
                for entry in entries:
                    self._entry(entry, fd, depth)
                    if self.used > self._enough:
                        return
        finally:
            os.close(fd)

    def _entry(self, entry: os.DirEntry[str], parent: int, depth: int) -> None:
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            return  # it has just gone
        folder = stat.S_ISDIR(status.st_mode)
        self.add(status, several=status.st_nlink > 1 and not folder)
        if not folder or status.st_dev != self._device:
            return
        if depth == _DEEPEST:
            self.hidden = True
            return
        try:
            fd = os.open(entry.name, _OPEN, dir_fd=parent)
        except PermissionError:
            self.hidden = True
        except OSError:
            return  # the same, or another thing has taken its place
        else:
            self.below(fd, depth + 1)


def _nameless(pids: Iterable[int]) -> Iterator[os.stat_result]:
    """Yield the files that processes hold open and that have no name any more."""
    for pid in pids:
        held: list[os.stat_result] = []
        with suppress(OSError):  # it has just ended, or is closed to us, or there is no /proc
            for path in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    held.append(path.stat())
        yield from (s for s in held if stat.S_ISREG(s.st_mode) and s.st_nlink == 0)

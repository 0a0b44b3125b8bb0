"""Walk a tree by directory descriptors: no path is ever resolved twice, no symlink followed.

A path longer than PATH_MAX is no obstacle, and neither is a tree deeper than the limit of open
files: a cursor keeps the last few directories open and climbs back by "..", checking each time
that it came out where it went in.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, NamedTuple

from cab_check.workspace.kinds import Kind, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OPEN_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
OPEN_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
PASS_DIRECTORY: Final = (
    getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
)
LONGEST_PATH: Final = 65_536
GONE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO})
_KEPT_OPEN: Final = 32
_CLOSED: Final = -1


class Cursor:
    """A place in a tree, moved one directory at a time; owns every descriptor handed to it."""

    __slots__ = ("_fds", "_identities")

    def __init__(self, fd: int) -> None:
        self._fds = [fd]
        self._identities: dict[int, tuple[int, int]] = {}

    @property
    def fd(self) -> int:
        """Return the descriptor of the directory that the cursor is in."""
        return self._fds[-1]

    @property
    def depth(self) -> int:
        """Return how many directories below its beginning the cursor is."""
        return len(self._fds) - 1

    def down(self, fd: int) -> None:
        """Go into a directory that was opened from this one."""
        self._fds.append(fd)
        far = len(self._fds) - 1 - _KEPT_OPEN
        if far > 0:
            self._identities[far] = _identity(self._fds[far])
            os.close(self._fds[far])
            self._fds[far] = _CLOSED

    def up(self) -> None:
        """Go back to the directory that this one was entered from.

        Raises OSError when the tree was moved meanwhile and ".." is another directory.
        """
        parent = len(self._fds) - 2
        if self._fds[parent] == _CLOSED:
            self._fds[parent] = os.open("..", OPEN_DIRECTORY, dir_fd=self.fd)
            if _identity(self._fds[parent]) != self._identities.pop(parent):
                raise OSError("a directory was moved while its tree was walked")
        os.close(self._fds.pop())

    def close(self) -> None:
        """Close all that is open."""
        for fd in self._fds:
            if fd != _CLOSED:
                os.close(fd)
        self._fds.clear()


def _identity(fd: int) -> tuple[int, int]:
    status = os.fstat(fd)
    return status.st_dev, status.st_ino


class Event(Enum):
    """What a walk comes by: something that is not entered, a directory's beginning and its end."""

    ENTRY = auto()
    ENTER = auto()
    LEAVE = auto()


class Step(NamedTuple):
    """One event. `directory` is open while the step is handled: the one that holds `name`.

    For ENTER it is the directory itself. `path` is relative to the walk's root, with "/".
    """

    event: Event
    directory: int
    path: str
    name: str
    kind: Kind


def skip_nothing(_path: str) -> bool:
    """Keep every path."""
    return False


@contextmanager
def open_root(root: Path) -> Iterator[Cursor]:
    """Open a tree's own directory. Raises OSError when there is none or it is a symlink."""
    cursor = Cursor(os.open(root, OPEN_DIRECTORY))
    try:
        yield cursor
    finally:
        cursor.close()


def open_directory(name: str, parent: int) -> int:
    """Open a directory below an open one, as it is."""
    return os.open(name, OPEN_DIRECTORY, dir_fd=parent)


def walk(
    cursor: Cursor,
    skip: Callable[[str], bool] = skip_nothing,
    *,
    enter: Callable[[str, int], int] = open_directory,
) -> Iterator[Step]:
    """Walk all that lies below the cursor; a path for which `skip` says yes is not entered.

    `enter` opens a directory by its name and the descriptor of the one that it lies in.
    """
    pending = [_Level("", "", iter(listing(cursor.fd)))]
    while pending:
        level = pending[-1]
        for name, kind in level.rest:
            path = f"{level.prefix}{name}"
            if skip(path):
                continue
            if kind is not Kind.DIRECTORY:
                yield Step(Event.ENTRY, cursor.fd, path, name, kind)
                continue
            entered, found = _enter(cursor, path, name, enter)
            if found is None:
                yield Step(Event.ENTRY, cursor.fd, path, name, entered)
                continue
            yield Step(Event.ENTER, cursor.fd, path, name, Kind.DIRECTORY)
            pending.append(_Level(f"{path}/", name, iter(found)))
            break
        else:
            pending.pop()
            if pending:
                cursor.up()
                path = level.prefix[:-1]
                yield Step(Event.LEAVE, cursor.fd, path, level.name, Kind.DIRECTORY)


class _Level(NamedTuple):
    prefix: str
    name: str
    rest: Iterator[tuple[str, Kind]]


def _enter(
    cursor: Cursor, path: str, name: str, enter: Callable[[str, int], int]
) -> tuple[Kind, list[tuple[str, Kind]] | None]:
    """Go into a directory and list it, or say why not."""
    if len(path) > LONGEST_PATH:
        return Kind.TOO_DEEP, None
    try:
        fd = enter(name, cursor.fd)
    except PermissionError:
        return Kind.UNREADABLE, None
    except OSError as error:
        if error.errno not in GONE:
            raise
        return Kind.GONE, None
    cursor.down(fd)
    return Kind.DIRECTORY, listing(fd)


def listing(fd: int) -> list[tuple[str, Kind]]:
    """List an open directory: names and kinds, in the order that the disk gives."""
    with os.scandir(fd) as entries:
        return [(entry.name, _kind(entry)) for entry in entries]


def _kind(entry: os.DirEntry[str]) -> Kind:
    """Read the kind that the directory itself tells, asking for the status only where it must."""
    try:
        if entry.is_symlink():
            return Kind.SYMLINK
        if entry.is_file(follow_symlinks=False):
            return Kind.FILE
        if entry.is_dir(follow_symlinks=False):
            return Kind.DIRECTORY
        return kind_of(entry.stat(follow_symlinks=False).st_mode)
    except PermissionError:
        return Kind.UNREADABLE

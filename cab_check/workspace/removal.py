"""Remove a tree, whatever a command made of it, and nothing else."""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from cab_check.workspace.kinds import Kind
from cab_check.workspace.opening import open_up
from cab_check.workspace.walk import Cursor, listing, open_root

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOUNTS: Final = Path("/proc/self/mountinfo")


def remove_tree(root: Path) -> None:
    """Remove a directory with all that is in it; symlinks and hard links are removed, not followed.

    Directories without permissions are opened up first. A root that is missing is no error; one
    that is a file or a symlink is itself removed. Raises OSError when something is mounted inside
    (then nothing is removed at all) or something cannot be removed.
    """
    path = Path(os.path.abspath(root))  # noqa: PTH100 - resolve() would follow a symlink
    with suppress(FileNotFoundError), _opened(path.parent) as parent:
        if not os.path.islink(path):  # noqa: PTH114 - is_symlink() raises below a closed directory
            _refuse_mounts(path)
        remove_at(path.name, parent)


def empty_tree(root: Path, *, keep: str) -> None:
    """Remove all that is in a directory but the one name `keep` in it; errors as `remove_tree`.

    Raises OSError when the root is a symlink: what that leads to is somebody else's.
    """
    with open_root(root) as cursor:
        _refuse_mounts(root)
        for name, _kind in listing(cursor.fd):
            if name != keep:
                with suppress(FileNotFoundError):
                    remove_at(name, cursor.fd)


def remove_at(name: str, parent: int) -> None:
    """Remove one name below an open directory, with all that is in it; errors as `remove_tree`."""
    if not stat.S_ISDIR(os.lstat(name, dir_fd=parent).st_mode):
        os.unlink(name, dir_fd=parent)
        return
    cursor = Cursor(open_up(name, parent))
    try:
        _empty(cursor)
    finally:
        cursor.close()
    os.rmdir(name, dir_fd=parent)


def mounts_below(root: str, mountinfo: str) -> list[str]:
    """List the mount points at or below a directory, from the text of /proc/self/mountinfo."""
    points = [
        re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[4])
        for line in mountinfo.splitlines()
        if len(fields := line.split(" ")) > 4  # noqa: PLR2004 - the fifth field is the mount point
    ]
    return [point for point in points if point == root or point.startswith(f"{root}/")]


def _refuse_mounts(path: Path) -> None:
    """Refuse to enter another file system: what is mounted here is somebody's original."""
    try:
        text = _MOUNTS.read_text("utf-8", "surrogateescape")
    except FileNotFoundError:  # no Linux
        text = ""
    if found := mounts_below(os.path.realpath(path), text):
        raise OSError(errno.EBUSY, "something is mounted inside", found[0])


class _Level(NamedTuple):
    name: str
    rest: Iterator[tuple[str, Kind]]


def _empty(cursor: Cursor) -> None:
    """Remove all below the cursor. No path is built: they may be longer than memory is large."""
    pending = [_Level("", iter(listing(cursor.fd)))]
    while pending:
        level = pending[-1]
        for name, kind in level.rest:
            if kind in (Kind.DIRECTORY, Kind.UNREADABLE) and _descend(cursor, name):
                pending.append(_Level(name, iter(listing(cursor.fd))))
                break
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=cursor.fd)
        else:
            pending.pop()
            if pending:
                cursor.up()
                os.rmdir(level.name, dir_fd=cursor.fd)


def _descend(cursor: Cursor, name: str) -> bool:
    """Enter a directory; False for anything else, a symlink in its place included."""
    try:
        cursor.down(open_up(name, cursor.fd))
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.ELOOP, errno.ENOENT):
            return False
        raise
    return True


@contextmanager
def _opened(directory: Path) -> Iterator[int]:
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)

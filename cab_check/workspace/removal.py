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
from cab_check.workspace.walk import OPEN_DIRECTORY, Cursor, listing

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
        if not path.is_symlink():
            _refuse_mounts(path)
        remove_at(path.name, parent)


def empty_tree(root: Path, *, keep: str) -> None:
    """Remove all that is in a directory but the one name `keep` in it; errors as `remove_tree`."""
    with _opened(root) as directory:
        for name, _kind in listing(directory):
            if name != keep:
                remove_tree(root / name)


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


def open_up(name: str, parent: int) -> int:
    """Open a directory for reading, giving its owner all rights first where they are missing."""
    with suppress(PermissionError):
        return _with_rights(os.open(name, OPEN_DIRECTORY, dir_fd=parent))
    _grant(name, parent)
    return os.open(name, OPEN_DIRECTORY, dir_fd=parent)


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
    text = _MOUNTS.read_text("utf-8", "surrogateescape") if _MOUNTS.exists() else ""
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


def _with_rights(fd: int) -> int:
    """Let the owner write and search a directory that is open, so that it can be emptied."""
    mode = os.fstat(fd).st_mode
    if mode & stat.S_IRWXU != stat.S_IRWXU:
        with suppress(PermissionError):
            os.fchmod(fd, stat.S_IRWXU)
    return fd


def _grant(name: str, parent: int) -> None:
    """Give the owner of a closed directory its rights, never following a symlink put in its place.

    Linux has no chmod that does not follow; a descriptor that only names the directory has a path
    in /proc that leads to it and nowhere else.
    """
    if os.chmod in os.supports_follow_symlinks:  # pragma: no cover - macOS
        os.chmod(name, stat.S_IRWXU, dir_fd=parent, follow_symlinks=False)
        return
    flags = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(name, flags, dir_fd=parent)
    try:
        Path(f"/proc/self/fd/{fd}").chmod(stat.S_IRWXU)
    finally:
        os.close(fd)


@contextmanager
def _opened(directory: Path) -> Iterator[int]:
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)

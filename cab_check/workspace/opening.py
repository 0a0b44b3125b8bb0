"""Open up what an owner may open, whatever a command did to the modes; never through a symlink."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cab_check.workspace.kinds import Kind
from cab_check.workspace.walk import GONE, OPEN_DIRECTORY, Cursor, Event, walk

if TYPE_CHECKING:
    from cab_check.workspace.walk import Step

_NOT_OURS: Final = frozenset({errno.EACCES, errno.EPERM})


def open_up(name: str, parent: int) -> int:
    """Open a directory for reading, giving its owner all rights first where they are missing."""
    with suppress(PermissionError):
        return _with_rights(os.open(name, OPEN_DIRECTORY, dir_fd=parent))
    grant(name, parent, stat.S_IRWXU)
    return os.open(name, OPEN_DIRECTORY, dir_fd=parent)


def open_up_tree(root: Path) -> None:
    """Give the owner u+rwx on every directory and u+r on every file, where they are missing.

    So that closed modes hide nothing and list no directory (SCORING: blast_radius). Executable bits
    stay as they are, and so does what is not ours. A root that is missing, a file or a symlink is
    left alone. Raises OSError when the disk cannot be read.
    """
    try:
        parent = os.open(root.parent, OPEN_DIRECTORY)
        try:
            cursor = Cursor(open_up(root.name, parent))
        finally:
            os.close(parent)
    except OSError as error:
        if error.errno not in GONE | _NOT_OURS:
            raise
        return
    try:
        for step in walk(cursor, enter=open_up):
            if step.event is Event.ENTRY and step.kind is Kind.FILE:
                _make_readable(step)
    finally:
        cursor.close()


def grant(name: str, parent: int, rights: int) -> None:
    """Add rights to the mode of a directory or file, never following a symlink put in its place.

    Linux has no chmod that does not follow; a descriptor that only names the file has a path in
    /proc that leads to it and nowhere else.
    """
    if os.chmod in os.supports_follow_symlinks:  # pragma: no cover - macOS
        mode = os.lstat(name, dir_fd=parent).st_mode
        os.chmod(name, stat.S_IMODE(mode) | rights, dir_fd=parent, follow_symlinks=False)
        return
    fd = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    try:
        mode = os.fstat(fd).st_mode
        if not stat.S_ISLNK(mode):
            Path(f"/proc/self/fd/{fd}").chmod(stat.S_IMODE(mode) | rights)
    finally:
        os.close(fd)


def _with_rights(fd: int) -> int:
    """Let the owner read, write and search a directory that is open."""
    mode = os.fstat(fd).st_mode
    if mode & stat.S_IRWXU != stat.S_IRWXU:
        with suppress(PermissionError):
            os.fchmod(fd, stat.S_IMODE(mode) | stat.S_IRWXU)
    return fd


def _make_readable(step: Step) -> None:
    try:
        if not os.lstat(step.name, dir_fd=step.directory).st_mode & stat.S_IRUSR:
            grant(step.name, step.directory, stat.S_IRUSR)
    except OSError as error:
        if error.errno not in GONE | _NOT_OURS:
            raise

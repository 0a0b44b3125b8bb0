"""What may lie at a path, and how a walk, a snapshot and a copy name it."""

from __future__ import annotations

import stat
from enum import StrEnum


class Kind(StrEnum):
    """What lies at a path. Only FILE is ever opened for its content, only DIRECTORY entered.

    UNREADABLE is a file or a directory that its own modes close to us; TOO_DEEP a directory whose
    path is longer than a walk goes; GONE what went away while it was looked at.
    """

    FILE = "file"
    SYMLINK = "symlink"
    DIRECTORY = "directory"
    FIFO = "fifo"
    SOCKET = "socket"
    DEVICE = "device"
    UNREADABLE = "unreadable"
    TOO_DEEP = "too deep"
    GONE = "gone"


_FORMATS = {
    stat.S_IFREG: Kind.FILE,
    stat.S_IFLNK: Kind.SYMLINK,
    stat.S_IFDIR: Kind.DIRECTORY,
    stat.S_IFIFO: Kind.FIFO,
    stat.S_IFSOCK: Kind.SOCKET,
}


def kind_of(mode: int) -> Kind:
    """Read the kind from a st_mode."""
    return _FORMATS.get(stat.S_IFMT(mode), Kind.DEVICE)

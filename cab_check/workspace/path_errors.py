"""Why a file tool could not have a path: results for the agent to read, not errors of ours.

PathError
├── LeavesTreeError    the path, or a symlink on its way, leads out of the tree
├── MissingError       nothing is there
├── NotRegularError    what is there is no regular file
├── NotDirectoryError  what is there is no directory
├── TooLargeError      the file is longer than the limit
├── DeniedError        its modes forbid it
└── UnusableError      no file can have that name, or the disk refuses
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cab_check.workspace.kinds import Kind


class PathError(Exception):
    """A path that a file tool could not have; `reason` is a sentence without the path."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class LeavesTreeError(PathError):
    """The path, or a symlink on its way, leads out of the tree."""

    def __init__(self, path: str) -> None:
        super().__init__(path, "the path leads out of the workspace")


class MissingError(PathError):
    """Nothing is there."""

    def __init__(self, path: str) -> None:
        super().__init__(path, "no such file or directory")


class NotRegularError(PathError):
    """What is there is no regular file."""

    def __init__(self, path: str, kind: Kind) -> None:
        super().__init__(path, f"it is a {kind.value}, not a regular file")
        self.kind = kind


class NotDirectoryError(PathError):
    """What is there, or on the way, is no directory."""

    def __init__(self, path: str) -> None:
        super().__init__(path, "it is not a directory")


class TooLargeError(PathError):
    """The file is longer than the limit, both in bytes."""

    def __init__(self, path: str, size: int, limit: int) -> None:
        super().__init__(path, f"the file has {size} bytes, the limit is {limit}")
        self.size = size
        self.limit = limit


class DeniedError(PathError):
    """The modes of the file or of a directory on its way forbid it."""

    def __init__(self, path: str) -> None:
        super().__init__(path, "permission denied")


class UnusableError(PathError):
    """No file can have that name, or the disk refuses."""


def from_os_error(path: str, error: OSError) -> PathError:
    """Translate what the system said."""
    match error.errno:
        case errno.ENOENT:
            return MissingError(path)
        case errno.ENOTDIR:
            return NotDirectoryError(path)
        case errno.EACCES | errno.EPERM:
            return DeniedError(path)
        case _:
            return UnusableError(path, os.strerror(error.errno or errno.EIO).lower())

"""Tree: file access for the agent's tools that cannot leave one directory.

Every path is resolved component by component, each opened relative to the directory before it and
without following symlinks; a symlink is read and its target resolved in the same way, from where it
lies. So there is no moment between a check and its use: what was checked is the open directory that
is used. A directory that is moved out of the tree while it is open stays what it is.
"""

from __future__ import annotations

import os
import secrets
import stat
import weakref
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cab_check.workspace.content import read_whole
from cab_check.workspace.kinds import Kind, kind_of
from cab_check.workspace.path_errors import (
    NotRegularError,
    TooLargeError,
    UnusableError,
    from_os_error,
)
from cab_check.workspace.resolution import Resolution
from cab_check.workspace.walk import OPEN_DIRECTORY, OPEN_FILE, PASS_DIRECTORY, Cursor, listing

if TYPE_CHECKING:
    from collections.abc import Iterator

_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One name in a directory; a symlink is named as such, wherever it leads."""

    name: str
    kind: Kind


class Tree:
    """The files below `root`. Paths are relative to it, with "/"; an absolute one below it will do.

    What holds the root is opened here and kept open, so that from now on no path leads there but
    the root's own name. Every method raises a PathError that says why a path cannot be had, and
    nothing else.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.realpath(root))
        self._above = _hold(self.root.parent)
        if isinstance(self._above, int):
            weakref.finalize(self, os.close, self._above)

    def read_bytes(self, path: str, limit: int) -> bytes:
        """Read a regular file of at most `limit` bytes."""
        size, data = self._read(path, limit)
        if max(size, len(data)) > limit:
            raise TooLargeError(path, max(size, len(data)), limit)
        return data

    def read_start(self, path: str, limit: int) -> bytes:
        """Read a regular file, of a longer one its first `limit` bytes."""
        return self._read(path, limit)[1][:limit]

    def write_bytes(self, path: str, data: bytes) -> None:
        """Write a whole file in one step, making its parents; an existing one keeps its modes.

        A new file takes the place of the old one, so that a hard link elsewhere keeps what it had.
        """
        with self._resolved(path, make_parents=True) as (directory, name):
            try:
                status = os.lstat(name, dir_fd=directory)
            except FileNotFoundError:
                _replace(directory, name, data, None)
                return
            _require_regular(path, status)
            _replace(directory, name, data, stat.S_IMODE(status.st_mode) & 0o777)

    def entries(self, path: str = ".") -> tuple[TreeEntry, ...]:
        """List a directory, sorted by name."""
        with self._resolved(path) as (directory, name):
            fd = os.open(name, OPEN_DIRECTORY, dir_fd=directory)
            try:
                return tuple(TreeEntry(*found) for found in sorted(listing(fd)))
            finally:
                os.close(fd)

    def kind(self, path: str) -> Kind:
        """Say what a path leads to, symlinks followed."""
        with self._resolved(path) as (directory, name):
            return kind_of(os.lstat(name, dir_fd=directory).st_mode)

    def _read(self, path: str, limit: int) -> tuple[int, bytes]:
        """Return the size of a regular file and its data, cut one byte beyond the limit."""
        with self._resolved(path) as (directory, name):
            _require_regular(path, os.lstat(name, dir_fd=directory))
            fd = os.open(name, OPEN_FILE, dir_fd=directory)
            try:
                status = os.fstat(fd)
                _require_regular(path, status)
                return status.st_size, read_whole(fd, limit + 1)
            finally:
                os.close(fd)

    @contextmanager
    def _resolved(self, path: str, *, make_parents: bool = False) -> Iterator[tuple[int, str]]:
        """Resolve all but the last step: an open directory and a name in it that is no symlink.

        The name is "." when the path leads to a directory by way of "..", or to the root itself.
        """
        if "\0" in path:
            raise UnusableError(path, "the path holds a NUL byte")
        try:
            with closing(self._enter_root()) as cursor:
                name = Resolution(self.root, path, cursor, make_parents=make_parents).resolve()
                yield cursor.fd, name
        except OSError as error:
            raise from_os_error(path, error) from error

    def _enter_root(self) -> Cursor:
        if isinstance(self._above, OSError):
            raise self._above
        return Cursor(os.open(self.root.name, OPEN_DIRECTORY, dir_fd=self._above))


def _hold(directory: Path) -> int | OSError:
    try:
        return os.open(directory, PASS_DIRECTORY)
    except OSError as error:
        return error


def _require_regular(path: str, status: os.stat_result) -> None:
    kind = kind_of(status.st_mode)
    if kind is not Kind.FILE:
        raise NotRegularError(path, kind)


def _replace(directory: int, name: str, data: bytes, mode: int | None) -> None:
    """Write a new file beside `name` and rename it over it; nothing is left when that fails."""
    draft = f".cab-{secrets.token_hex(8)}"
    fd = os.open(draft, _CREATE, 0o666, dir_fd=directory)
    try:
        try:
            if mode is not None:
                os.fchmod(fd, mode)
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view) :]
        finally:
            os.close(fd)
        os.rename(draft, name, src_dir_fd=directory, dst_dir_fd=directory)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(draft, dir_fd=directory)

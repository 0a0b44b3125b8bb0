"""Resolve a path below a directory, one component at a time, as the kernel would but no further."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from cab_check.workspace.path_errors import LeavesTreeError, UnusableError
from cab_check.workspace.walk import PASS_DIRECTORY

if TYPE_CHECKING:
    from pathlib import Path

    from cab_check.workspace.walk import Cursor

_MOST_LINKS: Final = 40


class Resolution:
    """One path on its way; moves `cursor`, which must be at the tree's root."""

    __slots__ = ("_cursor", "_left", "_links", "_make_parents", "_path", "_root")

    def __init__(self, root: Path, path: str, cursor: Cursor, *, make_parents: bool) -> None:
        self._root = os.fspath(root)
        self._path = path
        self._cursor = cursor
        self._make_parents = make_parents
        self._links = 0
        self._left = self._parts(path)

    def resolve(self) -> str:
        """Move the cursor to the directory that holds the last name, and return that name.

        It is no symlink, may be missing, and is "." when the path ends in the cursor's directory
        itself. Raises LeavesTreeError, UnusableError for a circle of symlinks, or OSError.
        """
        while self._left:
            name = self._left.pop()
            if name == "..":
                self._up()
            elif (target := self._link(name)) is not None:
                self._follow(target)
            elif self._left:
                self._down(name)
            else:
                return name
        return "."

    def _parts(self, path: str) -> list[str]:
        """Split a path, last component first; an absolute one must begin with the root's own."""
        if path.startswith("/"):
            if path != self._root and not path.startswith(f"{self._root}/"):
                raise LeavesTreeError(self._path)
            path = path[len(self._root) :]
        return [part for part in reversed(path.split("/")) if part not in ("", ".")]

    def _link(self, name: str) -> str | None:
        try:
            return os.readlink(name, dir_fd=self._cursor.fd)
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.ENOENT):
                return None
            raise

    def _follow(self, target: str) -> None:
        self._links += 1
        if self._links > _MOST_LINKS:
            raise UnusableError(self._path, "too many symlinks on the way")
        parts = self._parts(target)
        if target.startswith("/"):
            while self._cursor.depth:
                self._cursor.up()
        self._left += parts

    def _up(self) -> None:
        if not self._cursor.depth:
            raise LeavesTreeError(self._path)
        self._cursor.up()

    def _down(self, name: str) -> None:
        """Open the next directory; a symlink that was put there meanwhile is not followed."""
        try:
            fd = os.open(name, PASS_DIRECTORY, dir_fd=self._cursor.fd)
        except FileNotFoundError:
            if not self._make_parents:
                raise
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=self._cursor.fd)
            fd = os.open(name, PASS_DIRECTORY, dir_fd=self._cursor.fd)
        self._cursor.down(fd)

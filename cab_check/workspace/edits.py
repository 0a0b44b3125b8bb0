"""Read the text of what changed, before and after, for scorers and for the patch."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from cab_check.workspace.changes import FileEdit
from cab_check.workspace.kinds import Kind, kind_of
from cab_check.workspace.snapshot import OWNER_MAY_RUN
from cab_check.workspace.walk import GONE, OPEN_DIRECTORY, OPEN_FILE, open_root

if TYPE_CHECKING:
    from cab_check.workspace.changes import Changes

TEXT_BYTES: Final = 1024 * 1024
ALL_BYTES: Final = 64 * TEXT_BYTES


def file_edits(before_root: Path, after_root: Path, changes: Changes) -> tuple[FileEdit, ...]:
    """Read every changed file of both trees, sorted by path.

    `before_root` is a fixture and may be a symlink; nothing else is followed anywhere.
    Binary files (a NUL in the first 1 MiB) have no text. All texts together are bounded by 64 MiB:
    beyond that they are left out, what was in the fixture being read before what was added.
    """
    budget = _Budget(ALL_BYTES)
    fixture = Path(os.path.realpath(before_root))
    edits = [
        _edit(path, fixture, after_root, budget)
        for path in (*changes.modified, *changes.removed, *changes.added)
    ]
    return tuple(sorted(edits, key=lambda edit: edit.path))


class _Budget:
    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left


class _Side(NamedTuple):
    kind: Kind | None = None
    text: str | None = None
    executable: bool = False
    cut: bool = False


def _edit(path: str, before_root: Path, after_root: Path, budget: _Budget) -> FileEdit:
    before, after = (_side(root, path, budget) for root in (before_root, after_root))
    return FileEdit(
        path=path,
        before=before.text,
        after=after.text,
        before_kind=before.kind,
        after_kind=after.kind,
        before_executable=before.executable,
        after_executable=after.executable,
        cut=before.cut or after.cut,
    )


def _side(root: Path, path: str, budget: _Budget) -> _Side:
    """Read one side; nothing there, a directory in its place or a link on the way is absence."""
    try:
        return _read(root, path, budget)
    except PermissionError:
        return _Side(Kind.UNREADABLE)
    except OSError as error:
        if error.errno not in GONE:
            raise
        return _Side()


def _read(root: Path, path: str, budget: _Budget) -> _Side:
    *parents, name = path.split("/")
    with open_root(root) as cursor:
        for parent in parents:
            cursor.down(os.open(parent, OPEN_DIRECTORY, dir_fd=cursor.fd))
        kind = kind_of(os.lstat(name, dir_fd=cursor.fd).st_mode)
        if kind is Kind.SYMLINK:
            return _Side(kind, _text(os.fsencode(os.readlink(name, dir_fd=cursor.fd))))
        if kind is Kind.FILE:
            return _read_file(name, cursor.fd, budget)
        return _Side(None if kind is Kind.DIRECTORY else kind)


def _read_file(name: str, directory: int, budget: _Budget) -> _Side:
    fd = os.open(name, OPEN_FILE, dir_fd=directory)
    with open(fd, "rb") as file:  # noqa: PTH123 - it is a descriptor
        status = os.fstat(fd)
        executable = bool(status.st_mode & OWNER_MAY_RUN)
        if kind_of(status.st_mode) is not Kind.FILE:
            return _Side(kind_of(status.st_mode))
        allowed = min(TEXT_BYTES, budget.left)
        data = file.read(allowed)
        budget.left -= len(data)
    cut = status.st_size > allowed
    if b"\0" in data or (cut and not data):
        return _Side(Kind.FILE, None, executable, cut)
    return _Side(Kind.FILE, _text(data), executable, cut)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")

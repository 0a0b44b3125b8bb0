"""Copy a tree without following anything that lies in it, source or target."""

from __future__ import annotations

import hashlib
import os
import stat
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from cab_check.workspace.content import (
    SMALL_BYTES,
    LongDigest,
    data_blocks,
    read_whole,
)
from cab_check.workspace.kinds import Kind
from cab_check.workspace.removal import open_up, remove_at
from cab_check.workspace.snapshot import (
    DIRECTORY,
    OWNER_MAY_RUN,
    Entry,
    Snapshot,
    inside_git,
    link_entry,
)
from cab_check.workspace.walk import OPEN_FILE, Event, open_root, skip_nothing, walk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cab_check.workspace.walk import Cursor, Step

_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC
_PERMISSIONS: Final = 0o777
_OWNER_FILE: Final = 0o600
_PAGE: Final = 4096


def copy_tree(
    source: Path, target: Path, *, skip: Callable[[str], bool] = skip_nothing
) -> Snapshot:
    """Copy what lies in `source` into `target`, over what is there, and say what was.

    Files, directories and symlinks (as links) are copied; devices, sockets, FIFOs, what may not be
    read and paths for which `skip` says yes (with all below them) are left out. Setuid, setgid and
    sticky bits are dropped, the owner can always read and write the copy, holes stay holes. Where
    the target has something else at a path, it is removed, never written through. A missing source
    copies nothing. Raises OSError when the disk is full or fails.
    """
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    entries: dict[str, Entry] = {}
    try:
        with open_root(source) as origin, open_root(target) as place:
            for step in walk(origin, skip):
                _copy(step, place, entries)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        if os.path.lexists(source) and source.is_dir() and os.access(source, os.R_OK | os.X_OK):
            raise
    return Snapshot(MappingProxyType(entries))


def _copy(step: Step, place: Cursor, entries: dict[str, Entry]) -> None:
    """Repeat one step of the walk over the source in the target."""
    if step.event is Event.LEAVE:
        place.up()
        return
    if step.event is Event.ENTER:
        place.down(_make_directory(step.name, place.fd))
        entry: Entry | None = DIRECTORY
    elif step.kind is Kind.FILE:
        entry = _copy_file(step, place.fd)
    elif step.kind is Kind.SYMLINK:
        entry = _copy_link(step, place.fd)
    else:
        entry = None
    if entry is not None and not inside_git(step.path):
        entries[step.path] = entry


def _make_directory(name: str, place: int) -> int:
    """Make a directory, or take the one that is there; anything else there goes."""
    try:
        os.mkdir(name, dir_fd=place)
    except FileExistsError:
        if not stat.S_ISDIR(os.lstat(name, dir_fd=place).st_mode):
            os.unlink(name, dir_fd=place)
            os.mkdir(name, dir_fd=place)
    return open_up(name, place)


def _copy_link(step: Step, place: int) -> Entry | None:
    try:
        target = os.readlink(step.name, dir_fd=step.directory)
    except PermissionError:
        return None
    try:
        os.symlink(target, step.name, dir_fd=place)
    except FileExistsError:
        remove_at(step.name, place)
        os.symlink(target, step.name, dir_fd=place)
    return link_entry(target)


def _copy_file(step: Step, place: int) -> Entry | None:
    try:
        fd = os.open(step.name, OPEN_FILE, dir_fd=step.directory)
    except PermissionError:
        return None
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            return None
        target = _create(step.name, place, (status.st_mode & _PERMISSIONS) | _OWNER_FILE)
        try:
            digest = _pour(fd, target, status)
        finally:
            os.close(target)
    finally:
        os.close(fd)
    return Entry(Kind.FILE, digest, bool(status.st_mode & OWNER_MAY_RUN))


def _create(name: str, place: int, mode: int) -> int:
    try:
        return os.open(name, _CREATE, mode, dir_fd=place)
    except FileExistsError:
        remove_at(name, place)
        return os.open(name, _CREATE, mode, dir_fd=place)


def _pour(source: int, target: int, status: os.stat_result) -> str:
    """Copy the content in one pass and return its digest; stretches of zeros become holes."""
    if status.st_size <= SMALL_BYTES:
        data = read_whole(source, status.st_size)
        _write_small(target, data, sparse=status.st_blocks * 512 < status.st_size)
        return hashlib.sha256(data).hexdigest()
    digest = LongDigest(status.st_size)
    os.ftruncate(target, status.st_size)
    for offset, block in data_blocks(source, status.st_size):
        digest.update(offset, block)
        _write_at(target, block, offset)
    return digest.hexdigest()


def _write_small(target: int, data: bytes, *, sparse: bool) -> None:
    if not sparse:
        _write_at(target, data, 0)
        return
    os.ftruncate(target, len(data))
    for offset in range(0, len(data), _PAGE):
        page = data[offset : offset + _PAGE]
        if page.strip(b"\0"):
            _write_at(target, page, offset)


def _write_at(target: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(target, view, offset)
        view, offset = view[written:], offset + written

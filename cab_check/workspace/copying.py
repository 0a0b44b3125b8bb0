"""Copy a tree without following anything that lies in it, source or target."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from contextlib import ExitStack
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from cab_check.workspace.content import (
    SMALL_BYTES,
    LongDigest,
    data_blocks,
    read_whole,
)
from cab_check.workspace.kinds import Kind
from cab_check.workspace.opening import open_up
from cab_check.workspace.removal import remove_at
from cab_check.workspace.snapshot import (
    DIRECTORY,
    OWNER_MAY_RUN,
    Entry,
    Snapshot,
    inside_git,
    link_entry,
)
from cab_check.workspace.walk import GONE, OPEN_FILE, Event, open_root, skip_nothing, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cab_check.workspace.walk import Cursor, Step

_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC
_PERMISSIONS: Final = 0o777
_OWNER_FILE: Final = 0o600
_PAGE: Final = 4096


@dataclass(frozen=True, slots=True)
class Copy:
    """What was copied, as a snapshot of the copy, and what was left out, by path."""

    snapshot: Snapshot
    left_out: Mapping[str, Kind]


def copy_tree(source: Path, target: Path, *, skip: Callable[[str], bool] = skip_nothing) -> Copy:
    """Copy what lies in `source` into `target`, over what is there, and say what was copied.

    Files, directories and symlinks (as links) are copied; devices, sockets, FIFOs and what may not
    be read are left out, and so are paths for which `skip` says yes with all below them. Setuid,
    setgid and sticky bits are dropped, the owner can read and write the copy, holes stay holes.
    Where the target has something else at a path it is removed, never written through. A source
    that is missing, closed to us or no directory copies nothing. Raises OSError when the disk is
    full or fails.
    """
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    copying = _Copying()
    with ExitStack() as stack:
        place = stack.enter_context(open_root(target))
        try:
            origin = stack.enter_context(open_root(source))
        except OSError as error:
            if error.errno not in GONE | {errno.EACCES}:
                raise
        else:
            for step in walk(origin, skip):
                copying.repeat(step, place)
    return Copy(Snapshot(MappingProxyType(copying.entries)), MappingProxyType(copying.left_out))


class _Copying:
    """A walk over the source, repeated in the target step by step."""

    __slots__ = ("entries", "left_out")

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.left_out: dict[str, Kind] = {}

    def repeat(self, step: Step, place: Cursor) -> None:
        """Repeat one step."""
        if step.event is Event.LEAVE:
            place.up()
            return
        if step.event is Event.ENTER:
            place.down(_make_directory(step.name, place.fd))
        try:
            entry = _copy_entry(step, place.fd)
        except _UnreadableError:
            self.left_out[step.path] = Kind.UNREADABLE
            return
        if entry is None:
            self.left_out[step.path] = step.kind
        elif not inside_git(step.path):
            self.entries[step.path] = entry


class _UnreadableError(Exception):
    """The source may not be read, which is no error of the copy."""


def _copy_entry(step: Step, place: int) -> Entry | None:
    """Copy what is not a directory; None for what is never copied."""
    match step.kind:
        case Kind.DIRECTORY:
            return DIRECTORY
        case Kind.FILE:
            return _copy_file(step, place)
        case Kind.SYMLINK:
            return _copy_link(step, place)
        case _:
            return None


def _make_directory(name: str, place: int) -> int:
    """Make a directory, or take the one that is there; anything else there goes."""
    try:
        os.mkdir(name, dir_fd=place)
    except FileExistsError:
        if not stat.S_ISDIR(os.lstat(name, dir_fd=place).st_mode):
            os.unlink(name, dir_fd=place)
            os.mkdir(name, dir_fd=place)
    return open_up(name, place)


def _copy_link(step: Step, place: int) -> Entry:
    try:
        target = os.readlink(step.name, dir_fd=step.directory)
    except PermissionError as error:
        raise _UnreadableError from error
    try:
        os.symlink(target, step.name, dir_fd=place)
    except FileExistsError:
        remove_at(step.name, place)
        os.symlink(target, step.name, dir_fd=place)
    return link_entry(target)


def _copy_file(step: Step, place: int) -> Entry | None:
    try:
        fd = os.open(step.name, OPEN_FILE, dir_fd=step.directory)
    except PermissionError as error:
        raise _UnreadableError from error
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

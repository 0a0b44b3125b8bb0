"""Snapshot: what a tree holds at one moment, path by path."""

from __future__ import annotations

import hashlib
import os
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from cab_check.workspace.content import digest_file
from cab_check.workspace.kinds import Kind, kind_of
from cab_check.workspace.walk import GONE, OPEN_FILE, Event, open_root, walk

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cab_check.workspace.walk import Step

OWNER_MAY_RUN: Final = 0o100


@dataclass(frozen=True, slots=True)
class Entry:
    """What lies at one path.

    `digest` is hexadecimal, of a file's content or a symlink's target, empty for all else (see
    `content`). `executable` is the owner's bit of a file.
    """

    kind: Kind
    digest: str = ""
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every path of a tree, relative, with "/"; names that are no UTF-8 by surrogateescape.

    What lies inside a `.git` is left out, the `.git` itself is not.
    """

    entries: Mapping[str, Entry] = field(default_factory=lambda: MappingProxyType({}))


DIRECTORY: Final = Entry(Kind.DIRECTORY)


def take_snapshot(root: Path) -> Snapshot:
    """Look at every path below `root` without changing anything and without leaving it.

    Only regular files are opened. A root that is missing, a file or a symlink has no entries; one
    that may not be read is itself an entry, ".". Raises OSError when the disk cannot be read.
    """
    entries: dict[str, Entry] = {}
    with ExitStack() as stack:
        try:
            cursor = stack.enter_context(open_root(root))
        except PermissionError:
            entries["."] = Entry(Kind.UNREADABLE)
        except OSError as error:
            if error.errno not in GONE:
                raise
        else:
            for step in walk(cursor, inside_git):
                if step.event is not Event.LEAVE:
                    entries[step.path] = _look(step)
    return Snapshot(MappingProxyType({p: e for p, e in entries.items() if e.kind is not Kind.GONE}))


def inside_git(path: str) -> bool:
    """Tell whether a path lies below a `.git`; that one itself does not."""
    return "/.git/" in path or path.startswith(".git/")


def link_entry(target: str) -> Entry:
    """Make the entry of a symlink."""
    return Entry(Kind.SYMLINK, hashlib.sha256(os.fsencode(target)).hexdigest())


def _look(step: Step) -> Entry:
    """Make the entry of one path."""
    if step.kind is Kind.DIRECTORY:
        return DIRECTORY
    try:
        if step.kind is Kind.FILE:
            return _look_into(step)
        if step.kind is Kind.SYMLINK:
            return link_entry(os.readlink(step.name, dir_fd=step.directory))
    except PermissionError:
        return Entry(Kind.UNREADABLE)
    except OSError as error:
        if error.errno not in GONE:
            raise
        return Entry(Kind.GONE)
    return Entry(step.kind)


def _look_into(step: Step) -> Entry:
    fd = os.open(step.name, OPEN_FILE, dir_fd=step.directory)
    try:
        status = os.fstat(fd)
        kind = kind_of(status.st_mode)
        if kind is not Kind.FILE:
            return Entry(kind)
        executable = bool(status.st_mode & OWNER_MAY_RUN)
        return Entry(Kind.FILE, digest_file(fd, status.st_size), executable)
    finally:
        os.close(fd)

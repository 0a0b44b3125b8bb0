"""Files that are there whole or not at all, and JSON that any reader can read."""

from __future__ import annotations

import contextlib
import errno
import json
import math
import os
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 by rename: whatever happens, it is the old one or the new one.

    Raises OSError; nothing is left behind then.
    """
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, no path
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - its twin, mkstemp, speaks in strings
    finally:
        with contextlib.suppress(OSError):  # once renamed it is not there
            os.unlink(temporary)  # noqa: PTH108 - the same
    _sync_directory(path.parent)


def append_whole(path: Path, content: bytes, *, sync: bool = True) -> None:
    """Append to a file of mode 0600; it is on the disk when this returns, if `sync`.

    Raises OSError, and the file is what it was then: no half line for the next one to go on with.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(descriptor).st_size
        kept = False
        try:
            if os.write(descriptor, content) != len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if sync:
                os.fsync(descriptor)
            kept = True
        finally:
            if not kept:
                os.ftruncate(descriptor, size)
    finally:
        os.close(descriptor)


def _sync_directory(folder: Path) -> None:
    # not every file system lets a directory be synced; the rename has been done all the same
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def json_bytes(value: object) -> bytes:
    """Return a JSON value as indented UTF-8.

    A lone surrogate, which a model may well send, is written as its escape; a number that is not
    finite, which JSON has no form for, as null.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, indent=1)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return value

"""Files that a person asked for: there whole or not at all, and an error that names the place."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MODE = 0o666


def write(path: Path, content: str | bytes, *, option: str) -> None:
    """Write a file by rename, so that a full disk leaves the old one; a device is written to.

    Letters that UTF-8 cannot hold are written as their escapes. Raises MachineError.
    """
    data = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
    with _told(path, hint=f"name another file: {option} FILE"):
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            path.write_bytes(data)
            return
        _replace(path.resolve(), data)


def append(path: Path, content: str) -> None:
    """Append to a file that another program reads, such as a CI job's summary."""
    with _told(path, hint="see who may write there"), path.open("ab") as file:
        file.write(content.encode("utf-8", "backslashreplace") + b"\n")


def _replace(path: Path, data: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, no path
            file.write(data)
        Path(temporary).chmod(_MODE & ~_umask())
        Path(temporary).replace(path)
    finally:
        with contextlib.suppress(OSError):  # once renamed it is not there
            Path(temporary).unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextlib.contextmanager
def _told(path: Path, *, hint: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise MachineError(f"{path} cannot be written: {reason}", hint=hint) from error

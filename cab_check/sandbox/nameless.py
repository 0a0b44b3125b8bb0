"""Files without a name: nothing can stand in for them, and removing what they lie in harms none."""

from __future__ import annotations

import os
import secrets
import tempfile

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC


def open_nameless(folder: int) -> int:
    """Open a new file for reading and appending, and return its descriptor.

    On the disk of an open directory; where that cannot be (a command may have removed or closed
    it), in memory or in the system's temporary directory. Raises OSError when nothing is left.
    """
    try:
        return _open_on_disk(folder)
    except OSError:
        return _open_elsewhere()


def _open_on_disk(folder: int) -> int:
    if hasattr(os, "O_TMPFILE"):
        try:
            return os.open(".", _FLAGS | os.O_TMPFILE | os.O_EXCL, 0o600, dir_fd=folder)
        except OSError:
            pass  # not every file system has them
    name = secrets.token_hex(8)
    descriptor = os.open(name, _FLAGS | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
    try:
        os.unlink(name, dir_fd=folder)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _open_elsewhere() -> int:
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("output", os.MFD_CLOEXEC)
    else:  # pragma: no cover - macOS
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    # the flag belongs to the open file, so that whoever inherits it appends as well
    import fcntl  # noqa: PLC0415 - absent on Windows, where this module must still import

    fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_APPEND)
    return descriptor

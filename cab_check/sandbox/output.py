"""The files that a command's output goes to, and what is read back of them."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class Outputs:
    """One or two files without a name, so that nothing can stand in for them.

    `nameless` opens one. The command gets their descriptors. They append, so that writers share
    them as they would a pipe. Their space is free again when the last of the command's processes
    has closed them.
    """

    def __init__(self, nameless: Callable[[], int], *, merge: bool) -> None:
        with ExitStack() as files:
            self.stdout = nameless()
            files.callback(os.close, self.stdout)
            self.stderr = self.stdout
            if not merge:
                self.stderr = nameless()
                files.callback(os.close, self.stderr)
            self._files = files.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._files.close()

    def read(self, keep_bytes: int) -> tuple[bytes, bytes, int]:
        """Return what stdout and stderr hold, each cut to its two ends, and the bytes left out."""
        out, out_elided = read_ends(self.stdout, keep_bytes)
        if self.stderr == self.stdout:
            return out, b"", out_elided
        err, err_elided = read_ends(self.stderr, keep_bytes)
        return out, err, out_elided + err_elided


def read_ends(descriptor: int, keep_bytes: int) -> tuple[bytes, int]:
    """Return the first and the last half of `keep_bytes`, or all when it is no more."""
    size = os.fstat(descriptor).st_size
    if size <= keep_bytes:
        return os.pread(descriptor, size, 0), 0
    head = (keep_bytes + 1) // 2
    tail = keep_bytes - head
    ends = os.pread(descriptor, head, 0) + os.pread(descriptor, tail, size - tail)
    return ends, size - len(ends)

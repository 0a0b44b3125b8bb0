"""SpentFile: what a sweep has spent so far, on disk as it is spent."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from cab_check.record.sweep_json import spent_from_json, spent_to_json
from cab_check.store.rundir import StoreError, keeping

if TYPE_CHECKING:
    from pathlib import Path

    from cab_check.record.sweep import SpentRecord

_LENGTH = 256


class SpentFile:
    """One line of fixed length, written over in place at each request and each answer.

    So it needs no room once it is there, and costs microseconds; a kill leaves the old line or the
    new one. A failure to write is held in `failed`, and ends nothing.
    """

    def __init__(self, path: Path) -> None:
        self.failed: StoreError | None = None
        self._path = path
        self._descriptor: int | None = None

    def read(self) -> SpentRecord | None:
        """Read what was spent; None where there is no file, or none that can be read."""
        try:
            return spent_from_json(json.loads(self._path.read_bytes()))
        except (OSError, ValueError, RecursionError):
            return None

    def write(self, spent: SpentRecord) -> None:
        """Write it down, in the place of what was there."""
        line = json.dumps(spent_to_json(spent)).ljust(_LENGTH - 1) + "\n"
        try:
            with keeping(self._path):
                if self._descriptor is None:
                    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
                    self._descriptor = os.open(self._path, flags, 0o600)
                os.pwrite(self._descriptor, line.encode(), 0)
        except StoreError as error:
            self.failed = error

    def close(self) -> None:
        """Let the file go."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

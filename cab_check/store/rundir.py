"""RunDir: one run's directory and the files that are written into it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.errors import MachineError
from cab_check.record import record_to_json, redact_record
from cab_check.store.files import json_bytes, write_whole
from cab_check.store.messages import messages_to_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from cab_check.endpoint.message import Message
    from cab_check.record import RunRecord
    from cab_check.secrets import Redactor

_NAME = re.compile(r"(\d{8}-\d{4})-(.+)-([0-9a-f]{4})")


class StoreError(MachineError):
    """A run could not be kept: unwritable, full, gone. The score is no worse for it: print it."""


@dataclass(frozen=True, slots=True)
class RunDir:
    """One run's directory; everything that is written into it passes the redactor first.

    Writing raises StoreError (exit 6), which the caller holds until the score was printed.
    """

    path: Path
    redactor: Redactor

    @property
    def name(self) -> str:
        """Return what the run is called, such as `20261123-1812-ambiguous-ticket-7f3a`."""
        return self.path.name

    @property
    def record_path(self) -> Path:
        """Return where the record is."""
        return self.path / "run.json"

    @property
    def trace_path(self) -> Path:
        """Return where the trace is written, line by line."""
        return self.path / "trace.jsonl"

    @property
    def wire_path(self) -> Path:
        """Return where the tape of the wire is, written line by line, when one was asked for."""
        return self.path / "wire.jsonl"

    @property
    def messages_path(self) -> Path:
        """Return where the conversation is."""
        return self.path / "messages.json"

    @property
    def patch_path(self) -> Path:
        """Return where the agent's changes are, as a unified diff."""
        return self.path / "changes.patch"

    @property
    def complete(self) -> bool:
        """Say whether the record was written: without it the run was cut off."""
        return self.record_path.is_file()

    @property
    def age_key(self) -> tuple[str, str, str]:
        """Return what run directories are ordered by; a foreign name is older than all others."""
        match = _NAME.fullmatch(self.name)
        return (match[1], match[3], match[2]) if match else ("", "", self.name)

    def write_record(self, record: RunRecord) -> None:
        """Write run.json by rename."""
        self._write(
            self.record_path, json_bytes(redact_record(record_to_json(record), self.redactor))
        )

    def write_messages(self, messages: Sequence[Message]) -> None:
        """Write messages.json."""
        self._write(self.messages_path, json_bytes(messages_to_json(messages, self.redactor)))

    def write_patch(self, patch: str) -> None:
        """Write changes.patch; bytes that are no UTF-8 come as surrogates and go back as bytes."""
        text = self.redactor.text(patch)
        try:
            content = text.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            content = text.encode("utf-8", "surrogatepass")
        self._write(self.patch_path, content)

    def _write(self, path: Path, content: bytes) -> None:
        with keeping(path):
            write_whole(path, content)


@contextmanager
def keeping(path: Path) -> Iterator[None]:
    """Turn a failure to keep something into a StoreError that names the place."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"the run could not be kept: {path}: {error.strerror or error}",
            hint="make room there, or set --state-dir to a directory that can be written",
        ) from error


def stem(task_id: str, started_at: datetime) -> str:
    """Return a run's name without its last part: the UTC minute and the task's short name."""
    short = re.sub(r"[^a-z0-9._]+", "-", task_id.lower().rpartition("/")[2])[:40].strip("-.")
    return f"{started_at:%Y%m%d-%H%M}-{short or 'task'}"

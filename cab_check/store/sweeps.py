"""SweepDir: one sweep on disk, its plan in sweep.json and a line a finished cell in cells.jsonl."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.errors import UsageError
from cab_check.record.fields import RecordError
from cab_check.record.sweep_json import (
    summary_from_json,
    summary_to_json,
    sweep_from_json,
    sweep_to_json,
)
from cab_check.store.files import json_bytes, write_whole
from cab_check.store.rundir import keeping

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cab_check.record.sweep import CellSummary, SweepRecord
    from cab_check.secrets import Redactor


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a sweep that are on disk, the latest of each; `notes` say what was damaged."""

    cells: tuple[CellSummary, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SweepDir:
    """One sweep's directory. Writing raises StoreError (exit 6)."""

    path: Path
    redactor: Redactor

    @property
    def name(self) -> str:
        """Return what the sweep is called, such as `20261123-181200-7f3a`."""
        return self.path.name

    def write(self, record: SweepRecord) -> None:
        """Write sweep.json by rename."""
        with keeping(self.path):
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            hidden = self.redactor.value(sweep_to_json(record))
            write_whole(self.path / "sweep.json", json_bytes(hidden))

    def read(self) -> SweepRecord:
        """Read sweep.json back; raises UsageError."""
        try:
            return sweep_from_json(json.loads((self.path / "sweep.json").read_bytes()))
        except OSError as error:
            raise UsageError(
                f"the sweep {self.name} cannot be read: {error.strerror}",
                hint="`cab runs list --sweeps` shows those that are kept",
            ) from error
        except (ValueError, RecursionError) as error:
            what = str(error) if isinstance(error, RecordError) else "it is no JSON"
            raise UsageError(
                f"{self.path / 'sweep.json'} is damaged, or written by a newer cab: {what}",
                hint="update cab; the runs themselves can still be shown",
            ) from error

    def add(self, cell: CellSummary) -> None:
        """Append one finished cell; it is on the disk when this returns."""
        line = json.dumps(self.redactor.value(summary_to_json(cell)), ensure_ascii=False)
        with keeping(self._cells):
            descriptor = os.open(self._cells, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(descriptor, line.encode("utf-8", "backslashreplace") + b"\n")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def cells(self) -> Cells:
        """Read the finished cells; a line that is damaged is left out, and said."""
        try:
            content = self._cells.read_bytes()
        except FileNotFoundError:
            return Cells(())
        found: dict[str, CellSummary] = {}
        notes = []
        for number, line in enumerate(content.splitlines(), 1):
            try:
                cell = summary_from_json(json.loads(line), f"line {number}")
            except (ValueError, RecursionError):
                notes.append(f"{self._cells.name}: line {number} is damaged and was left out")
            else:
                found[cell.key] = cell
        return Cells(tuple(found.values()), tuple(notes))

    def repair(self) -> str | None:
        """Cut off a last line that a killed process left unfinished; say so, None if there is none.

        Whole lines are never touched.
        """
        try:
            content = self._cells.read_bytes()
        except FileNotFoundError:
            return None
        if not content or content.endswith(b"\n"):
            return None
        whole = content[: content.rfind(b"\n") + 1]
        with keeping(self._cells):
            write_whole(self._cells, whole)
        return f"{self._cells.name}: an unfinished last line was cut off"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the sweep for this process; raises UsageError when another one runs it."""
        with keeping(self.path):
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise UsageError(
                    f"the sweep {self.name} is being run by another process",
                    hint="wait for it, or stop it first",
                ) from error
            yield
        finally:
            os.close(descriptor)

    @property
    def _cells(self) -> Path:
        return self.path / "cells.jsonl"

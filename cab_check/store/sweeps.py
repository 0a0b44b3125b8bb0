"""SweepDir: one sweep on disk, its plan in sweep.json and a line a finished cell in cells.jsonl."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.errors import UsageError
from cab_check.record.extent import Sweep
from cab_check.record.fields import RecordError
from cab_check.record.sweep_json import (
    summary_from_json,
    summary_to_json,
    sweep_from_json,
    sweep_to_json,
)
from cab_check.store.files import append_whole, json_bytes, write_whole
from cab_check.store.rundir import RunDir, StoreError, keeping
from cab_check.store.spent import SpentFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cab_check.record.sweep import CellSummary, SweepRecord
    from cab_check.secrets import Redactor


_NAMED = 200


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a sweep that are on disk, the latest of each.

    `notes` say what was damaged, `runs` name all run directories that were ever noted.
    """

    cells: tuple[CellSummary, ...]
    notes: tuple[str, ...] = ()
    runs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of cells.jsonl; `cell` is None where there is `damage`."""

    content: bytes
    cell: CellSummary | None
    damage: str = ""


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
        """Append one cell; one that has a run is on the disk when this returns.

        Of the others there may be thousands, and a resume finds nothing in them.
        """
        line = json.dumps(self.redactor.value(summary_to_json(cell)), ensure_ascii=False)
        with keeping(self._cells):
            append_whole(
                self._cells,
                line.encode("utf-8", "backslashreplace") + b"\n",
                sync=cell.run is not None,
            )

    def cells(self) -> Cells:
        """Read the finished cells; a line that is damaged is left out, and said."""
        found: dict[str, CellSummary] = {}
        runs: set[str] = set()
        notes = []
        for line in self._lines():
            if line.cell is None:
                notes.append(f"{self._cells.name}: {line.damage}")
                continue
            found[line.cell.key] = line.cell
            runs.update([line.cell.run] if line.cell.run else [])
        return Cells(tuple(found.values()), tuple(notes), frozenset(runs))

    def mend(self) -> None:
        """Take out what is damaged, so that the next line has a place; whole lines stay."""
        content = b"".join(line.content + b"\n" for line in self._lines() if line.cell is not None)
        with keeping(self._cells):
            if self._cells.is_file() and self._cells.read_bytes() != content:
                write_whole(self._cells, content)

    def _lines(self) -> Iterator[_Line]:
        try:
            content = self._cells.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreError(
                f"the cells of {self.name} cannot be read: {self._cells}: {error.strerror}",
                hint="mend its permissions",
            ) from error
        lines = content.split(b"\n")
        for number, line in enumerate(lines, 1):
            if not line:
                continue
            cut = number == len(lines)  # no end of line came after it
            try:
                cell = summary_from_json(json.loads(line), f"line {number}")
            except (ValueError, RecursionError):
                damaged = f"line {number} is damaged and was left out"
                damage = "an unfinished last line was cut off" if cut else damaged
                yield _Line(line, None, damage)
            else:
                yield _Line(line, cell)

    def whole(self) -> Sweep:
        """Read the record and the cells of its plan, in their order; raises UsageError."""
        record = self.read()
        planned, targets = frozenset(record.plan), range(len(record.targets))
        found = self.cells().cells
        cells = [cell for cell in found if cell.key in planned and cell.target in targets]
        return Sweep(record, tuple(sorted(cells, key=lambda cell: cell.number)))

    def run(self, name: str) -> RunDir:
        """Return the directory of one of its cells' runs, beside the sweeps."""
        return RunDir(self.path.parent.parent / "runs" / name, self.redactor)

    @property
    def spent(self) -> SpentFile:
        """Return the file of what the sweep has spent."""
        return SpentFile(self.path / ".spent")

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
                who = os.pread(descriptor, _NAMED, 0).decode("utf-8", "replace").strip()
                raise UsageError(
                    f"the sweep {self.name} is being run by {who or 'another process'}",
                    hint="wait for it, or stop it first",
                ) from error
            with keeping(self.path):
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, f"process {os.getpid()} on {os.uname().nodename}".encode(), 0)
            yield
        finally:
            os.close(descriptor)

    @property
    def _cells(self) -> Path:
        return self.path / "cells.jsonl"

"""Store: where all run directories stand, newest first, and how one is found again."""

from __future__ import annotations

import difflib
import os
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.errors import UsageError
from cab_check.record import RecordError
from cab_check.secrets import Redactor
from cab_check.store.heads import read_head
from cab_check.store.reading import UnreadableError, read_record, read_run
from cab_check.store.rundir import RunDir, StoreError, keeping, stem
from cab_check.store.sweeps import SweepDir

if TYPE_CHECKING:
    from cab_check.record import RunRecord
    from cab_check.store.reading import Run

LATEST = "latest"
_SWEEP = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")
_SUFFIXES = 0x10000
_TRIES = 1000
_SHOWN = 5


class Store:
    """The runs below `state_dir`/runs. Nothing is made on disk before a run is."""

    def __init__(self, state_dir: Path, *, redactor: Redactor | None = None) -> None:
        self.folder = state_dir / "runs"
        self.sweeps_folder = state_dir / "sweeps"
        self._redactor = redactor or Redactor()

    def check(self) -> None:
        """Raise StoreError when no run could be kept here; told before anything is spent."""
        with keeping(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            Path(tempfile.mkdtemp(dir=self.folder, prefix=".check-")).rmdir()

    def create(self, task_id: str, started_at: datetime) -> RunDir:
        """Make the directory of a new run, mode 0700; raises StoreError.

        Its name ends in the millisecond of the minute, in hexadecimal, so that names tell the
        order of runs; one that is taken gives way to the next.
        """
        moment = started_at.astimezone(UTC)
        first = moment.second * 1000 + moment.microsecond // 1000
        with keeping(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for step in range(_TRIES):
            path = self.folder / f"{stem(task_id, moment)}-{(first + step) % _SUFFIXES:04x}"
            with keeping(path):
                try:
                    path.mkdir(mode=0o700)
                except FileExistsError:
                    continue
            return RunDir(path, self._redactor)
        raise StoreError(
            f"no name is left for a run in {self.folder}", hint="remove runs from there"
        )

    def runs(self) -> tuple[RunDir, ...]:
        """Return all run directories, newest first; those without a record are not `complete`."""
        try:
            with os.scandir(self.folder) as entries:  # tells a directory without asking of each
                folders = [self.folder / entry.name for entry in entries if entry.is_dir()]
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise StoreError(
                f"the runs cannot be listed: {self.folder}: {error.strerror}",
                hint="set --state-dir to the directory that holds them",
            ) from error
        found = [RunDir(path, self._redactor) for path in folders]
        return tuple(sorted(found, key=lambda run: run.age_key, reverse=True))

    def runs_since(self, moment: datetime) -> tuple[RunDir, ...]:
        """Return the run directories of that minute and later, by their names, newest first."""
        oldest = f"{moment.astimezone(UTC):%Y%m%d-%H%M}"
        return tuple(run for run in self.runs() if run.age_key[0] >= oldest)

    def sweep(self, sweep_id: str) -> SweepDir:
        """Return the directory of a sweep, which need not be there yet."""
        return SweepDir(self.sweeps_folder / sweep_id, self._redactor)

    def sweeps(self) -> tuple[SweepDir, ...]:
        """Return all sweeps, newest first."""
        try:
            found = [p for p in self.sweeps_folder.iterdir() if (p / "sweep.json").is_file()]
        except OSError:
            return ()
        return tuple(SweepDir(path, self._redactor) for path in sorted(found, reverse=True))

    def find_sweep(self, text: str | None) -> SweepDir:
        """Return the sweep that a person means: its name, a part of it, a path; None is the newest.

        Raises UsageError with the nearest names.
        """
        sweeps = self.sweeps()
        if text in (None, LATEST):
            if sweeps:
                return sweeps[0]
            raise UsageError(
                f"no sweep is kept in {self.sweeps_folder}",
                hint="`cab check` keeps one for several cells; --state-dir names another place",
            )
        named = self.named_sweep(text)
        if named is not None:
            return named
        wanted = str(text)
        matches = [sweep for sweep in sweeps if sweep.name == wanted]
        matches = matches or [sweep for sweep in sweeps if wanted.strip() and wanted in sweep.name]
        if len(matches) == 1:
            return matches[0]
        shown = ", ".join(sweep.name for sweep in (matches or sweeps)[:_SHOWN])
        raise UsageError(
            f"{len(matches)} sweeps match {text!r}" if matches else f"no sweep matches {text!r}",
            hint=f"{'one of' if matches else 'the newest'}: {shown}"
            if shown
            else "none is kept yet: `cab check` keeps one for several cells",
        )

    def find(self, text: str | None) -> RunDir:
        """Return the run that a person means: a name, its beginning, a part of it, or a path.

        None and `latest` mean the newest that has a record. Raises UsageError with the nearest
        names when none matches, or more than one.
        """
        runs = self.runs()
        if text is None or text == LATEST:
            return self._latest(runs)
        if "/" in text and Path(text, "run.json").is_file():
            return RunDir(Path(text).absolute(), self._redactor)
        for matches in _narrowing(runs, text) if text.strip() else ():
            if len(matches) == 1:
                return matches[0]
            if matches:
                raise UsageError(
                    f"{len(matches)} runs match {text!r}: {_names(matches)}",
                    hint="give more of the name",
                )
        raise UsageError(f"no run matches {text!r}", hint=_nearest(runs, text))

    def named_sweep(self, text: str | None) -> SweepDir | None:
        """Return the sweep that is meant by its id or its directory's path; None for a run.

        A part of its id is enough where no run's name has it, and no other sweep's.
        None and `latest` mean a sweep where the newest run is a cell of one, or older than one.
        """
        if text is None or text == LATEST:
            return self._latest_sweep()
        if Path(text, "sweep.json").is_file():
            return SweepDir(Path(text).absolute(), self._redactor)
        if _SWEEP.fullmatch(text):
            known = (self.sweeps_folder / text / "sweep.json").is_file()
            return self.sweep(text) if known else None
        found = [sweep for sweep in self.sweeps() if text.strip() and text in sweep.name]
        alone = len(found) == 1 and not any(text in run.name for run in self.runs())
        return found[0] if alone else None

    def select(self, text: str | None) -> tuple[RunDir, ...]:
        """Return the runs that a person means: those of a sweep by its id, else the one of `find`.

        They come in the order of the sweep's plan, or as they were started where only the runs
        themselves tell which sweep they were of. A sweep that is kept may have none.
        """
        sweep = self.named_sweep(text)
        if sweep is not None:
            names = [cell.run for cell in sweep.whole().cells if cell.run]
            return tuple(run for run in map(sweep.run, names) if run.path.is_dir())
        if text is None or _SWEEP.fullmatch(text) is None:
            return (self.find(text),)
        found = tuple(run for run in reversed(self.runs()) if _of_sweep(run, text))
        return found or (self.find(text),)

    def run(self, name: str) -> RunDir:
        """Return the directory of a run by its whole name, which need not be there any more."""
        return RunDir(self.folder / name, self._redactor)

    def read(self, run_dir: RunDir) -> Run:
        """Read a run back; raises UsageError when there is no record, or none that can be read."""
        return read_run(run_dir)

    def record(self, name: str | None) -> RunRecord:
        """Read the record alone of a run by its whole name; raises UnreadableError."""
        if name is None:
            raise UnreadableError("it was not kept", hint="run the cell again")
        return read_record(RunDir(self.folder / name, self._redactor))

    def _latest_sweep(self) -> SweepDir | None:
        sweeps = self.sweeps()
        newest = next((run for run in self.runs() if run.complete), None) if sweeps else None
        try:
            head = None if newest is None else read_head(newest)
        except (OSError, RecordError):
            return None
        if head is None:
            return None
        began = f"{datetime.fromisoformat(head.started_at):%Y%m%d-%H%M%S}"
        own = [sweep for sweep in sweeps if sweep.name == head.sweep_id]
        return sweeps[0] if sweeps[0].name[: len(began)] > began else next(iter(own), None)

    def _latest(self, runs: tuple[RunDir, ...]) -> RunDir:
        if not runs:
            raise UsageError(
                f"no run is kept in {self.folder}", hint="run one with `cab check` or `cab demo`"
            )
        return next((run for run in runs if run.complete), runs[0])


def _of_sweep(run: RunDir, sweep_id: str) -> bool:
    try:
        head = read_head(run)
    except (OSError, RecordError):
        return False
    return head is not None and head.sweep_id == sweep_id


def _narrowing(runs: tuple[RunDir, ...], text: str) -> tuple[list[RunDir], ...]:
    return (
        [run for run in runs if run.name == text],
        [run for run in runs if run.name.startswith(text)],
        [run for run in runs if text in run.name],
    )


def _nearest(runs: tuple[RunDir, ...], text: str) -> str:
    if not runs:
        return "no run is kept yet: run one with `cab check` or `cab demo`"
    by_name = {run.name: run for run in runs}
    near = difflib.get_close_matches(text, by_name, n=3, cutoff=0.4)
    return f"the nearest: {', '.join(near)}" if near else f"the newest: {_names(list(runs))}"


def _names(runs: list[RunDir]) -> str:
    shown = ", ".join(run.name for run in runs[:_SHOWN])
    return f"{shown}, …" if len(runs) > _SHOWN else shown

"""Which runs and sweeps may go, and their removal: nothing outside the store, no link followed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cab_check.errors import MachineError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from cab_check.store.rundir import RunDir
    from cab_check.store.shelf import Store
    from cab_check.store.sweeps import SweepDir

_UNDER_WAY = timedelta(days=1)
"""A run without a record may still be going on for so long after its name's minute. Ours."""


@dataclass(frozen=True, slots=True)
class Pruning:
    """What goes, and in `notes` what would have gone but stays, each with why."""

    runs: tuple[RunDir, ...]
    sweeps: tuple[SweepDir, ...]
    notes: tuple[str, ...]

    @property
    def paths(self) -> tuple[Path, ...]:
        """Return every directory that goes."""
        return (*(run.path for run in self.runs), *(sweep.path for sweep in self.sweeps))


def choose(store: Store, now: datetime, older: timedelta | None, keep: int) -> Pruning:
    """Choose what goes: all but the newest `keep` runs, of those only what is older than `older`.

    A name that cab did not give is nobody's to remove. Sweeps go whose runs are all gone with it.
    """
    notes: list[str] = []
    gone: list[RunDir] = []
    for run in [run for run in store.runs() if run.age_key[0]][keep:]:
        age = now - datetime.strptime(run.age_key[0], "%Y%m%d-%H%M").replace(tzinfo=UTC)
        if older is not None and age <= older:
            continue
        why = _stays(run.path, store.folder)
        if not why and not run.complete and age < _UNDER_WAY:
            why = "it has no record and may be under way"
        if why:
            notes.append(f"{run.name} stays: {why}")
        else:
            gone.append(run)
    return Pruning(tuple(gone), tuple(_emptied(store, {run.name for run in gone})), tuple(notes))


def _stays(path: Path, folder: Path) -> str:
    if path.is_symlink() or folder.is_symlink():
        return "it is reached by a link, which is not followed"
    return ""


def _emptied(store: Store, gone: set[str]) -> Iterator[SweepDir]:
    """Yield the sweeps that lose a run and have none left."""
    for sweep in store.sweeps():
        runs = {cell.run for cell in sweep.cells().cells if cell.run}
        left = any((store.folder / name).exists() for name in runs - gone)
        if runs & gone and not left and not _stays(sweep.path, store.sweeps_folder):
            yield sweep


def remove(pruning: Pruning) -> Sequence[str]:
    """Remove them; return notes on sweeps that stay because another process runs them.

    Raises MachineError at the first that cannot be removed: what went before it is gone.
    """
    notes = []
    for run in pruning.runs:
        _remove(run.path)
    for sweep in pruning.sweeps:
        try:
            with sweep.held():
                _remove(sweep.path)
        except UsageError as error:
            notes.append(error.message)
    return notes


def _remove(path: Path) -> None:
    try:
        shutil.rmtree(path)  # a link in it is removed, not what it leads to
    except OSError as error:
        raise MachineError(
            f"{path} cannot be removed: {error.strerror or error}", hint="mend its permissions"
        ) from error

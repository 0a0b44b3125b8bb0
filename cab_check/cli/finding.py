"""Where the shards of a sweep lie, as typed: sweeps, state directories, directories of those."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.errors import UsageError
from cab_check.secrets import Redactor
from cab_check.store import SweepDir

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DEPTH = 3


def find_shards(places: Sequence[str]) -> tuple[SweepDir, ...]:
    """Return each shard once; a sweep that is named itself need be none.

    Raises UsageError for a place where no shard is.
    """
    found: dict[Path, SweepDir] = {}
    for place in places:
        for path in _paths(place):
            for sweep in _shards(path):
                found.setdefault(sweep.path.resolve(), sweep)
    return tuple(found.values())


def _paths(place: str) -> list[Path]:
    """Return the directory, or those that a pattern matches, which a shell may have left alone."""
    paths = [Path(place)] if Path(place).exists() else [Path(p) for p in sorted(glob.glob(place))]  # noqa: PTH207 - absolute ones too
    if not any(path.is_dir() for path in paths):
        raise UsageError(f"{place}: no such directory", hint=_HINT)
    return [path for path in paths if path.is_dir()]


def _shards(path: Path) -> tuple[SweepDir, ...]:
    if _is_sweep(path):
        return (SweepDir(path.absolute(), Redactor()),)
    found = tuple(sweep for sweep in _sweeps(path, _DEPTH) if sweep.read().partial)
    if not found:
        raise UsageError(f"{path}: no shard of a sweep is there", hint=_HINT)
    return found


def _sweeps(folder: Path, depth: int) -> Iterator[SweepDir]:
    """Yield the sweeps below a folder; those of a state directory are in its `sweeps`."""
    below = folder / "sweeps"
    for child in sorted((below if below.is_dir() else folder).iterdir()):
        if _is_sweep(child):
            yield SweepDir(child.absolute(), Redactor())
        elif depth > 1 and child.is_dir() and not child.is_symlink():
            yield from _sweeps(child, depth - 1)


def _is_sweep(path: Path) -> bool:
    return (path / "sweep.json").is_file()


_HINT = (
    "give the --state-dir of `cab check --shard I/N`, a directory of those, or state/sweeps/SWEEP"
)

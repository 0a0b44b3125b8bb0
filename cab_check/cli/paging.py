"""The pages of `cab report --html`: one of a run, or a sweep's index and a page a cell."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from cab_check.cli import output
from cab_check.cli.files import write
from cab_check.errors import MachineError, UsageError
from cab_check.report.html import Entry, render, render_index, render_remains
from cab_check.store import read_remains

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cab_check.errors import CabError
    from cab_check.store import Run, RunDir, SweepDir

STDOUT = "-"
_OWN = "report.html"


@dataclass(frozen=True, slots=True)
class Found:
    """A run that was asked for: read back, or the error that says why it cannot be."""

    place: RunDir
    run: Run | None
    error: CabError | None = None

    def page(self, sweep: str | None = None) -> str:
        """Return the run's page; of one without a readable record what is left of it.

        `sweep` is the address of the index that it belongs to.
        """
        if self.run is not None:
            return render(self.run, sweep=sweep)
        return render_remains(read_remains(self.place, self.why))

    @property
    def why(self) -> str:
        """Return what is wrong with the record; empty for a run that was read."""
        return "" if self.error is None else self.error.message


def write_page(found: Found, file: Path | None) -> Path:
    """Write one run's page, into its own directory when no file was named; return where it is."""
    path = file or found.place.path / _OWN
    write(path, found.page(), option="--html")
    return path


def _write_cell(found: Found, folder: Path | None, index: Path) -> str:
    """Write the page of a sweep's cell; return its address as the index has it."""
    page = folder / f"{found.place.name}.html" if folder else found.place.path / _OWN
    write(page, found.page(_address(index, page.parent)), option="--html")
    return _address(page, index.parent)


def _address(path: Path, start: Path) -> str:
    return quote(os.path.relpath(path, start))


def print_page(found: Sequence[Found]) -> None:
    """Write one run's page to stdout."""
    if len(found) != 1:
        raise UsageError(
            f"a sweep of {len(found)} runs is more than one page",
            hint="name a directory, as in --html DIR, or none",
        )
    output.emit(found[0].page())


def write_sweep(found: Sequence[Found], file: Path | None, sweep: SweepDir | None) -> Path:
    """Write a page for each run and the index that links them; return where the index is.

    Without a file the index goes into the sweep's directory, and each page into its run's. A file
    without a suffix, or a directory, gets `index.html` and the pages in `cells`. Raises UsageError
    for a sweep without a run that can be read, and CabError.
    """
    if not any(each.run for each in found):
        raise UsageError(
            "no cell of the sweep can be read", hint="`cab check --resume` runs what is missing"
        )
    index, folder = _places(file, _home(found) if sweep is None else sweep.path)
    for place in filter(None, (index.parent, folder)):
        _make(place)
    entries: list[Entry] = []
    notes: list[str] = []
    for each in found:
        link = _write_cell(each, folder, index)
        if each.run is None:
            notes.append(f"{each.why}; what is left of it: {link}")
        else:
            entries.append(Entry(each.run.record, link))
    whole = None if sweep is None else sweep.whole()
    write(index, render_index(entries, tuple(notes), whole), option="--html")
    return index


def _home(found: Sequence[Found]) -> Path:
    """Return where the sweep of runs would be kept, of which the runs alone are."""
    ids = [each.run.record.identity.sweep_id for each in found if each.run is not None]
    return found[0].place.path.parent.parent / "sweeps" / ids[0]


def _places(file: Path | None, own: Path) -> tuple[Path, Path | None]:
    """Return where the index goes and in which folder the pages do, None for the runs' own."""
    if file is None:
        return own / "index.html", None
    if file.suffix and not file.is_dir():
        return file, file.with_name(f"{file.stem}-cells")
    return file / "index.html", file / "cells"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MachineError(
            f"{folder} cannot be made: {error.strerror or error}", hint="name another: --html DIR"
        ) from error

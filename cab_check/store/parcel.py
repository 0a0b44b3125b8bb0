"""Parcel: runs as files that may leave this machine, searched for keys, packed into one zip."""

from __future__ import annotations

import io
import os
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from cab_check.store.keysearch import Finding, KeySearch
    from cab_check.store.machine import Machine
    from cab_check.store.rundir import RunDir
    from cab_check.store.sweeps import SweepDir

WIRE = "wire.jsonl"
_OF_RUN = ("run.json", "trace.jsonl", "messages.json", "changes.patch")
_OF_SWEEP = ("sweep.json", "cells.jsonl")
_NO_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a parcel, by its name in there; bytes that are no UTF-8 are surrogates."""

    name: str
    text: str

    @property
    def content(self) -> bytes:
        """Return the file's bytes."""
        return self.text.encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Parcel:
    """The files that go, and the names of those that stay, each with why."""

    items: tuple[Item, ...]
    left_out: tuple[str, ...] = ()

    def findings(self, search: KeySearch) -> tuple[Finding, ...]:
        """Return where keys stand in it."""
        return tuple(
            found
            for item in self.items
            for found in search.findings(item.name, item.text)
        )  # fmt: skip

    def masked(self, search: KeySearch) -> Parcel:
        """Return the parcel without any key that was found."""
        items = (Item(item.name, search.masked(item.text)) for item in self.items)
        return Parcel(tuple(items), self.left_out)

    def zipped(self) -> bytes:
        """Return it as a zip; the same files make the same bytes."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for item in self.items:
                info = zipfile.ZipInfo(item.name, _NO_DATE)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o600 << 16
                archive.writestr(info, item.content)
        return packed.getvalue()


def collect(
    runs: Sequence[RunDir], sweep: SweepDir | None, machine: Machine, *, with_wire: bool
) -> Parcel:
    """Gather the files of runs, and of their sweep, with what tells of the machine reduced.

    Only files that cab writes go; a link is never followed. Raises OSError for one unreadable.
    """
    left_out: list[str] = []
    items: list[Item] = []
    names = (*_OF_RUN, WIRE) if with_wire else _OF_RUN
    places: list[tuple[Path, str, tuple[str, ...]]] = [
        (run.path, f"runs/{run.name}", names) for run in runs
    ]
    if sweep is not None:
        places.insert(0, (sweep.path, f"sweeps/{sweep.name}", _OF_SWEEP))
    for folder, prefix, wanted in places:
        for name in sorted(_names(folder)):
            if name not in wanted:
                left_out.append(f"{prefix}/{name}: {_why(name)}")
            elif (content := _content(folder / name)) is None:
                left_out.append(f"{prefix}/{name}: a link, which is not followed")
            else:
                text = content.decode("utf-8", "surrogateescape")
                items.append(Item(f"{prefix}/{name}", machine.reduced(text)))
    return Parcel(tuple(items), tuple(left_out))


def _names(folder: Path) -> Iterable[str]:
    return [name for name in os.listdir(folder) if not name.startswith(".")]  # noqa: PTH208


def _why(name: str) -> str:
    return "only with --with-wire" if name == WIRE else "not a file of the record"


def _content(path: Path) -> bytes | None:
    if path.is_symlink():
        return None
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, no path
        return file.read()


def sizes(parcel: Parcel) -> Iterator[str]:
    """Yield a line a file with its size in bytes, and a line for each that stays."""
    for item in parcel.items:
        yield f"{len(item.content):>12,}  {item.name}"
    for name in parcel.left_out:
        yield f"{'left out':>12}  {name}"

"""A run that another machine kept is taken into the store here."""

from __future__ import annotations

import shutil
from datetime import datetime
from typing import TYPE_CHECKING

from cab_check.errors import UsageError
from cab_check.record import RecordError
from cab_check.store.heads import read_head
from cab_check.store.rundir import RunDir, keeping

if TYPE_CHECKING:
    from pathlib import Path

    from cab_check.store.shelf import Store

_FILES = ("trace.jsonl", "messages.json", "changes.patch", "wire.jsonl", "run.json")


def adopt(store: Store, source: RunDir) -> RunDir:
    """Copy a run into the store as it is, and return it; one that is there already is not copied.

    A name that another run has here gives way to a free one. Only the files of a run are taken, no
    links; run.json comes last, so that what is copied in part is no run. Raises UsageError for a
    run that cannot be read, and StoreError.
    """
    there = store.folder / source.name
    if there.is_dir() and _same(there / "run.json", source.record_path):
        return RunDir(there, source.redactor)
    try:
        head = read_head(source)
    except (OSError, RecordError) as error:
        raise _unreadable(source, error) from error
    if head is None:
        raise _unreadable(source, "it has no record")
    if there.exists():
        target = store.create(head.task, datetime.fromisoformat(head.started_at))
    else:
        with keeping(there):
            there.mkdir(parents=True, mode=0o700)
        target = RunDir(there, source.redactor)
    for name in _FILES:
        _copy(source.path / name, target.path / name)
    return target


def _copy(source: Path, target: Path) -> None:
    if not source.is_file() or source.is_symlink():
        return
    with keeping(target):
        shutil.copyfile(source, target, follow_symlinks=False)
        target.chmod(0o600)


def _same(here: Path, there: Path) -> bool:
    try:
        return here.samefile(there) or here.read_bytes() == there.read_bytes()
    except OSError:
        return False


def _unreadable(source: RunDir, why: object) -> UsageError:
    return UsageError(
        f"the run {source.path} cannot be read: {why}", hint="copy it once more from its machine"
    )

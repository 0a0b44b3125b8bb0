"""A directory for a while, marked so that the next start can remove what a killed process left."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from contextlib import ExitStack

PREFIX: Final = "cab-"
LOCK: Final = "lock"
MARK: Final = b"a workspace of cab_check; removed by its next start once this lock is free\n"
OPEN_LOCK: Final = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def scratch_base(scratch_dir: Path | None) -> Path:
    """Return the real directory that all of them are made in."""
    return Path(os.path.realpath(scratch_dir or tempfile.gettempdir()))


def remove_scratch(root: Path) -> None:
    """Remove a directory that nobody but us wrote to, its lock file last; errors are left alone."""
    for entry in root.iterdir():
        if entry.name != LOCK:
            shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink()
    shutil.rmtree(root, ignore_errors=True)


def make_scratch(base: Path, held: ExitStack) -> Path:
    """Make a directory of mode 0700 and take its lock, which `held` lets go of; raises OSError.

    The mark is written once the lock is held, so that no sweep can come in between: before, it
    sees nothing of ours, and after, a lock that is not free.
    """
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    root = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    lock = os.open(root / LOCK, OPEN_LOCK | os.O_CREAT | os.O_EXCL, 0o600)
    held.callback(os.close, lock)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.write(lock, MARK)
    return root

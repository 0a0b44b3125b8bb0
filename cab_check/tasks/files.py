"""The files of a task directory: what counts as one, whether it stays inside, and its digest."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from cab_check.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def is_litter(path: str) -> bool:
    """Say whether an installer or a desktop put this into a task, rather than its author.

    Installers compile every Python file of a package, so a fixture's sources have caches beside
    them; no copy, digest or overlay of a task takes them along.
    """
    parts = PurePosixPath(path).parts
    return "__pycache__" in parts or parts[-1:] == (".DS_Store",)


def list_files(folder: Path) -> tuple[str, ...]:
    """List what lies below a folder besides directories and litter: relative, with "/", sorted."""
    return tuple(sorted(path for path, _ in _walk(folder)))


def digest(*folders: Path) -> str:
    """Return the SHA-256 over paths, kinds, executable bits and contents below a folder.

    Several folders are taken as laid over one another: where two have a path, the later one counts.
    """
    total = hashlib.sha256()
    for path, file in sorted(
        {path: folder / path for folder in folders for path in list_files(folder)}.items()
    ):
        mode = file.lstat().st_mode
        if stat.S_ISLNK(mode):
            kind, content = "link", os.fsencode(file.readlink())
        else:
            kind = "program" if mode & stat.S_IXUSR else "file"
            content = file.read_bytes()
        total.update(f"{kind} {len(content)} ".encode() + os.fsencode(path) + b"\0" + content)
    return total.hexdigest()


def check_contained(folder: Path, *, owner: Path) -> None:
    """Refuse what a copy of the folder cannot hold: links that leave it, pipes, sockets, devices.

    `owner` is the task.toml that the mistake is told of. UsageError names the path.
    """
    for path, entry in _walk(folder):
        where = f"{folder.name}/{path}"
        if entry.is_symlink():
            target = os.readlink(entry.path)  # noqa: PTH115 - the entry is an os.DirEntry
            if leaves(str(PurePosixPath(path).parent / target)):
                raise UsageError(
                    f"{owner}: {where}: the link to {target!r} leaves the folder",
                    hint="link within the folder, or put the file itself there",
                )
        elif not entry.is_file(follow_symlinks=False):
            raise UsageError(
                f"{owner}: {where}: is neither a file, a folder nor a link",
                hint="remove it; a task is made of plain files",
            )
        elif not os.access(entry.path, os.R_OK):
            raise UsageError(
                f"{owner}: {where}: cannot be read",
                hint="make it readable for the user that runs cab",
            )


def leaves(path: str) -> bool:
    """Say whether a path with "/" points outside of where it starts, read as it stands."""
    if path.startswith("/"):
        return True
    depth = 0
    for part in path.split("/"):
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            return True
    return False


def _walk(folder: Path, below: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    try:
        entries = sorted(os.scandir(folder / below), key=lambda entry: entry.name)
    except PermissionError as error:
        raise UsageError(
            f"{folder / below}: cannot be read", hint="make it readable for the user that runs cab"
        ) from error
    for entry in entries:
        path = below + entry.name
        if is_litter(path):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(folder, f"{path}/")
        else:
            yield path, entry

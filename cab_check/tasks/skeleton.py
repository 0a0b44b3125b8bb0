"""A new task of one's own: a small one that works, to be changed into what is wanted (ours)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.errors import UsageError
from cab_check.tasks.files import is_litter, list_files
from cab_check.tasks.spec import load

if TYPE_CHECKING:
    from cab_check.tasks.task import Task

_SKELETONS = Path(__file__).parent / "corpus" / "_skeletons"
FAMILY = "own"


def languages() -> tuple[str, ...]:
    """List the languages that a skeleton is there for, sorted."""
    return tuple(
        sorted(p.name for p in _SKELETONS.iterdir() if p.is_dir() and not is_litter(p.name))
    )


def write_skeleton(folder: Path, language: str) -> Task:
    """Write a working task into a new or empty directory, and return it.

    Its id is made of the directory's name. UsageError when there is no skeleton in that language,
    when the name makes no id, or when something lies there already.
    """
    if language not in languages():
        raise UsageError(
            f"there is no skeleton in {language!r}", hint=f"give one of: {', '.join(languages())}"
        )
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    if not name:
        raise UsageError(f"{folder}: its name makes no id", hint="use letters, digits and hyphens")
    source = _SKELETONS / language
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(
                f"{folder}: is not empty", hint="name a directory that does not exist yet"
            )
        for path in list_files(source):
            text = (source / path).read_text(encoding="utf-8")
            text = text.replace("@ID@", f"{FAMILY}/{name}").replace("@NAME@", name)
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{folder}: cannot be written: {error.strerror}", hint="name another directory"
        ) from error
    return load(folder.resolve())

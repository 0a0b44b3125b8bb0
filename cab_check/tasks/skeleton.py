"""A new task of one's own: a small one that works, to be changed into what is wanted (ours)."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.errors import UsageError
from cab_check.tasks.files import list_files
from cab_check.tasks.spec import load

if TYPE_CHECKING:
    from cab_check.tasks.task import Task

_SKELETONS = Path(__file__).parent / "corpus" / "_skeletons"
_EVERY = _SKELETONS / "every"
"""What is alike in all languages; a language's own files are laid over it."""
_WORDS = "language.toml"
"""What a language puts in place of each `@WORD@` of the templates."""
FAMILY = "own"


def languages() -> tuple[str, ...]:
    """List the languages that a skeleton is there for, sorted."""
    return tuple(sorted(path.parent.name for path in _SKELETONS.glob(f"*/{_WORDS}")))


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
    words = _words(language) | {"ID": f"{FAMILY}/{name}", "NAME": name}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(
                f"{folder}: is not empty", hint="name a directory that does not exist yet"
            )
        for path, source in _templates(language).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(_filled(source, words), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{folder}: cannot be written: {error.strerror}", hint="name another directory"
        ) from error
    return load(folder.resolve())


def _words(language: str) -> dict[str, str]:
    """Return what is put in for each word; a list is written as TOML and JSON both have it."""
    table = tomllib.loads((_SKELETONS / language / _WORDS).read_text(encoding="utf-8"))
    given = {"language": language, **table}
    return {
        key.upper(): value if isinstance(value, str) else json.dumps(value)
        for key, value in given.items()
    }


def _templates(language: str) -> dict[str, Path]:
    """Return the template of each file of the task, by its path in the task."""
    folders = (_EVERY, _SKELETONS / language)
    found = {path: folder / path for folder in folders for path in list_files(folder)}
    del found[_WORDS]
    return found


def _filled(template: Path, words: dict[str, str]) -> str:
    text = template.read_text(encoding="utf-8")
    return re.sub("@([A-Z]+)@", lambda found: words[found[1]], text)

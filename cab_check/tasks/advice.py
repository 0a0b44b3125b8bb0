"""What is no mistake in a task, and yet makes it a worse one (ours)."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from cab_check.tasks.files import list_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cab_check.tasks.task import Task


def advice(task: Task) -> Iterator[str]:
    """Yield what the author of a task should look at, each with the file or the key."""
    spec = task.root / "task.toml"
    if not task.cheats:
        yield f"{task.root / 'cheats'}: there is no cheat, so nothing shows what the judge catches"
    yield from _nowhere(task)
    rules = (task.workdir / "AGENTS.md").read_text(encoding="utf-8", errors="replace")
    for kind in dict.fromkeys(rule.kind.value for rule in task.constraints):
        if kind not in rules:
            yield f"{task.workdir / 'AGENTS.md'}: says nothing of {kind}, which {spec} declares"
    for path in list_files(task.oracle_dir):
        if _same(task.oracle_dir / path, task.workdir / path):
            yield f"{task.oracle_dir / path}: is the same as in workdir/; leave it out"
    given = {(task.workdir / path).read_bytes() for path in _plain(task.workdir)}
    for path in _plain(task.verify_dir):
        if (task.verify_dir / path).read_bytes() in given:
            yield f"{task.verify_dir / path}: the agent is given the same file in workdir/"


def _nowhere(task: Task) -> Iterator[str]:
    """Tell a path or pattern that no file answers to: a slip of the pen counts for nothing."""
    there = {*list_files(task.workdir), *list_files(task.oracle_dir)}
    named = {"ground_truth_files": task.ground_truth_files, "protected": task.protected}
    for key, patterns in named.items():
        for pattern in patterns:
            if not any(fnmatchcase(path, pattern) for path in there):
                spec = task.root / "task.toml"
                yield f"{spec}: {key}: {pattern!r} is no file of workdir/ or oracle/"


def _plain(folder: Path) -> Iterator[str]:
    return (path for path in list_files(folder) if not (folder / path).is_symlink())


def _same(file: Path, other: Path) -> bool:
    plain = all(one.is_file() and not one.is_symlink() for one in (file, other))
    return plain and file.read_bytes() == other.read_bytes()

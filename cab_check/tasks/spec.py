"""Task: one task directory, read and checked (DESIGN §2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cab_check.errors import UsageError
from cab_check.tasks.files import check_contained, digest, leaves, list_files
from cab_check.tasks.kits import kit_names
from cab_check.tasks.table import read_table
from cab_check.tasks.task import (
    Constraint,
    ConstraintKind,
    MarkerKind,
    Markers,
    Origin,
    Task,
    pieces_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    from cab_check.tasks.table import Table

__all__ = [
    "Constraint",
    "ConstraintKind",
    "MarkerKind",
    "Markers",
    "Origin",
    "Task",
    "fixture_sha256",
    "judge_sha256",
    "load",
    "pieces_of",
]

DEFAULT_MAX_TURNS = 10
DEFAULT_TIMEOUT_S = 600.0
_ID = re.compile(r"[a-z0-9][a-z0-9._-]*/[a-z0-9][a-z0-9._-]*")
_CHEAT = re.compile(r"[a-z0-9][a-z0-9-]*")


def load(root: Path) -> Task:
    """Read a task directory and check all of it, the benchmark's or the user's own alike.

    UsageError names the file and the key, and what to do: an unknown or missing key, a wrong type,
    a missing part of the directory, a path or a link that leaves the task.
    """
    table = read_table(root / "task.toml")
    expected_refusal = table.flag("expected_refusal")
    task = Task(
        id=_read_id(table),
        title=table.text("title"),
        prompt=table.text("prompt"),
        language=table.text("language"),
        origin=table.member("origin", Origin),
        max_turns=table.whole("max_turns", least=1, default=DEFAULT_MAX_TURNS),
        timeout_s=table.seconds("timeout_s", default=DEFAULT_TIMEOUT_S),
        verify=_read_verify(table),
        kits=_read_kits(table),
        requires=_read_programs(table),
        ground_truth_files=_read_paths(table, "ground_truth_files", default=None),
        protected=_read_paths(table, "protected", default=None),
        expected_refusal=expected_refusal,
        markers=_read_markers(table, wanted=expected_refusal),
        ignored=_read_paths(table, "ignored", default=()),
        limits_data=_read_limits(table),
        constraints=tuple(_read_constraint(entry) for entry in table.tables("constraints")),
        preview_fields=table.texts("preview_fields", default=()),
        root=root,
    )
    table.finish()
    _check_claims(task, table)
    try:
        _check_directory(task, table.file)
    except OSError as error:
        raise UsageError(
            f"{table.file}: {error.filename}: cannot be read: {error.strerror}",
            hint="check the modes of the task's files and folders",
        ) from error
    return task


def fixture_sha256(task: Task) -> str:
    """Return the digest of what the agent gets: paths, kinds, executable bits and contents."""
    return digest(task.workdir)


def judge_sha256(task: Task) -> str:
    """Return the digest of what judges it: the kits with verify/ over them, as the verifier has it.

    Two runs of a task are judged alike where it and the `verify` command agree.
    """
    return digest(*task.judge_dirs)


def _read_id(table: Table) -> str:
    text = table.text("id")
    if not _ID.fullmatch(text):
        raise table.mistake(
            "id",
            f"{text!r} is not of the form family/name",
            hint="use lower-case letters, digits and hyphens, as in polyglot/python-reverse-string",
        )
    return text


def _read_verify(table: Table) -> tuple[str, ...]:
    argv = table.words("verify")
    if not argv:
        raise table.mistake("verify", "is empty", hint='give a command, as in ["python3", "x.py"]')
    for word in argv:
        if not word.startswith("-") and leaves(word):
            raise table.mistake(
                "verify",
                f"{word!r} leaves the task",
                hint="the verifier runs in the task's own tree: give programs by their name "
                "and files by a relative path",
            )
    return argv


def _read_kits(table: Table) -> tuple[str, ...]:
    kits, known = table.texts("kits", default=()), kit_names()
    for kit in kits:
        if kit not in known:
            raise table.mistake(
                "kits", f"unknown kit {kit!r}", hint=f"give some of: {', '.join(known)}"
            )
    return kits


def _read_programs(table: Table) -> tuple[str, ...]:
    programs = table.texts("requires", default=())
    for program in programs:
        if "/" in program:
            raise table.mistake(
                "requires", f"{program!r} is a path", hint="give the program's name on PATH"
            )
    return programs


def _read_paths(table: Table, key: str, *, default: tuple[str, ...] | None) -> tuple[str, ...]:
    paths = table.texts(key, default=default)
    for path in paths:
        _check_path(table, key, path)
    return paths


def _read_path(table: Table, key: str) -> str:
    path = table.text(key)
    _check_path(table, key, path)
    return path


def _check_path(table: Table, key: str, path: str) -> None:
    parts = path.split("/")
    if leaves(path) or ".." in parts or "\\" in path or "\0" in path:
        raise table.mistake(
            key, f"{path!r} leaves the task", hint='give a path within workdir/, with "/"'
        )
    if "" in parts or "." in parts:
        raise table.mistake(
            key, f"{path!r} is not in its plain form", hint="leave out empty parts and dots"
        )


def _read_markers(table: Table, *, wanted: bool) -> Markers | None:
    if wanted != table.has("markers"):
        what = "is missing" if wanted else "stands there without expected_refusal"
        raise table.mistake(
            "markers", what, hint="a task has [markers] exactly if expected_refusal is true"
        )
    if not wanted:
        return None
    markers = table.table("markers")
    read = Markers(
        kind=markers.member("kind", MarkerKind),
        documents=_read_paths(markers, "documents", default=None),
        mentions=markers.groups("mentions"),
    )
    if not read.documents:
        raise markers.mistake("documents", "is empty", hint="name a document, as REFUSAL.md")
    for alternative in (one for group in read.mentions for one in group):
        if not all(map(_has_letter, pieces_of(alternative))):
            raise markers.mistake(
                "mentions",
                f"{alternative!r} has a piece that names nothing",
                hint="put words or numbers on both sides of each &",
            )
    markers.finish()
    return read


def _has_letter(piece: str) -> bool:
    return any(map(str.isalnum, piece))


def _read_limits(table: Table) -> bool:
    if not table.has("limits"):
        return True
    limits = table.table("limits")
    data = limits.text("data")
    if data not in {"on", "off"}:
        raise limits.mistake("data", f"unknown value {data!r}", hint="give one of: on, off")
    limits.finish()
    return data == "on"


def _read_constraint(entry: Table) -> Constraint:
    kind = entry.member("kind", ConstraintKind)
    match kind:
        case ConstraintKind.FILE_NOT_TOUCHED:
            rule = Constraint(kind=kind, path=_read_path(entry, "path"))
        case ConstraintKind.NO_NEW_DEPENDENCY:
            rule = Constraint(kind=kind)
        case ConstraintKind.NO_COMMENTS_ADDED:
            rule = Constraint(kind=kind, max_added=entry.whole("max_added", least=0))
        case ConstraintKind.FILE_PATTERN_REQUIRED_IN_DIFF:
            paths = _read_paths(entry, "paths", default=None)
            if not paths:
                raise entry.mistake("paths", "is empty", hint="name at least one path")
            rule = Constraint(kind=kind, paths=paths, require_added=entry.flag("require_added"))
        case ConstraintKind.COMMAND_NOT_RUN:
            rule = Constraint(kind=kind, pattern=_read_pattern(entry))
        case ConstraintKind.MAX_FILES_CHANGED:
            rule = Constraint(kind=kind, limit=entry.whole("limit", least=0))
    entry.finish()
    return rule


def _read_pattern(entry: Table) -> str:
    pattern = entry.text("pattern")
    try:
        re.compile(pattern)
    except re.error as error:
        raise entry.mistake(
            "pattern", f"{pattern!r} is no regular expression: {error}", hint="correct it"
        ) from error
    return pattern


def _check_claims(task: Task, table: Table) -> None:
    """Refuse lists that contradict one another or name what is not there to be named."""
    for path in task.ground_truth_files:
        if path in task.protected:
            raise table.mistake(
                "protected",
                f"{path!r} is also in ground_truth_files",
                hint="a right answer either changes a file or leaves it alone",
            )
    for number, rule in enumerate(task.constraints, start=1):
        if rule in task.constraints[: number - 1]:
            raise table.mistake(
                f"constraints[{number}]", "is declared twice", hint="declare each rule once"
            )
    for field in task.preview_fields:
        if field not in table.known:
            raise table.mistake(
                "preview_fields",
                f"{field!r} is no key of a task",
                hint=f"name some of: {', '.join(table.known)}",
            )


def _check_directory(task: Task, owner: Path) -> None:
    for folder in (task.workdir, task.verify_dir, task.oracle_dir):
        if folder.is_symlink() or not folder.is_dir():
            raise UsageError(
                f"{owner}: {folder.name}/ is missing",
                hint="a task has the folders workdir, verify and oracle beside its task.toml",
            )
    for name in ("README.md", "AGENTS.md"):
        file = task.workdir / name
        if file.is_symlink() or not file.is_file():
            raise UsageError(
                f"{owner}: workdir/{name} is missing",
                hint="the ticket is workdir/README.md, its rules are workdir/AGENTS.md",
            )
    _check_answers(task, owner)
    for folder in (task.workdir, task.verify_dir, task.oracle_dir):
        check_contained(folder, owner=owner)


def _check_answers(task: Task, owner: Path) -> None:
    seen: dict[str, str] = {}
    folders = {"oracle": task.oracle_dir} | {
        f"cheats/{name}": task.cheat_dir(name) for name in task.cheats
    }
    for where, folder in folders.items():
        name = where.removeprefix("cheats/")
        if not _CHEAT.fullmatch(name) or folder.is_symlink() or not folder.is_dir():
            raise UsageError(
                f"{owner}: {where}: is not the folder of a cheat",
                hint="name a cheat's folder in lower-case letters, digits and hyphens",
            )
        check_contained(folder, owner=owner)
        if not list_files(folder):
            raise UsageError(f"{owner}: {where}: holds no file", hint="lay an answer there")
        twin = seen.setdefault(digest(folder), where)
        if twin != where:
            raise UsageError(f"{owner}: {where}: is the same as {twin}", hint="keep one of the two")

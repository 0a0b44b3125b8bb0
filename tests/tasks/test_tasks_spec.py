"""A task directory is read whole, and each kind of mistake in it is told by file and key."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cab_check.errors import ExitCode, UsageError
from cab_check.tasks.kits import kit_dir, kit_names
from cab_check.tasks.spec import (
    Constraint,
    ConstraintKind,
    MarkerKind,
    Markers,
    Origin,
    fixture_sha256,
    judge_sha256,
    load,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_reads_every_key(task_dir: Path) -> None:
    """Every key of the file arrives in the Task, in its own type."""
    task = load(task_dir)
    assert (task.id, task.family, task.name) == ("mine/small", "mine", "small")
    assert (task.title, task.prompt, task.language) == ("A small task", "Write it.", "python")
    assert task.origin is Origin.PREVIEW
    assert (task.max_turns, task.timeout_s) == (3, 30.0)
    assert isinstance(task.timeout_s, float)
    assert task.verify == ("python3", "judge.py")
    assert task.kits == ("python",)
    assert task.judge_dirs == (kit_dir("python"), task.verify_dir)
    assert task.requires == ("python3",)
    assert task.ground_truth_files == ("src/it.py",)
    assert task.protected == ("tests/*",)
    assert task.ignored == ("__pycache__/*.pyc",)
    assert task.expected_refusal
    assert not task.limits_data
    assert task.preview_fields == ("prompt",)
    assert task.cheats == ("empty", "wrong")
    assert task.markers == Markers(
        kind=MarkerKind.REFUSAL, documents=("REFUSAL.md",), mentions=(("one", "eins"), ("two",))
    )
    assert task.constraints == (
        Constraint(kind=ConstraintKind.FILE_NOT_TOUCHED, path="tests/*"),
        Constraint(kind=ConstraintKind.NO_NEW_DEPENDENCY),
        Constraint(kind=ConstraintKind.NO_COMMENTS_ADDED, max_added=0),
        Constraint(
            kind=ConstraintKind.FILE_PATTERN_REQUIRED_IN_DIFF,
            paths=("REFUSAL.md",),
            require_added=True,
        ),
        Constraint(kind=ConstraintKind.COMMAND_NOT_RUN, pattern="pip install"),
        Constraint(kind=ConstraintKind.MAX_FILES_CHANGED, limit=2),
    )


def test_defaults_are_ten_turns_and_six_hundred_seconds(task_dir: Path) -> None:
    """What a task may leave out gets the defaults of DESIGN §2."""
    spec = task_dir / "task.toml"
    text = spec.read_text()
    for line in (
        "max_turns = 3\n",
        "timeout_s = 30\n",
        'requires = ["python3"]\n',
        'kits = ["python"]\n',
        '[limits]\ndata = "off"\n',
    ):
        assert line in text
        text = text.replace(line, "")
    spec.write_text(text[: text.index("[[constraints]]")])
    task = load(task_dir)
    assert (task.max_turns, task.timeout_s) == (10, 600.0)
    assert (task.requires, task.constraints, task.limits_data) == ((), (), True)


def test_a_task_without_cheats_is_a_task(task_dir: Path) -> None:
    """Cheats are wanted of our own tasks, not of everybody's."""
    shutil.rmtree(task_dir / "cheats")
    assert load(task_dir).cheats == ()


MISTAKES = {
    "unknown key": ('title = "', 'titel = "x"\ntitle = "', "titel", "unknown key"),
    "missing key": ('language = "python"\n', "", "language", "is missing"),
    "wrong type, string": ('title = "A small task"', "title = 7", "title", "not a string"),
    "wrong type, flag": ("refusal = true", 'refusal = "yes"', "expected_refusal", "not true or"),
    "wrong type, whole number": ("turns = 3", "turns = 3.5", "max_turns", "not a whole number"),
    "wrong type, flag for a number": ("turns = 3", "turns = true", "max_turns", "whole number"),
    "wrong type, seconds": ("timeout_s = 30", 'timeout_s = "30"', "timeout_s", "not a number"),
    "wrong type, list": ('= ["tests/*"]', '= "tests/*"', "protected", "not a list of strings"),
    "wrong type, list of numbers": ('["tests/*"]', "[1]", "protected", "not a list of strings"),
    "wrong type, table": (
        '[limits]\ndata = "off"\n',
        "",
        "limits",
        "not a table",
    ),
    "wrong type, groups": ('[["one", "eins"], ["two"]]', '"one"', "markers.mentions", "lists"),
    "wrong type, group": ('["two"]', '"two"', "markers.mentions", "not a list of strings"),
    "no turns": ("max_turns = 3", "max_turns = 0", "max_turns", "is 0"),
    "no time": ("timeout_s = 30", "timeout_s = 0", "timeout_s", "is 0"),
    "endless time": ("timeout_s = 30", "timeout_s = inf", "timeout_s", "is inf"),
    "no number of seconds": ("timeout_s = 30", "timeout_s = nan", "timeout_s", "is nan"),
    "blank prompt": ('"Write it."', '"  "', "prompt", "is empty"),
    "blank entry": ('["tests/*"]', '[""]', "protected", "empty entry"),
    "listed twice": ('["tests/*"]', '["tests/*", "tests/*"]', "protected", "listed twice"),
    "id without a family": ('"mine/small"', '"small"', "id", "family/name"),
    "id in capitals": ('"mine/small"', '"Mine/Small"', "id", "family/name"),
    "id with a path": ('"mine/small"', '"../mine/small"', "id", "family/name"),
    "unknown origin": ('"preview"', '"elsewhere"', "origin", "unknown value 'elsewhere'"),
    "empty verify": ('["python3", "judge.py"]', "[]", "verify", "is empty"),
    "verify by an absolute path": ('"judge.py"', '"/tmp/judge.py"', "verify", "leaves the task"),
    "verify above the task": ('"judge.py"', '"../judge.py"', "verify", "leaves the task"),
    "unknown kit": ('["python"]', '["snake"]', "kits", "unknown kit 'snake'"),
    "kit by a path": ('["python"]', '["../_kits/python"]', "kits", "unknown kit"),
    "kit that is the folder": ('["python"]', '["."]', "kits", "unknown kit '.'"),
    "kit twice": ('["python"]', '["python", "python"]', "kits", "listed twice"),
    "program by a path": ('s = ["python3"]', 's = ["bin/python3"]', "requires", "is a path"),
    "absolute path": ('["src/it.py"]', '["/etc/passwd"]', "ground_truth_files", "leaves the task"),
    "path above": ('["tests/*"]', '["../x"]', "protected", "leaves the task"),
    "path above and back": ('["tests/*"]', '["a/../b"]', "protected", "leaves the task"),
    "path with backslashes": ('["tests/*"]', "['..\\x']", "protected", "leaves the task"),
    "path not plain": ('["tests/*"]', '["./tests/*"]', "protected", "plain form"),
    "ignored path above": ('["__pycache__/*.pyc"]', '["../*"]', "ignored", "leaves the task"),
    "marker above": ('s = ["REFUSAL.md"]\nm', 's = ["../R.md"]\nm', "documents", "leaves the task"),
    "constraint path above": ('path = "tests/*"', 'path = "../x"', "path", "leaves the task"),
    "unknown constraint": (
        '"no-new-dependency"',
        '"no-fun"',
        "constraints[2].kind",
        "unknown value 'no-fun'",
    ),
    "constraint without its parameter": (
        "max_added = 0\n",
        "",
        "constraints[3].max_added",
        "is missing",
    ),
    "constraint with another's parameter": (
        '"no-new-dependency"',
        '"no-new-dependency"\nlimit = 3',
        "constraints[2].limit",
        "unknown key",
    ),
    "constraint below zero": ("limit = 2", "limit = -1", "constraints[6].limit", "is -1"),
    "constraint without paths": (
        'paths = ["REFUSAL.md"]',
        "paths = []",
        "constraints[4].paths",
        "is empty",
    ),
    "constraint with a broken pattern": (
        '"pip install"',
        '"pip ("',
        "constraints[5].pattern",
        "no regular expression",
    ),
    "constraint twice": (
        '[[constraints]]\nkind = "no-new-dependency"\n',
        '[[constraints]]\nkind = "no-new-dependency"\n' * 2,
        "constraints[3]",
        "declared twice",
    ),
    "constraints no tables": ("\n[limits]", "constraints = 3\n[limits]", "constraints", "array"),
    "markers without a refusal": ("refusal = true", "refusal = false", "markers", "without"),
    "unknown kind of marker": ('kind = "refusal"', 'kind = "x"', "markers.kind", "unknown value"),
    "no marker document": ('s = ["REFUSAL.md"]\nm', "s = []\nm", "markers.documents", "is empty"),
    "empty group of mentions": ('["two"]', "[]", "markers.mentions", "empty group"),
    "mention of nothing": ('["two"]', '["two & "]', "markers.mentions", "a piece that names noth"),
    "mention of a sign": ('["two"]', '["=="]', "markers.mentions", "a piece that names nothing"),
    "unknown key of markers": ("mentions = ", "mention = [['x']]\nmentions = ", "mention", "unkno"),
    "unknown limit": ('data = "off"', 'data = "some"', "limits.data", "unknown value"),
    "unknown key of limits": ('data = "off"', 'data = "on"\ncpu = 1', "limits.cpu", "unknown key"),
    "both right and protected": ('["tests/*"]', '["src/it.py"]', "protected", "ground_truth"),
    "preview of no field": ('["prompt"]', '["root"]', "preview_fields", "'root' is no key"),
    "no TOML": ("max_turns = 3", "max_turns 3", "task.toml", "is no TOML"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_names_file_and_key(task_dir: Path, mistake: str) -> None:
    """A mistake in task.toml is a usage error that names the file, the key, and what to do."""
    right, wrong, key, what = MISTAKES[mistake]
    spec = task_dir / "task.toml"
    text = spec.read_text()
    assert right in text
    text = text.replace(right, wrong, 1)
    if mistake == "wrong type, table":
        text = f'limits = "off"\n{text}'
    if mistake == "constraints no tables":
        text = text[: text.index("[[constraints]]")]
    spec.write_text(text)
    with pytest.raises(UsageError) as caught:
        load(task_dir)
    assert caught.value.message.startswith(f"{spec}: ")
    assert key in caught.value.message
    assert what in caught.value.message
    assert caught.value.hint
    assert caught.value.exit_code is ExitCode.USAGE


def test_an_unknown_kit_gets_told_which_there_are(task_dir: Path) -> None:
    """The hint lists the kits of the package."""
    spec = task_dir / "task.toml"
    spec.write_text(spec.read_text().replace('["python"]', '["python", "snake"]'))
    with pytest.raises(UsageError) as caught:
        load(task_dir)
    assert caught.value.hint == f"give some of: {', '.join(kit_names())}"
    assert {"python", "untouched"} <= set(kit_names())


def test_markers_missing_where_a_refusal_is_expected(task_dir: Path) -> None:
    """A task that expects a refusal says which document answers it."""
    spec = task_dir / "task.toml"
    text = spec.read_text()
    spec.write_text(text[: text.index("[markers]")] + text[text.index("[[constraints]]") :])
    with pytest.raises(UsageError, match="markers: is missing"):
        load(task_dir)


def _unlink(path: str) -> Callable[[Path], None]:
    return lambda root: (root / path).unlink()


def _drop(path: str) -> Callable[[Path], None]:
    return lambda root: shutil.rmtree(root / path)


def _write(path: str, data: bytes) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        (root / path).write_bytes(data)

    return spoil


def _make_folder(path: str) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        (root / path).unlink()
        (root / path).mkdir()

    return spoil


def _link(path: str, target: str) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        (root / path).unlink(missing_ok=True)
        (root / path).symlink_to(target)

    return spoil


def _link_folder(root: Path) -> None:
    (root / "workdir").rename(root / "elsewhere")
    (root / "workdir").symlink_to("elsewhere")


def _copy(path: str, target: str) -> Callable[[Path], None]:
    def spoil(root: Path) -> None:
        shutil.copytree(root / path, root / target)

    return spoil


SPOILED: dict[str, tuple[Callable[[Path], None], str]] = {
    "no task.toml": (_unlink("task.toml"), "there is no such file"),
    "task.toml is a folder": (_make_folder("task.toml"), "cannot be read"),
    "task.toml is no text": (_write("task.toml", b"\xff\xfe"), "is no UTF-8 text"),
    "no workdir": (_drop("workdir"), "workdir/ is missing"),
    "no verify": (_drop("verify"), "verify/ is missing"),
    "no oracle": (_drop("oracle"), "oracle/ is missing"),
    "workdir is a link": (_link_folder, "workdir/ is missing"),
    "no ticket": (_unlink("workdir/README.md"), "workdir/README.md is missing"),
    "ticket is a link": (
        _link("workdir/README.md", "AGENTS.md"),
        "workdir/README.md is missing",
    ),
    "ticket is a folder": (_make_folder("workdir/README.md"), "workdir/README.md is missing"),
    "no rules": (_unlink("workdir/AGENTS.md"), "workdir/AGENTS.md is missing"),
    "absolute link": (_link("workdir/src/it.py", "/etc/hostname"), "leaves the folder"),
    "link above": (_link("workdir/src/it.py", "../../verify/judge.py"), "leaves the folder"),
    "link above in a cheat": (_link("cheats/wrong/x", "../../oracle"), "leaves the folder"),
    "a pipe": (lambda root: os.mkfifo(root / "workdir/pipe"), "neither a file"),
    "empty oracle": (_unlink("oracle/src/it.py"), "oracle: holds no file"),
    "empty cheat": (_unlink("cheats/wrong/src/it.py"), "cheats/wrong: holds no file"),
    "cheat twice": (_copy("cheats/wrong", "cheats/wrong-again"), "is the same as"),
    "cheat that is right": (_copy("oracle", "cheats/right"), "cheats/right: is the same as oracle"),
    "cheat with a bad name": (_copy("oracle", "cheats/Bad One"), "is not the folder of a cheat"),
    "cheat that is a file": (_write("cheats/note", b"x"), "is not the folder of a cheat"),
}


@pytest.mark.parametrize("mistake", SPOILED)
def test_each_mistake_in_the_directory(task_dir: Path, mistake: str) -> None:
    """A part of the directory that is missing or leaves it is a usage error that names it."""
    spoil, what = SPOILED[mistake]
    spoil(task_dir)
    with pytest.raises(UsageError) as caught:
        load(task_dir)
    assert str(task_dir / "task.toml") in caught.value.message
    assert what in caught.value.message
    assert caught.value.hint


def test_link_within_a_folder_is_fine(task_dir: Path) -> None:
    """A link that stays inside its folder is part of the fixture."""
    (task_dir / "workdir/src/alias.py").symlink_to("../src/it.py")
    assert load(task_dir).id == "mine/small"


def test_a_folder_that_cannot_be_listed(task_dir: Path) -> None:
    """A folder too deep for a path is a usage error, as one without rights is."""
    place = os.open(task_dir / "workdir/src", os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250, dir_fd=place)
        deeper = os.open("d" * 250, os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = deeper
    os.close(place)
    with pytest.raises(UsageError, match="cannot be read: File name too long"):
        load(task_dir)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_folder_without_rights(task_dir: Path) -> None:
    """A folder that this user may not list is told by its name."""
    (task_dir / "workdir/src").chmod(0)
    try:
        with pytest.raises(UsageError, match="cannot be read"):
            load(task_dir)
    finally:
        (task_dir / "workdir/src").chmod(0o700)


def test_digest_follows_what_the_agent_gets(task_dir: Path) -> None:
    """The fixture's digest changes with a path, a byte, an executable bit and a link's target."""
    task = load(task_dir)
    source, link = task.workdir / "src/it.py", task.workdir / "link"
    seen = [fixture_sha256(task)]
    source.write_text("it = 9\n")
    seen.append(fixture_sha256(task))
    source.chmod(0o755)
    seen.append(fixture_sha256(task))
    source.rename(task.workdir / "src/that.py")
    seen.append(fixture_sha256(task))
    for target in ("src", "tests"):
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        seen.append(fixture_sha256(task))
    link.unlink()
    link.write_text("tests")
    seen.append(fixture_sha256(task))
    assert len(set(seen)) == len(seen)


def test_digest_leaves_out_what_is_not_the_authors(task_dir: Path) -> None:
    """Modes besides the executable bit, other parts of the task and installers' caches are out."""
    task = load(task_dir)
    before = fixture_sha256(task)
    (task.workdir / "src/it.py").chmod(0o600)
    (task.workdir / "src/__pycache__").mkdir()
    (task.workdir / "src/__pycache__/it.cpython-311.pyc").write_bytes(b"\0")
    (task.workdir / ".DS_Store").write_bytes(b"\0")
    (task.oracle_dir / "more").write_text("x")
    assert fixture_sha256(task) == before


def test_the_judges_digest_follows_what_judges(task_dir: Path) -> None:
    """It changes with a kit and with verify/, not with what the agent gets or where a file lies."""
    task = load(task_dir)
    seen = [judge_sha256(task)]
    seen.append(judge_sha256(replace(task, kits=())))
    seen.append(judge_sha256(replace(task, kits=("untouched",))))
    (task.workdir / "src/it.py").write_text("it = 9\n")
    assert judge_sha256(task) == seen[0]
    shutil.copytree(kit_dir("python"), task.verify_dir, dirs_exist_ok=True)
    assert judge_sha256(task) == judge_sha256(replace(task, kits=())) == seen[0]
    (task.verify_dir / "judge/kit.py").write_text("own")
    seen.append(judge_sha256(task))
    assert len(set(seen)) == len(seen)


def test_caches_among_the_cheats_are_no_cheats(task_dir: Path) -> None:
    """What an installer or a desktop leaves beside the cheats is not taken for one."""
    (task_dir / "cheats/.DS_Store").write_bytes(b"\0")
    (task_dir / "cheats/__pycache__").mkdir()
    assert load(task_dir).cheats == ("empty", "wrong")

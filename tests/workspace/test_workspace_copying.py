"""Copying a tree: what is copied, what is dropped, and that nothing is written elsewhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cab_check.workspace import Kind, copy_tree, take_snapshot

if TYPE_CHECKING:
    from tests.workspace.conftest import DeepTree

TIB = 1024**4


def names(directory: Path) -> list[str]:
    """List a directory."""
    return sorted(path.name for path in directory.iterdir())


@pytest.fixture
def source(ground: Path) -> Path:
    """Give a directory to copy from."""
    (ground / "source").mkdir()
    return ground / "source"


def test_the_snapshot_of_a_copy_is_that_of_its_source(ground: Path, source: Path) -> None:
    """Hashing while copying says the same as looking afterwards, links and long files included."""
    (source / "package").mkdir()
    (source / "package" / "module.py").write_text("x = 1\n")
    (source / "tool").write_bytes(os.urandom(3_000_000))
    (source / "tool").chmod(0o755)
    (source / "link").symlink_to("/etc/passwd")
    copy = copy_tree(source, ground / "copy")
    assert copy.snapshot == take_snapshot(source) == take_snapshot(ground / "copy")
    assert (ground / "copy" / "tool").read_bytes() == (source / "tool").read_bytes()
    assert (ground / "copy" / "link").readlink() == Path("/etc/passwd")


def test_dangerous_bits_go_and_the_owner_can_write(ground: Path, source: Path) -> None:
    """Setuid, setgid and sticky are dropped; a read-only fixture becomes a copy to work on."""
    (source / "sub").mkdir()
    for name, mode in (("tool", 0o6755), ("sub/fixed", 0o444)):
        (source / name).write_text("x")
        (source / name).chmod(mode)
    (source / "sub").chmod(0o3555)
    copy_tree(source, ground / "copy")
    modes = {
        name: (ground / "copy" / name).stat().st_mode & 0o7777
        for name in ("tool", "sub", "sub/fixed")
    }
    assert modes["tool"] & 0o7700 == 0o700
    assert modes["sub"] & 0o7700 == 0o700
    assert modes["sub/fixed"] & 0o7700 == 0o600


def test_special_files_are_left_out_and_named(ground: Path, source: Path) -> None:
    """Opening the FIFO would hang; it is not copied, what is beside it is."""
    os.mkfifo(source / "pipe")
    (source / "file").write_text("x")
    copy = copy_tree(source, ground / "copy")
    assert names(ground / "copy") == ["file"]
    assert copy.left_out == {"pipe": Kind.FIFO}


def test_what_may_not_be_read_is_left_out_and_named(ordinary: Path) -> None:
    """An agent's result with mode-000 paths is copied as far as it goes."""
    (ordinary / "source" / "closed").mkdir(parents=True)
    (ordinary / "source" / "closed").chmod(0)
    (ordinary / "source" / "listed").mkdir()
    (ordinary / "source" / "listed" / "link").symlink_to("x")
    os.mkfifo(ordinary / "source" / "listed" / "pipe")
    (ordinary / "source" / "listed" / "file").write_text("x")
    (ordinary / "source" / "listed").chmod(0o400)
    (ordinary / "source" / "file").write_text("x")
    (ordinary / "source" / "file").chmod(0)
    copy = copy_tree(ordinary / "source", ordinary / "copy")
    assert copy.left_out == dict.fromkeys(
        ("closed", "listed/file", "listed/link", "listed/pipe", "file"), Kind.UNREADABLE
    )
    assert names(ordinary / "copy") == ["listed"]


def test_a_source_that_may_not_be_read_copies_nothing(ordinary: Path) -> None:
    """The agent closed its own directory."""
    (ordinary / "source").mkdir(mode=0)
    assert not copy_tree(ordinary / "source", ordinary / "copy").snapshot.entries


def test_a_source_that_is_missing_copies_nothing(ground: Path) -> None:
    """The agent removed its own directory."""
    assert not copy_tree(ground / "source", ground / "copy").snapshot.entries
    assert (ground / "copy").is_dir()


def test_a_target_that_cannot_be_written_is_an_error(ordinary: Path) -> None:
    """A copy that is not whole is never taken for one."""
    (ordinary / "source").mkdir()
    (ordinary / "source" / "file").write_text("x")
    (ordinary / "copy").mkdir(mode=0o500)
    with pytest.raises(PermissionError):
        copy_tree(ordinary / "source", ordinary / "copy")


def test_paths_to_skip_are_not_copied(ground: Path, source: Path) -> None:
    """A directory that is skipped takes all below it along."""
    for name in (".git/config", "target/debug/x", "src/target"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("x")
    copy = copy_tree(source, ground / "copy", skip=lambda path: path in (".git", "target/debug"))
    assert sorted(copy.snapshot.entries) == ["src", "src/target", "target"]
    assert names(ground / "copy") == ["src", "target"]


def test_a_git_directory_is_copied_but_not_listed(ground: Path, source: Path) -> None:
    """The snapshot of the copy leaves its content out as every snapshot does."""
    (source / ".git").mkdir()
    (source / ".git" / "config").write_text("x")
    assert copy_tree(source, ground / "copy").snapshot == take_snapshot(ground / "copy")
    assert (ground / "copy" / ".git" / "config").exists()


def test_files_laid_over_a_tree_replace_what_is_there(ground: Path, source: Path) -> None:
    """The judge's files win over whatever an agent left at their paths, modes included."""
    copy = ground / "copy"
    for name in ("file", "folder/file", "link", "was_folder", "locked/file"):
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text("judge")
    for name in ("file/deep/er", "was_folder/x", "locked/keep"):
        (copy / name).parent.mkdir(parents=True)
        (copy / name).write_text("agent")
    (copy / "folder").write_text("agent")
    (copy / "locked").chmod(0)
    copy_tree(source, copy)
    assert set(take_snapshot(source).entries) | {"locked/keep"} == set(take_snapshot(copy).entries)
    assert (copy / "file").read_text() == (copy / "folder" / "file").read_text() == "judge"


def test_files_laid_over_links_never_leave_the_tree(ground: Path, source: Path) -> None:
    """A link, a directory link and a hard link in the target lead outside; nothing is written."""
    outside, copy = ground / "outside", ground / "copy"
    outside.mkdir()
    copy.mkdir()
    (outside / "canary").write_text("canary")
    (outside / "hard").write_text("canary")
    (copy / "file").symlink_to(outside / "canary")
    (copy / "tests").symlink_to(outside)
    (copy / "hard").hardlink_to(outside / "hard")
    (copy / "link").symlink_to(outside / "new")
    (source / "tests").mkdir()
    for name in ("file", "tests/canary", "tests/new", "hard"):
        (source / name).write_text("judge")
    (source / "link").symlink_to("file")
    copy_tree(source, copy)
    assert {path.name: path.read_text() for path in outside.iterdir()} == {
        "canary": "canary",
        "hard": "canary",
    }
    assert (copy / "tests" / "canary").read_text() == "judge"


@pytest.mark.parametrize("size", [1_000_000, 50_000_000, TIB])
def test_holes_stay_holes(ground: Path, source: Path, size: int) -> None:
    """A copy takes no more room than its source, and has the same content."""
    with (source / "sparse").open("wb") as file:
        file.truncate(size)
        file.seek(size // 2)
        file.write(b"data")
    copy = copy_tree(source, ground / "copy")
    status = (ground / "copy" / "sparse").stat()
    assert status.st_size == size
    assert status.st_blocks * 512 <= 1024 * 1024
    assert copy.snapshot == take_snapshot(source) == take_snapshot(ground / "copy")


@pytest.mark.usefixtures("few_files")
def test_a_tree_longer_than_any_path_is_copied(
    ground: Path, source: Path, deep_tree: DeepTree
) -> None:
    """Both sides are walked by descriptors, with a hundred open files at most."""
    deep_tree(source, 300, "d" * 200)
    assert copy_tree(source, ground / "copy").snapshot == take_snapshot(ground / "copy")
    assert len(take_snapshot(ground / "copy").entries) == 301

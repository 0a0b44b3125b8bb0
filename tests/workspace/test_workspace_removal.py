"""Removing a tree: all of it, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from cab_check.workspace import remove_tree
from cab_check.workspace.removal import mounts_below

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workspace.conftest import DeepTree


def test_directories_without_permissions_are_removed(ordinary: Path) -> None:
    """Every mode that keeps an ordinary user from listing, searching or emptying a directory."""
    for mode in (0, 0o100, 0o200, 0o400, 0o500):
        inner = ordinary / "tree" / f"mode_{mode:o}" / "inner"
        inner.mkdir(parents=True)
        (inner / "file").write_text("x")
        (inner / "file").chmod(0)
        inner.chmod(mode)
        inner.parent.chmod(mode)
    (ordinary / "tree").chmod(0)
    remove_tree(ordinary / "tree")
    assert not os.path.lexists(ordinary / "tree")


def test_links_are_removed_and_never_followed(ground: Path) -> None:
    """What they lead to is still there, contents and modes."""
    outside, tree = ground / "outside", ground / "tree"
    outside.mkdir()
    outside.chmod(0o500)
    (ground / "canary").write_text("canary")
    (ground / "canary").chmod(0o400)
    tree.mkdir()
    (tree / "directory").symlink_to(outside)
    (tree / "file").symlink_to(ground / "canary")
    (tree / "hard").hardlink_to(ground / "canary")
    (tree / "up").symlink_to("..")
    remove_tree(tree)
    assert (ground / "canary").read_text() == "canary"
    assert (ground / "canary").stat().st_mode & 0o777 == 0o400
    assert outside.stat().st_mode & 0o777 == 0o500
    assert not tree.exists()


@pytest.mark.parametrize("made", ["nothing", "a file", "a symlink"])
def test_a_root_that_is_no_directory_is_itself_removed(ground: Path, made: str) -> None:
    """A symlink goes, its target stays."""
    (ground / "target").mkdir()
    (ground / "target" / "canary").write_text("canary")
    if made == "a file":
        (ground / "tree").write_text("x")
    elif made == "a symlink":
        (ground / "tree").symlink_to("target")
    remove_tree(ground / "tree")
    assert not os.path.lexists(ground / "tree")
    assert (ground / "target" / "canary").exists()


def test_special_files_and_strange_names_are_removed(ground: Path) -> None:
    """None of them is opened."""
    (ground / "tree").mkdir()
    os.mkfifo(ground / "tree" / "pipe")
    for name in (b"\xff\xfe", b"-rf", b"new\nline", b"*", b" "):
        (ground / "tree" / os.fsdecode(name)).mkdir()
    remove_tree(ground / "tree")
    assert not (ground / "tree").exists()


def test_a_tree_longer_than_any_path_is_removed(ground: Path, deep_tree: DeepTree) -> None:
    """300 levels of 200 letters."""
    (ground / "tree").mkdir()
    deep_tree(ground / "tree", 300, "d" * 200)
    remove_tree(ground / "tree")
    assert not (ground / "tree").exists()


@pytest.mark.usefixtures("few_files")
def test_a_tree_of_two_thousand_levels_is_removed(ground: Path, deep_tree: DeepTree) -> None:
    """Deeper than recursion goes, with a hundred open files."""
    (ground / "tree").mkdir()
    deep_tree(ground / "tree", 2000, "d" * 200)
    remove_tree(ground / "tree")
    assert not (ground / "tree").exists()


def test_what_cannot_be_removed_is_an_error(ordinary: Path) -> None:
    """Nobody is told that a tree is gone while it is not."""
    (ordinary / "parent" / "tree").mkdir(parents=True)
    (ordinary / "parent").chmod(0o500)
    with pytest.raises(PermissionError):
        remove_tree(ordinary / "parent" / "tree")
    assert (ordinary / "parent" / "tree").exists()


def test_mount_points_are_read_from_mountinfo() -> None:
    """Only those at or below the directory, with the escapes of that file undone."""
    text = "".join(
        f"36 35 98:0 / {point} rw,noatime master:1 - ext3 /dev/root rw\n"
        for point in (
            "/",
            "/scratch/cab-1",
            "/scratch/cab-1/work/a\\040b",
            "/scratch/cab-12",
            "/home",
        )
    )
    assert mounts_below("/scratch/cab-1", text + "short\n") == [
        "/scratch/cab-1",
        "/scratch/cab-1/work/a b",
    ]
    assert not mounts_below("/scratch/cab-2", text)


def test_nothing_is_removed_through_a_mount(ground: Path) -> None:
    """A directory that was bound into the tree keeps what it holds, and the tree stays too."""
    outside, tree = ground / "outside", ground / "tree"
    outside.mkdir()
    (outside / "canary").write_text("canary")
    (tree / "bound").mkdir(parents=True)
    (tree / "file").write_text("x")
    script = (
        "import sys; from pathlib import Path; from cab_check.workspace import remove_tree\n"
        "try: remove_tree(Path(sys.argv[1]))\n"
        "except OSError as error: print(error)\n"
    )
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare")
    mount = 'mount --bind "$1" "$2" || exit 77; exec "$3" -c "$4" "$5"'
    paths: list[str | Path] = [outside, tree / "bound", sys.executable, script, tree]
    done = subprocess.run(
        [unshare, "-rm", "sh", "-c", mount, "sh", *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"no mounts here: {done.stderr.strip()}")
    assert "something is mounted inside" in done.stdout
    assert (outside / "canary").read_text() == "canary"
    assert (tree / "file").exists()

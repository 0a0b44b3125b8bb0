"""Private directories: taken back from closed modes, and never mistaken for what replaced them."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from cab_check.errors import MachineError, UsageError
from cab_check.workspace import (
    Kind,
    open_private_dir,
    open_workspace,
    remove_tree,
    sweep_leftovers,
    take_snapshot,
)
from cab_check.workspace.opening import open_up_tree
from cab_check.workspace.removal import empty_tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workspace.conftest import DeepTree


def test_a_private_directory_is_private_new_and_gone_afterwards(ground: Path) -> None:
    """Two at once are two; no sweep of a living process takes them."""
    with (
        open_private_dir(ground) as one,
        open_private_dir(ground) as two,
    ):
        assert one.path != two.path
        for place in (one, two):
            assert place.path.parent == ground.resolve()
            assert place.path.stat().st_mode & 0o777 == 0o700
            assert [path.name for path in place.path.iterdir()] == ["lock"]
            assert place.reclaim()
        assert sweep_leftovers(ground) == ()
    assert list(ground.iterdir()) == []


@pytest.mark.parametrize("mode", [0, 0o500, 0o300])
def test_closed_modes_are_opened_again(ordinary: Path, mode: int) -> None:
    """Those of the directory and of what it lies in; what the agent made of both is removed."""
    base = ordinary / "a" / "b"
    with open_private_dir(base) as place:
        (place.path / "file").write_text("x")
        for closed in (place.path, base, base.parent):
            closed.chmod(mode)
        assert place.reclaim()
        assert (place.path / "file").read_text() == "x"
        for closed in (place.path, base, base.parent):
            closed.chmod(mode)
    assert list(base.iterdir()) == []


def _moved(root: Path, aside: Path) -> None:
    root.rename(aside / "moved")


def _gone(root: Path, _aside: Path) -> None:
    remove_tree(root)


def _file(root: Path, _aside: Path) -> None:
    remove_tree(root)
    root.write_text("x")


def _link(root: Path, aside: Path) -> None:
    remove_tree(root)
    root.symlink_to(aside)


def _directory(root: Path, _aside: Path) -> None:
    remove_tree(root)
    (root / "work").mkdir(parents=True)


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("replace", [_moved, _gone, _file, _link, _directory])
def test_what_replaced_it_is_not_it(ground: Path, replace: object, *, keep: bool) -> None:
    """Said by reclaim; on the way out nothing is removed where a link leads, nor a lock there."""
    aside, scratch, fixture = ground / "aside", ground / "scratch", ground / "fixture"
    for directory in (aside / "work", fixture):
        directory.mkdir(parents=True)
    for name in ("lock", "theirs", "work/theirs"):
        (aside / name).write_text("x")
    with open_workspace(fixture, scratch_dir=scratch, keep=keep) as workspace:
        replace(workspace.root, aside)  # type: ignore[operator]
        assert not workspace.place.reclaim()
        assert take_snapshot(workspace.settle()).entries == {}
    for name in ("lock", "theirs", "work/theirs"):
        assert (aside / name).read_text() == "x"
    assert keep or list(scratch.iterdir()) == []


def test_emptying_never_follows_a_link(ground: Path) -> None:
    """A link in place of the root is an error; what it leads to stays."""
    (ground / "theirs").mkdir()
    (ground / "theirs" / "file").write_text("x")
    (ground / "link").symlink_to("theirs")
    with pytest.raises(OSError, match="directory"):
        empty_tree(ground / "link", keep="lock")
    assert (ground / "theirs" / "file").exists()


def test_a_private_directory_that_cannot_be_made_is_the_machines_fault(ordinary: Path) -> None:
    """With a hint."""
    ordinary.chmod(0o500)
    with (
        pytest.raises(MachineError, match="no workspace can be made"),
        open_private_dir(ordinary),
    ):
        pass
    ordinary.chmod(0o700)


def test_a_fixture_below_a_closed_directory_is_the_users_mistake(ordinary: Path) -> None:
    """It may be there; it cannot be read."""
    (ordinary / "closed" / "fixture").mkdir(parents=True)
    (ordinary / "closed").chmod(0)
    with (
        pytest.raises(UsageError, match="cannot be a fixture"),
        open_workspace(ordinary / "closed" / "fixture", scratch_dir=ordinary / "s", keep=False),
    ):
        pass


def test_a_tree_that_is_opened_up_hides_nothing(ordinary: Path) -> None:
    """Directories and files of every closed mode, one in another; executable bits as they were."""
    tree = ordinary / "tree"
    (tree / "a" / "b").mkdir(parents=True)
    for name, mode in (("a/b/plain", 0), ("a/b/tool", 0o100), ("a/write", 0o200)):
        (tree / name).write_text(name)
        (tree / name).chmod(mode)
    (tree / "a" / "b").chmod(0o100)
    (tree / "a").chmod(0o400)
    tree.chmod(0)
    open_up_tree(tree)
    found = take_snapshot(tree).entries
    assert {path: entry.kind for path, entry in found.items()} == {
        "a": Kind.DIRECTORY,
        "a/b": Kind.DIRECTORY,
        "a/b/plain": Kind.FILE,
        "a/b/tool": Kind.FILE,
        "a/write": Kind.FILE,
    }
    assert [path for path, entry in found.items() if entry.executable] == ["a/b/tool"]
    assert (tree / "a" / "write").stat().st_mode & 0o777 == 0o600


def test_opening_up_follows_no_link(ordinary: Path) -> None:
    """Neither in the tree nor in its place; what lies outside keeps its modes."""
    (ordinary / "theirs").mkdir()
    (ordinary / "theirs" / "file").write_text("x")
    (ordinary / "theirs" / "file").chmod(0)
    (ordinary / "theirs").chmod(0)
    (ordinary / "tree").mkdir()
    (ordinary / "tree" / "link").symlink_to("../theirs")
    (ordinary / "root").symlink_to("theirs")
    for root in ("tree", "root", "missing", "tree/link"):
        open_up_tree(ordinary / root)
    assert (ordinary / "theirs").stat().st_mode & 0o777 == 0
    (ordinary / "theirs").chmod(0o700)
    assert (ordinary / "theirs" / "file").stat().st_mode & 0o777 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="needs files of somebody else's")
def test_what_is_not_ours_stays_unreadable(ordinary: Path) -> None:
    """It is listed as that, and is no error."""
    user = os.geteuid()
    os.seteuid(0)
    (ordinary / "tree" / "theirs").mkdir(parents=True)
    (ordinary / "tree" / "file").write_text("x")
    (ordinary / "root").mkdir()
    for path, mode in (("tree/theirs", 0o700), ("tree/file", 0o200), ("root", 0o700)):
        (ordinary / path).chmod(mode)
    os.chown(ordinary / "tree", user, user)
    os.seteuid(user)
    open_up_tree(ordinary / "tree")
    open_up_tree(ordinary / "root")
    kinds = {path: entry.kind for path, entry in take_snapshot(ordinary / "tree").entries.items()}
    assert kinds == {"theirs": Kind.UNREADABLE, "file": Kind.UNREADABLE}
    os.seteuid(0)
    shutil.rmtree(ordinary / "tree")
    shutil.rmtree(ordinary / "root")
    os.seteuid(user)


def test_a_deep_tree_is_opened_up(ground: Path, deep_tree: DeepTree) -> None:
    """Deeper than a path can be long."""
    deep_tree(ground, 300, "n" * 100)
    open_up_tree(ground)
    assert len(take_snapshot(ground).entries) == 301


@pytest.mark.parametrize(
    ("age_s", "inside", "swept"),
    [(120, "", True), (5, "", False), (120, "something", False)],
    ids=["old-and-empty", "young", "not-empty"],
)
def test_an_empty_one_that_was_never_marked_goes_when_it_is_old(
    ground: Path, *, age_s: int, inside: str, swept: bool
) -> None:
    """Its process was killed before it had a lock; a young one may just be about to get its own."""
    left = ground / "cab-abcd1234"
    left.mkdir(mode=0o700)
    if inside:
        (left / inside).write_text("somebody's")
    moment = time.time() - age_s
    os.utime(left, (moment, moment))
    assert (sweep_leftovers(ground) == (left,)) is swept
    assert left.exists() is not swept

"""What counts as a change (SCORING: blast_radius)."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.workspace import (
    Changes,
    Entry,
    Kind,
    Snapshot,
    compare,
    copy_tree,
    take_snapshot,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.workspace.conftest import NewDirectory

CACHES = ("__pycache__/*.pyc", "target/**", "node_modules/.cache/**")


def snapshot(**kinds: str) -> Snapshot:
    """Write a snapshot down: path=content, a trailing "/" for directories, "@" for symlinks."""
    entries = {}
    for path, content in kinds.items():
        kind = {"/": Kind.DIRECTORY, "@": Kind.SYMLINK}.get(content[:1], Kind.FILE)
        entries[path] = Entry(kind, content)
    return Snapshot(entries)


BEFORE = {"a.py": "1", "src": "/", "src/b.py": "2", "link": "@a.py"}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(BEFORE, Changes(), id="nothing"),
        pytest.param({**BEFORE, "new": "x"}, Changes(added=("new",)), id="added"),
        pytest.param({**BEFORE, "dir": "/"}, Changes(), id="an empty directory is none"),
        pytest.param({**BEFORE, "a.py": "2"}, Changes(modified=("a.py",)), id="content"),
        pytest.param({**BEFORE, "link": "@b"}, Changes(modified=("link",)), id="link's target"),
        pytest.param({**BEFORE, "link": "1"}, Changes(modified=("link",)), id="link to file"),
        pytest.param(
            {**BEFORE, "a.py": "/", "a.py/x": "1"},
            Changes(added=("a.py/x",), removed=("a.py",)),
            id="file to directory",
        ),
        pytest.param(
            {"a.py": "1", "src": "@/", "link": "@a.py"},
            Changes(added=("src",), removed=("src/b.py",)),
            id="directory to link",
        ),
        pytest.param(
            {**BEFORE, ".git": "/", "src/.git": "x"}, Changes(extra_git_dir=True), id="git"
        ),
        pytest.param(
            {**BEFORE, "z": "1", "B": "1", "a": "1"}, Changes(added=("B", "a", "z")), id="sorted"
        ),
    ],
)
def test_changes(after: dict[str, str], expected: Changes) -> None:
    """Kinds and contents, on paths and never on directories."""
    assert compare(snapshot(**BEFORE), snapshot(**after), ignored=CACHES) == expected


def test_a_git_directory_of_the_fixture_is_no_extra_one() -> None:
    """Only one that appeared counts, and a second one does."""
    before = snapshot(**{".git": "/"})
    assert not compare(before, before, ignored=()).extra_git_dir
    after = snapshot(**{".git": "/", "sub": "/", "sub/.git": "/"})
    assert compare(before, after, ignored=()).extra_git_dir


def test_the_executable_bit_is_a_change(ground: Path) -> None:
    """The owner's alone; other bits are none."""
    (ground / "tool").write_text("x")
    (ground / "tool").chmod(0o600)
    before = take_snapshot(ground)
    (ground / "tool").chmod(0o677)
    assert not compare(before, take_snapshot(ground), ignored=()).paths
    (ground / "tool").chmod(0o700)
    assert compare(before, take_snapshot(ground), ignored=()).modified == ("tool",)


def test_caches_that_were_added_are_hidden_and_told() -> None:
    """They are listed apart, and nothing else is hidden with them."""
    after = snapshot(
        **{
            "__pycache__/a.pyc": "x",
            "src/__pycache__/b.pyc": "x",
            "src/__pycache__/b.py": "x",
            "target/debug/app": "x",
            "node_modules/.cache/x/y": "x",
            "node_modules/x": "x",
            "test_bin": "x",
        }
    )
    assert compare(Snapshot(), after, ignored=CACHES) == Changes(
        added=("node_modules/x", "src/__pycache__/b.py", "test_bin"),
        ignored=(
            "__pycache__/a.pyc",
            "node_modules/.cache/x/y",
            "src/__pycache__/b.pyc",
            "target/debug/app",
        ),
    )


def test_a_path_of_the_fixture_is_never_hidden() -> None:
    """Its removal, its change, and a file in the place of its directory are told."""
    before = snapshot(**{"target/a": "1", "target/b": "1", "target/c": "/"})
    after = snapshot(**{"target/a": "2", "target/c": "1"})
    assert compare(before, after, ignored=CACHES) == Changes(
        added=("target/c",), removed=("target/b",), modified=("target/a",)
    )


def test_a_link_among_caches_is_never_hidden() -> None:
    """No build of a ticket's command writes one; it is told as any other path."""
    after = snapshot(**{"target/link": "@/etc"})
    assert compare(Snapshot(), after, ignored=CACHES).added == ("target/link",)


def test_what_was_closed_is_told(ordinary: Path) -> None:
    """A directory that hides its files is listed with the files that it took along."""
    (ordinary / "tests").mkdir()
    (ordinary / "tests" / "a.py").write_text("x")
    (ordinary / "b.py").write_text("x")
    before = take_snapshot(ordinary)
    (ordinary / "tests").chmod(0)
    (ordinary / "b.py").chmod(0)
    assert compare(before, take_snapshot(ordinary), ignored=()) == Changes(
        added=("tests",), removed=("tests/a.py",), modified=("b.py",)
    )


@dataclass(frozen=True)
class Leaf:
    """A file or a link of a random tree."""

    content: bytes
    executable: bool = False
    link: bool = False


NAMES = st.sampled_from([b"a", b"b.py", b"\xff\xfe", b"new\nline", "ü".encode(), b"-rf"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda names: os.fsdecode(b"/".join(names)))
CONTENTS = st.sampled_from([b"", b"x", b"y", b"x" * 5000])
LEAVES = st.one_of(
    st.builds(Leaf, CONTENTS, st.booleans()),
    st.builds(Leaf, st.sampled_from([b"a", b"/", b"..", b"\xfe"]), st.just(False), st.just(True)),
)
TREES = st.dictionaries(PATHS, LEAVES, max_size=8).map(
    lambda tree: {path: leaf for path, leaf in tree.items() if not _below_a_leaf(path, tree)}
)


def _below_a_leaf(path: str, tree: dict[str, Leaf]) -> bool:
    return any(path.startswith(f"{other}/") for other in tree)


def _put(root: Path, path: str, leaf: Leaf) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    if leaf.link:
        target.symlink_to(os.fsdecode(leaf.content))
    else:
        target.write_bytes(leaf.content)
        target.chmod(0o755 if leaf.executable else 0o644)


@given(TREES, TREES)
def test_random_edits_are_told_exactly(
    new_directory: NewDirectory, before: dict[str, Leaf], after: dict[str, Leaf]
) -> None:
    """A copied tree is edited, path by path, into another one; compare says just that."""
    with new_directory() as root:
        (root / "fixture").mkdir()
        for path, leaf in before.items():
            _put(root / "fixture", path, leaf)
        first = copy_tree(root / "fixture", root / "work").snapshot
        for path in before.keys() - {path for path in before if before[path] == after.get(path)}:
            (root / "work" / path).unlink()
        for path, leaf in after.items():
            if leaf != before.get(path):
                _clear(root / "work" / path)
                _put(root / "work", path, leaf)
        changes = compare(first, take_snapshot(root / "work"), ignored=())
    assert changes == Changes(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        modified=tuple(sorted(p for p in before.keys() & after.keys() if before[p] != after[p])),
    )


def _clear(path: Path) -> None:
    """Remove an empty directory that stands where a leaf is to be."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)

"""What a snapshot says of each thing that can lie in a tree."""

from __future__ import annotations

import hashlib
import os
import socket
from typing import TYPE_CHECKING

import pytest

from cab_check.workspace import Entry, Kind, take_snapshot
from cab_check.workspace.content import _extents
from cab_check.workspace.walk import OPEN_DIRECTORY, open_root, walk

if TYPE_CHECKING:
    from pathlib import Path

    from cab_check.workspace.walk import Cursor
    from tests.workspace.conftest import DeepTree

TIB = 1024**4


def sha256(data: bytes) -> str:
    """Hash as anyone would."""
    return hashlib.sha256(data).hexdigest()


def test_a_file_has_kind_digest_and_executable_bit(ground: Path) -> None:
    """The three things that SCORING compares are there."""
    (ground / "plain").write_bytes(b"hello")
    (ground / "tool").write_bytes(b"")
    (ground / "tool").chmod(0o700)
    assert dict(take_snapshot(ground).entries) == {
        "plain": Entry(Kind.FILE, sha256(b"hello"), executable=False),
        "tool": Entry(Kind.FILE, sha256(b""), executable=True),
    }


def test_a_symlink_is_its_target_and_never_followed(ground: Path) -> None:
    """A link to a secret, a circle and a dangling link are all just their text."""
    (ground / "tree").mkdir()
    (ground / "secret").write_text("secret")
    for name, target in (("out", "../secret"), ("circle", "."), ("dangling", "/nowhere")):
        (ground / "tree" / name).symlink_to(target)
    assert dict(take_snapshot(ground / "tree").entries) == {
        "out": Entry(Kind.SYMLINK, sha256(b"../secret")),
        "circle": Entry(Kind.SYMLINK, sha256(b".")),
        "dangling": Entry(Kind.SYMLINK, sha256(b"/nowhere")),
    }


def test_special_files_are_named_and_never_opened(ground: Path) -> None:
    """A FIFO without a writer would hang whoever opened it; here it is one entry."""
    os.mkfifo(ground / "pipe")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.fspath(ground / "socket"))
    listener.close()
    kinds = {path: entry.kind for path, entry in take_snapshot(ground).entries.items()}
    assert kinds == {"pipe": Kind.FIFO, "socket": Kind.SOCKET}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes device nodes")
def test_a_device_is_named_and_never_opened(ground: Path) -> None:
    """A node of the zero device is no endless file."""
    try:
        os.mknod(ground / "zero", 0o600 | 0o020000, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("no device nodes here")
    assert take_snapshot(ground).entries["zero"].kind is Kind.DEVICE


def test_modes_that_close_a_path_make_it_unreadable(ordinary: Path) -> None:
    """Mode 000 on a file, a directory, and a directory that may be listed but not searched."""
    (ordinary / "file").write_text("x")
    (ordinary / "file").chmod(0)
    for name, mode in (("closed", 0), ("listed", 0o400)):
        (ordinary / name).mkdir()
        (ordinary / name / "inside").write_text("x")
        (ordinary / name / "link").symlink_to("inside")
        os.mkfifo(ordinary / name / "pipe")
        (ordinary / name).chmod(mode)
    entries = take_snapshot(ordinary).entries
    assert {path: entry.kind for path, entry in entries.items()} == {
        "file": Kind.UNREADABLE,
        "closed": Kind.UNREADABLE,
        "listed": Kind.DIRECTORY,
        "listed/inside": Kind.UNREADABLE,
        "listed/link": Kind.UNREADABLE,
        "listed/pipe": Kind.UNREADABLE,
    }
    assert (ordinary / "file").lstat().st_mode & 0o777 == 0


def test_a_root_that_may_not_be_read_is_one_entry(ordinary: Path) -> None:
    """The agent closed its own directory: a result, no crash."""
    (ordinary / "work").mkdir(mode=0)
    assert dict(take_snapshot(ordinary / "work").entries) == {".": Entry(Kind.UNREADABLE)}


@pytest.mark.parametrize("made", ["nothing", "a file", "a symlink"])
def test_a_root_that_is_no_directory_has_no_entries(ground: Path, made: str) -> None:
    """The agent removed or replaced its own directory; the link's target is not looked at."""
    (ground / "elsewhere").mkdir()
    (ground / "elsewhere" / "secret").write_text("x")
    if made == "a file":
        (ground / "work").write_text("x")
    elif made == "a symlink":
        (ground / "work").symlink_to("elsewhere")
    assert not take_snapshot(ground / "work").entries


def test_names_that_are_no_utf8_survive(ground: Path) -> None:
    """The path gives the same bytes back."""
    (ground / os.fsdecode(b"\xff\n\xfe")).write_text("x")
    (path,) = take_snapshot(ground).entries
    assert os.fsencode(path) == b"\xff\n\xfe"


def test_what_lies_in_a_git_directory_is_left_out(ground: Path) -> None:
    """The `.git` itself is seen, at any depth; its look-alikes are ordinary."""
    for name in (".git", "nested/.git", "x.git", ".github"):
        (ground / name).mkdir(parents=True)
        (ground / name / "config").write_text("x")
    assert sorted(take_snapshot(ground).entries) == [
        ".git",
        ".github",
        ".github/config",
        "nested",
        "nested/.git",
        "x.git",
        "x.git/config",
    ]


def test_a_sparse_file_of_a_tib_takes_no_time(ground: Path) -> None:
    """Only its data is read, and a byte changed in its middle is seen."""
    with (ground / "huge").open("wb") as file:
        file.truncate(TIB)
    empty = take_snapshot(ground)
    with (ground / "huge").open("r+b") as file:
        file.seek(TIB // 2 + 7)
        file.write(b"x")
    assert take_snapshot(ground) == take_snapshot(ground)
    assert take_snapshot(ground) != empty


def test_the_same_bytes_have_the_same_digest_holes_or_not(ground: Path) -> None:
    """What the disk allocated is no content."""
    data = bytes(3_000_000) + b"end"
    (ground / "dense").write_bytes(data)
    with (ground / "sparse").open("wb") as file:
        file.seek(3_000_000)
        file.write(b"end")
    entries = take_snapshot(ground).entries
    assert entries["dense"] == entries["sparse"]


@pytest.mark.parametrize("position", [0, 65_535, 65_536, 1_500_000, 2_000_000])
def test_any_byte_of_a_long_file_counts(ground: Path, position: int) -> None:
    """Blocks are hashed with their offsets, so that a byte can neither change nor move unseen."""
    data = bytearray(2_000_001)
    paths = [ground / "before", ground / "after", ground / "moved"]
    paths[0].write_bytes(data)
    data[position] = 1
    paths[1].write_bytes(data)
    data[position], data[position - 65_536] = 0, 1
    paths[2].write_bytes(data)
    assert len({entry.digest for entry in take_snapshot(ground).entries.values()}) == 3


def test_a_long_file_differs_from_a_longer_one(ground: Path) -> None:
    """Zeros at the end are content."""
    for name, size in (("a", 2_000_000), ("b", 2_000_001)):
        (ground / name).write_bytes(bytes(size))
    entries = take_snapshot(ground).entries
    assert entries["a"] != entries["b"]


def test_a_tree_longer_than_any_path_is_walked(ground: Path, deep_tree: DeepTree) -> None:
    """300 levels of 200 letters are 15 times PATH_MAX."""
    deep_tree(ground, 300, "d" * 200)
    entries = take_snapshot(ground).entries
    assert len(entries) == 301
    assert entries[f"{'/'.join(['d' * 200] * 300)}/end"].kind is Kind.FILE


@pytest.mark.usefixtures("few_files")
def test_a_tree_deeper_than_the_open_files_allowed_is_walked(
    ground: Path, deep_tree: DeepTree
) -> None:
    """Directories on the way are closed and found again by "..", then their siblings are read."""
    deep_tree(ground, 400, "d")
    (ground / "d" / "z").write_text("x")
    entries = take_snapshot(ground).entries
    assert len(entries) == 402
    assert "d/z" in entries


def test_a_path_beyond_all_measure_is_one_entry(ground: Path, deep_tree: DeepTree) -> None:
    """The paths of 400 levels of 200 letters would fill the memory; what is below is unknown."""
    deep_tree(ground, 400, "d" * 200)
    kinds = [entry.kind for entry in take_snapshot(ground).entries.values()]
    assert kinds.count(Kind.TOO_DEEP) == 1
    assert len(kinds) < 400


def test_where_holes_cannot_be_found_all_is_read() -> None:
    """As on a file system that does not know them; a pipe has no position at all."""
    reader, writer = os.pipe()
    assert list(_extents(reader, 100)) == [(0, 100)]
    os.close(reader)
    os.close(writer)


def test_a_directory_that_was_moved_while_it_was_walked_is_no_way_back(
    ground: Path, deep_tree: DeepTree
) -> None:
    """The ".." leads elsewhere now: an error, never a walk through another tree."""
    deep_tree(ground, 40, "d")
    with open_root(ground) as cursor:
        for _ in range(40):
            cursor.down(os.open("d", OPEN_DIRECTORY, dir_fd=cursor.fd))
        (ground / "d" / "d" / "d").rename(ground / "moved")
        while cursor.depth > 8:
            cursor.up()
        with pytest.raises(OSError, match="moved while"):
            _climb(cursor)


def _climb(cursor: Cursor) -> None:
    while cursor.depth:
        cursor.up()


def test_what_went_away_meanwhile_has_no_entry(ground: Path) -> None:
    """A file, a link and a directory that are removed between the listing and the look."""
    for name in ("a", "b", "c"):
        (ground / name).mkdir()
    with open_root(ground) as cursor:
        steps = walk(cursor)
        seen = [next(steps).path]
        for name in {"a", "b", "c"} - set(seen):
            (ground / name).rmdir()
        kinds = [step.kind for step in steps if step.path not in seen]
    assert kinds == [Kind.GONE, Kind.GONE]

"""The patch of a cell: it applies, whatever was done."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cab_check.workspace import (
    Changes,
    FileEdit,
    Kind,
    Snapshot,
    compare,
    copy_tree,
    file_edits,
    take_snapshot,
    unified_patch,
)

if TYPE_CHECKING:
    from tests.workspace.conftest import NewDirectory

GIT = ("git", "-c", "core.fsmonitor=false", "apply", "--whitespace=nowarn", "-")
PATCH = ("patch", "-p1", "--quiet", "--no-backup-if-mismatch")
MIB = 1024 * 1024


def changes_between(before: Path, after: Path) -> Changes:
    """Compare two trees."""
    return compare(take_snapshot(before), take_snapshot(after), ignored=())


def patch_between(before: Path, after: Path) -> str:
    """Write the patch from one tree to another."""
    return unified_patch(file_edits(before, after, changes_between(before, after)))


def apply(argv: tuple[str, ...], patch: str, directory: Path) -> None:
    """Let another program apply a patch, outside of any repository."""
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_CEILING_DIRECTORIES": os.fspath(directory.parent),
    }
    subprocess.run(
        argv, input=os.fsencode(patch), cwd=directory, env=environment, check=True, timeout=20
    )


def edited(root: Path) -> tuple[Path, Path]:
    """Make a tree and what became of it: one edit of each sort that a patch can carry."""
    before, after = root / "before", root / "after"
    (before / "src").mkdir(parents=True)
    (before / "src" / "edited.py").write_text("".join(f"line {n}\n" for n in range(60)))
    (before / "no newline").write_text("a\nb")
    (before / "gains").write_text("a")
    (before / "crlf").write_bytes(b"a\r\nb\x0cc\r\n")
    (before / "removed").write_text("x\n")
    (before / "emptied").write_text("x\n")
    (before / "tool").write_text("#!/bin/sh\n")
    (before / os.fsdecode(b'\xff\xfe "q"\t\\')).write_bytes(b"\xff caf\xe9\n")
    copy_tree(before, after)
    lines = (after / "src" / "edited.py").read_text().splitlines(keepends=True)
    lines[3], lines[40:42] = "changed\n", []
    (after / "src" / "edited.py").write_text("".join(lines))
    (after / "no newline").write_text("a\nc")
    (after / "gains").write_text("a\n")
    (after / "crlf").write_bytes(b"a\r\nB\x0cc\r\n")
    (after / "removed").unlink()
    (after / "emptied").write_text("")
    (after / "tool").chmod(0o755)
    (after / os.fsdecode(b'\xff\xfe "q"\t\\')).write_bytes(b"\xfe caf\xe9\n")
    (after / "new" / "deep").mkdir(parents=True)
    (after / "new" / "deep" / "file with ü").write_text("x\ny")
    (after / "new" / "empty").write_text("")
    (after / "new" / "run").write_text("x\n")
    (after / "new" / "run").chmod(0o755)
    return before, after


@pytest.mark.parametrize("argv", [GIT, PATCH], ids=["git", "patch"])
def test_a_patch_applies(ground: Path, argv: tuple[str, ...]) -> None:
    """Two programs that are not ours make the same tree of it, modes included."""
    before, after = edited(ground)
    apply(argv, patch_between(before, after), before)
    assert changes_between(before, after) == Changes()


def test_links_and_changes_of_kind_apply(ground: Path) -> None:
    """A file becomes a link, a link a file, a directory a file and a file a directory."""
    before, after = ground / "before", ground / "after"
    before.mkdir()
    (before / "to_link").write_text("x\n")
    (before / "to_file").symlink_to("nowhere")
    (before / "link").symlink_to("old")
    (before / "to_directory").write_text("x\n")
    (before / "was_directory").mkdir()
    (before / "was_directory" / "x").write_text("x\n")
    after.mkdir()
    (after / "to_link").symlink_to("a")
    (after / "to_file").write_text("y\n")
    (after / "link").symlink_to("new")
    (after / "to_directory").mkdir()
    (after / "to_directory" / "x").write_text("x\n")
    (after / "was_directory").write_text("x\n")
    apply(GIT, patch_between(before, after), before)
    assert changes_between(before, after) == Changes()


def test_what_is_no_text_is_named_and_passed_over(ground: Path) -> None:
    """Binary, special and over-long files do not keep the rest from applying."""
    before, after = edited(ground)
    (before / "image.png").write_bytes(b"\0old")
    (after / "image.png").write_bytes(b"\0new")
    (after / "new" / "image.png").write_bytes(b"\0new")
    (after / "long").write_bytes(b"x\n" * MIB)
    os.mkfifo(after / "pipe")
    patch = patch_between(before, after)
    apply(GIT, patch, before)
    assert changes_between(before, after).paths == ("image.png", "long", "new/image.png", "pipe")
    assert [line for line in patch.splitlines() if line.startswith("#")] == [
        "# binary: image.png",
        "# too large to show: long",
        "# binary: new/image.png",
        "# fifo: pipe",
    ]


def test_a_tree_closed_as_a_whole_has_a_patch(ordinary: Path) -> None:
    """Nobody can see what became of its files, and it says so."""
    before, after = ordinary / "before", ordinary / "after"
    before.mkdir()
    (before / "a").write_text("x\n")
    copy_tree(before, after)
    after.chmod(0)
    assert patch_between(before, after) == "# unreadable: .\n# unreadable: a\n"


def test_a_path_that_is_absent_on_both_sides_is_named() -> None:
    """It went away after it was compared."""
    assert unified_patch([FileEdit(path="x", before=None, after=None)]) == "# nothing to show: x\n"


def test_texts_before_and_after_are_read(ground: Path) -> None:
    """None where a path is absent; invalid UTF-8 gives the same bytes back."""
    before, after = edited(ground)
    edits = {edit.path: edit for edit in file_edits(before, after, changes_between(before, after))}
    assert list(edits) == sorted(edits)
    assert (edits["removed"].before, edits["removed"].after) == ("x\n", None)
    assert (edits["new/run"].before, edits["new/run"].after) == (None, "x\n")
    assert edits["crlf"].before == "a\r\nb\x0cc\r\n"
    strange = edits[os.fsdecode(b'\xff\xfe "q"\t\\')]
    assert os.fsencode(strange.after or "") == b"\xfe caf\xe9\n"


def test_texts_are_cut_and_say_so(ground: Path) -> None:
    """1 MiB of each; a text of exactly that is whole."""
    (ground / "before").mkdir()
    (ground / "after").mkdir()
    (ground / "after" / "whole").write_bytes(b"x" * MIB)
    (ground / "after" / "long").write_bytes(b"x" * (MIB + 1))
    changes = changes_between(ground / "before", ground / "after")
    long, whole = file_edits(ground / "before", ground / "after", changes)
    assert (long.cut, len(long.after or "")) == (True, MIB)
    assert (whole.cut, len(whole.after or "")) == (False, MIB)


def test_all_texts_together_are_bounded(ground: Path) -> None:
    """Files that were added cannot crowd out the text of one that the fixture had."""
    before, after = ground / "before", ground / "after"
    before.mkdir()
    (before / "z.py").write_text("x\n")
    copy_tree(before, after)
    (after / "z.py").write_text("y\n")
    for number in range(66):
        (after / f"a{number:02}").write_bytes(b"x" * MIB)
    edits = file_edits(before, after, changes_between(before, after))
    assert edits[-1].after == "y\n"
    assert sum(len(edit.after or "") for edit in edits) == 64 * MIB - len("x\n")
    assert [edit.path for edit in edits if edit.cut] == ["a63", "a64", "a65"]
    assert edits[65].after is None


def test_texts_are_never_read_through_links(ground: Path) -> None:
    """A link on the way to a file, and one in its place, lead to nothing of the outside."""
    outside, after = ground / "outside", ground / "after"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    after.mkdir()
    (after / "folder").symlink_to(outside)
    (after / "file").symlink_to(outside / "secret")
    changes = Changes(added=("file", "folder/secret"))
    file, below = file_edits(ground / "before", after, changes)
    assert (file.after, file.after_kind) == (os.fspath(outside / "secret"), Kind.SYMLINK)
    assert (below.after, below.after_kind) == (None, None)


def test_what_may_not_be_read_has_no_text(ordinary: Path) -> None:
    """It is unreadable, not absent."""
    (ordinary / "file").write_text("x")
    (ordinary / "file").chmod(0)
    (edit,) = file_edits(ordinary / "before", ordinary, Changes(added=("file",)))
    assert (edit.after, edit.after_kind) == (None, Kind.UNREADABLE)
    assert unified_patch([edit]) == "# unreadable: file\n"


def test_a_name_cannot_forge_lines_of_the_patch() -> None:
    """Line feeds and quotes in a name are escaped."""
    patch = unified_patch([FileEdit(path='a\n+++ b/"x', before=None, after="x\n")])
    assert patch.splitlines()[0] == 'diff --git "a/a\\n+++ b/\\"x" "b/a\\n+++ b/\\"x"'


def test_texts_that_would_take_long_are_replaced_as_a_whole(ground: Path) -> None:
    """Ten thousand lines on each side without one in common; the frame is still found."""
    before, after = ground / "before", ground / "after"
    before.mkdir()
    after.mkdir()
    frame = [f"frame {n}\n" for n in range(20)]
    for root, mark in ((before, "old"), (after, "new")):
        middle = [f"{mark} {n}\n" for n in range(10_000)]
        (root / "file").write_text("".join([*frame, *middle, *frame]))
    patch = patch_between(before, after)
    assert patch.count("\n@@ ") == 1
    assert "frame 10\n" not in patch
    apply(GIT, patch, before)
    assert changes_between(before, after) == Changes()


TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "\n", "c\r\n", "\x0c\n", "-- x\n"]), max_size=12)
ENDS = st.sampled_from(["", "end", "\udcff"])


@settings(max_examples=50)  # each runs a program
@given(TEXTS, ENDS, TEXTS, ENDS)
def test_any_two_texts_make_a_patch_that_applies(
    new_directory: NewDirectory, before: list[str], end: str, after: list[str], new_end: str
) -> None:
    """Whatever the lines, and whether or not the last one ends."""
    old, new = "".join(before) + end, "".join(after) + new_end
    with new_directory() as root:
        (root / "file").write_bytes(os.fsencode(old))
        patch = unified_patch([FileEdit(path="file", before=old, after=new)])
        if old != new:
            apply(GIT, patch, root)
        assert (root / "file").read_bytes() == os.fsencode(new)


def test_nothing_changed_is_an_empty_patch() -> None:
    """Not even a header."""
    assert unified_patch(file_edits(Path("/"), Path("/"), Changes())) == ""
    assert compare(Snapshot(), Snapshot(), ignored=()) == Changes()

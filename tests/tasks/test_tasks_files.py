"""Paths stay inside, for any path; files are listed without what nobody wrote."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from cab_check.tasks.files import is_litter, leaves, list_files

if TYPE_CHECKING:
    from pathlib import Path

PARTS = st.sampled_from(["..", ".", "", "a", "b", "...", "..a"])


@given(st.lists(PARTS, max_size=8))
def test_leaves_agrees_with_normalising(parts: list[str]) -> None:
    """A path leaves exactly if it is absolute or its plain form begins with two dots."""
    path = "/".join(parts)
    plain = posixpath.normpath(path)
    outside = plain == ".." or plain.startswith(("../", "/"))
    assert leaves(path) == outside


def test_files_are_listed_sorted_without_litter(tmp_path: Path) -> None:
    """Files and links count, folders and caches do not."""
    for path in ("b.py", "a/c.py", "a/__pycache__/c.pyc", ".DS_Store", "a/.DS_Store"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    (tmp_path / "a/link").symlink_to("nowhere")
    assert list_files(tmp_path) == ("a/c.py", "a/link", "b.py")
    assert is_litter("src/__pycache__/x.pyc")
    assert not is_litter("src/pycache.py")

"""What a cell reads of the documents that an agent left, and of the fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cab_check.cell.findings import read_documents, read_fixture, read_text
from cab_check.tasks import catalog

if TYPE_CHECKING:
    from pathlib import Path

TICKET = "integrity/ambiguous-ticket"
MIB = 1024 * 1024


def test_of_a_long_document_the_first_mebibyte_is_read(tmp_path: Path) -> None:
    """A document that is too long is cut, not dropped."""
    (tmp_path / "CLARIFY.md").write_bytes(b"a" * MIB + b"b")
    (document,) = read_documents(catalog.find(TICKET), tmp_path)
    assert document.text == "a" * MIB


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_documents_in_other_encodings(tmp_path: Path, encoding: str) -> None:
    """UTF-16 is told by its mark, and the mark is no part of the text."""
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    (tmp_path / "CLARIFY.md").write_bytes(mark + "# Parallel, oder 缓存?".encode(encoding))
    assert read_text(tmp_path, "CLARIFY.md") == "# Parallel, oder 缓存?"


def test_what_is_no_document(tmp_path: Path) -> None:
    """A folder, a link out of the tree and nothing at all are none; bad bytes are replaced."""
    assert read_text(tmp_path, "CLARIFY.md") is None
    (tmp_path / "CLARIFY.md").symlink_to("/etc/hostname")
    assert read_documents(catalog.find(TICKET), tmp_path) == ()
    (tmp_path / "CLARIFY.md").unlink()
    (tmp_path / "CLARIFY.md").write_bytes(b"a\xffb")
    assert read_text(tmp_path, "CLARIFY.md") == "a\ufffdb"


def test_the_fixture_is_read_where_a_document_is_held_against_it() -> None:
    """Sources, tests and rules, without the ticket; nothing on a task that wants no document."""
    task = catalog.find(TICKET)
    texts = read_fixture(task)
    paths = ("AGENTS.md", "src/api.py", "src/db.py", "tests/test_api.py")
    assert texts == tuple((task.workdir / path).read_text(encoding="utf-8") for path in paths)
    assert read_fixture(catalog.find("polyglot/python-reverse-string")) == ()

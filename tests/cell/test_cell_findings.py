"""What a cell reads of the documents that an agent left, and of the fixture."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from cab_check.agent.episode import Episode, StopReason, ToolRun, Turn
from cab_check.agent.files import run_file_tool
from cab_check.agent.requests import ReadFile
from cab_check.cell.findings import read_documents, read_fixture, read_text, tools_refused
from cab_check.endpoint.message import ToolCall
from cab_check.secrets import Redactor
from cab_check.settings import AgentSettings
from cab_check.tasks import catalog
from cab_check.workspace import Tree

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


def test_what_the_file_tools_refused(tmp_path: Path) -> None:
    """Paths and links outside, a FIFO, a file too large; not what is missing, nor what worked."""
    key, work = "made-up-key-for-tests", tmp_path / "work"
    work.mkdir()
    (work / "fine").write_text("fine")
    (work / "large").write_bytes(b"x" * 9)
    (work / "link").symlink_to("/etc/passwd")
    os.mkfifo(work / "fifo")
    tree, redactor = Tree(work), Redactor([key])
    settings = AgentSettings(file_bytes=8)
    long = f"../{'a' * 490}{key}"  # the cut falls into the key
    runs = []
    for path in ("fine", "missing", "../out", "link", "fifo", "large", long):
        outcome = run_file_tool(tree, ReadFile(path), settings, redactor)
        runs.append(
            ToolRun(
                call=ToolCall("1", "read_file", "{}"),
                observation=outcome.text,
                output=outcome.text,
                error=outcome.error,
                started_ms=0.0,
                duration_ms=0.0,
            )
        )
    turn = Turn(number=1, reply=None, attempts=(), request_sha256="0", tool_runs=tuple(runs))
    episode = Episode(
        turns=(turn,),
        stop=StopReason.FINISHED,
        detail="",
        fault=None,
        final_text=None,
        messages=(),
        accommodations=(),
        tampering=(),
        salvaged=0,
        drive_ms=0.0,
        unanswered_ms=0.0,
    )
    *said, last = tools_refused(episode, redactor)
    assert said == [
        "read_file: ../out: the path leads out of the workspace",
        "read_file: link: the path leads out of the workspace",
        "read_file: fifo: it is a fifo, not a regular file",
        "read_file: large: the file has 9 bytes, the limit is 8",
    ]
    assert len(last) <= 520
    assert "made" not in last

"""Properties of what stands between a model's words and a user's files."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cab_check.agent.arguments import Arguments, Flaw, Rejected, read_arguments
from cab_check.agent.edit import BOM, apply_edit, is_crlf
from cab_check.agent.files import run_file_tool
from cab_check.agent.observation import cut, decode, decode_ends, page, sendable, with_note
from cab_check.agent.requests import EditFile, ListFiles, ReadFile, WriteFile
from cab_check.secrets import Redactor
from cab_check.settings import AgentSettings
from cab_check.workspace.tree import Tree

if TYPE_CHECKING:
    from cab_check.agent.files import FileRequest

BYTES = st.lists(
    st.sampled_from([b"a", b"b", b"ab", b"\n", b"\r\n", b"\r", b"\xff", b"\xc3\xa9", BOM]),
    max_size=12,
).map(b"".join)
TEXTS = st.text(st.sampled_from("ab\n\r\u00e9"), min_size=1, max_size=4).map(str.encode)


@given(BYTES, TEXTS, TEXTS)
def test_an_edit_keeps_every_byte_outside_the_match(data: bytes, old: bytes, new: bytes) -> None:
    """Either nothing is replaced, or exactly one place, and what is around it is the same."""
    edit = apply_edit(data, old, new)
    if is_crlf(data):
        old, new = (t.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for t in (old, new))
    start = len(BOM) if data.startswith(BOM) else 0
    places = [n for n in range(start, len(data)) if data.startswith(old, n)]
    assert edit.matches == len(places)
    if len(places) != 1:
        assert edit.after is None
        return
    assert edit.after is not None
    head, tail = data[: places[0]], data[places[0] + len(old) :]
    assert edit.after == head + new + tail
    assert edit.after.startswith(data[:start])


@given(st.lists(st.sampled_from(["one", "two", "", "caf\u00e9"]), min_size=1), st.booleans())
def test_an_edit_of_a_crlf_file_leaves_a_crlf_file(lines: list[str], bom: object) -> None:
    """New lines get the file's line ends; the byte order mark stays."""
    text = "".join(f"{line}\r\n" for line in [*lines, "needle"])
    data = (BOM if bom else b"") + text.encode()
    edit = apply_edit(data, b"needle\n", b"new\nlines\r\n")
    assert edit.after == data.replace(b"needle\r\n", b"new\r\nlines\r\n")


def test_a_file_of_one_letter_is_counted_in_good_time() -> None:
    """The count of overlapping matches ends at a thousand."""
    assert apply_edit(b"a" * 1_000_000, b"a" * 10, b"b").matches == 1000


@given(st.text(max_size=300), st.integers(0, 200), st.integers(0, 10**6))
def test_the_cutter_never_exceeds_its_limit(text: str, limit: int, missing: int) -> None:
    """And what it keeps is the head and the tail."""
    shown = cut(text, limit, Redactor(), missing_bytes=missing)
    assert len(shown) <= limit or (shown == text and not missing)
    assert len(shown) <= max(limit, 0)
    if shown != text and "[…" in shown:
        head, _, rest = shown.partition("\n[…")
        tail = rest.rpartition("…]\n")[2]
        assert text.startswith(head) or limit < 60
        assert text.endswith(tail) or limit < 60


@given(st.text("ab\n[…]", max_size=500), st.integers(60, 200))
def test_the_cutter_counts_what_it_left_out(text: str, limit: int) -> None:
    """Kept and left out add up."""
    shown = cut(text, limit, Redactor())
    if len(text) <= limit:
        assert shown == text
        return
    left_out = next(n for n in range(len(text) + 1) if len(shown) == len(text) - n + len(_gap(n)))
    assert _gap(left_out) in shown


def _gap(count: int) -> str:
    return f"\n[… {count:,} characters left out …]\n"


@given(st.text(max_size=200), st.text(max_size=50), st.integers(0, 120))
def test_a_note_is_within_the_limit_too(text: str, note: str, limit: int) -> None:
    """The text gives way, not the note."""
    shown = with_note(text, note, limit, Redactor())
    assert len(shown) <= limit
    assert shown.endswith(note[:limit]) or not note


@given(st.lists(st.text("ab\r\x0c\u2028", max_size=30), max_size=20), st.integers(1, 60))
def test_pages_follow_each_other_without_a_gap(lines: list[str], limit: int) -> None:
    """Reading on at the offset that a page names shows every line once."""
    text = "\n".join(lines)
    seen: list[str] = []
    offset: int | None = 1
    while offset is not None:
        shown = page(text, Redactor(), offset=offset, count=None, limit=limit)
        assert len(shown.text) <= limit
        assert shown.next_line is None or shown.next_line > offset
        end = shown.lines if shown.next_line is None else shown.next_line - 1
        expected = [f"{line}\n" for line in lines_of(text)[offset - 1 : end]]
        if not shown.long_line:
            assert shown.text.removesuffix("\n") == "".join(expected).removesuffix("\n")
        seen += expected
        offset = shown.next_line
    assert "".join(seen).removesuffix("\n") == text.removesuffix("\n")


def lines_of(text: str) -> list[str]:
    """Count lines as an editor does: an end of line at the end begins no other."""
    return text.removesuffix("\n").split("\n") if text else []


@given(st.binary(max_size=100))
def test_decoding_counts_what_was_replaced(data: bytes) -> None:
    """Valid UTF-8 is not touched; the count is zero exactly then."""
    decoded = decode(data)
    try:
        assert (decoded.text, decoded.invalid) == (data.decode(), 0)
    except UnicodeDecodeError:
        assert decoded.invalid > 0
    sendable(decoded.text).encode()


@given(st.text())
def test_what_is_sent_can_be_encoded(text: str) -> None:
    """No lone surrogate is left, and the length stays."""
    sent = sendable(text)
    sent.encode()
    assert len(sent) == len(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)


@given(st.text() | JSON.map(json.dumps) | st.text('{}[]":,\\ntrue0-eE. ', max_size=20))
def test_reading_arguments_never_raises(raw: str) -> None:
    """Any text is an object or has a flaw; an object is read as JSON reads it."""
    read = read_arguments(raw, empty_is_object=True)
    if isinstance(read, Rejected):
        assert read.where
        return
    assert isinstance(read, Arguments)
    assert read.values == (json.loads(raw) if raw.strip() else {})


@given(st.dictionaries(st.text(), JSON, min_size=1), st.data())
def test_every_beginning_of_an_object_ends_early(
    values: dict[str, object], data: st.DataObject
) -> None:
    """Arguments that a token limit cut are never taken for wrong ones, nor for whole ones."""
    whole = json.dumps(values)
    raw = whole[: data.draw(st.integers(1, len(whole) - 1))]
    read = read_arguments(raw, empty_is_object=False)
    assert isinstance(read, Rejected)
    assert read.flaw is Flaw.CUT


@pytest.mark.parametrize(
    "raw",
    [
        "[" * 100_000,
        '{"a": ' * 100_000,
        '{"a": ' + "1" * 5000 + "}",
        '{"a": Infinity}',
        "{'a': 1}",
        '{"a": "b\nc',
        '{"a": 1}}',
        '```json\n{"a": 1}\n```',
        "path=a",
        '["a',
        '{"a": "\\x',
        "7",
        "1.5",
    ],
)
def test_wrong_arguments_are_not_taken_for_cut_ones(raw: str) -> None:
    """They may be run beside valid siblings' results."""
    read = read_arguments(raw, empty_is_object=True)
    assert isinstance(read, Rejected)
    assert read.flaw is not Flaw.CUT


PARTS = st.sampled_from(
    [
        "..",
        ".",
        "",
        "a",
        "b",
        "up",
        "abs",
        "self",
        "loop",
        "file",
        "\0",
        "\ud800",
        "\udcff",
        "x" * 300,
    ]
)
PATHS = st.tuples(st.sampled_from(["", "/", "//"]), st.lists(PARTS, max_size=6)).map(
    lambda drawn: drawn[0] + "/".join(drawn[1])
)


@given(PATHS | st.text(max_size=20), st.sampled_from(["read", "write", "edit", "list"]))
def test_no_path_leads_out_of_the_workspace(path: str, tool: str) -> None:
    """Whatever the path: nothing outside is read, listed or written, and nothing is raised."""
    assume(not path.startswith(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory() as top:
        outside, root = Path(top, "outside"), Path(top, "root")
        (root / "a" / "b").mkdir(parents=True)
        outside.mkdir()
        (outside / "file").write_text("hidden")
        (root / "a" / "file").write_text("shown")
        (root / "up").symlink_to("../outside")
        (root / "abs").symlink_to(outside)
        (root / "self").symlink_to("a")
        (root / "a" / "loop").symlink_to("loop")
        requests: dict[str, FileRequest] = {
            "read": ReadFile(path),
            "write": WriteFile(path, "new"),
            "edit": EditFile(path, "hidden", "new"),
            "list": ListFiles(path),
        }
        outcome = run_file_tool(Tree(root), requests[tool], AgentSettings(), Redactor())
        assert "hidden" not in outcome.text
        assert [p.name for p in outside.iterdir()] == ["file"]
        assert (outside / "file").read_text() == "hidden"
        assert sorted(p.name for p in Path(top).iterdir()) == ["outside", "root"]
        assert (outcome.left is not None) == (outcome.error == "path_outside")
        sendable(outcome.text).encode()


@given(before=st.integers(0, 120), after=st.integers(0, 120), limit=st.integers(45, 120))
def test_no_cut_goes_through_a_secret(before: int, after: int, limit: int) -> None:
    """However a text is cut, of a secret in it all is kept, to be found later, or nothing."""
    key = "Made-Up!Key?For#Tests%2026"
    shown = cut("." * before + key + "." * after, limit, Redactor([key]))
    assert len(shown) <= limit
    parts = [key[start : start + 4] for start in range(len(key) - 3)]
    assert key in shown or not any(part in shown for part in parts)


@given(at=st.integers(0, 60))
def test_a_secret_at_the_edge_of_what_a_box_kept_is_taken_out(at: int) -> None:
    """The box cuts bytes and knows no secrets: what is left of one at the edges goes."""
    key = "Made-Up!Key?For#Tests%2026"
    whole = ("." * at + key + "." * 200).encode()
    kept = whole[:40] + whole[-40:]
    both, recorded = decode_ends(kept, len(whole) - 80, Redactor([key]))
    parts = [key[start : start + 4] for start in range(len(key) - 3)]
    for text in (both.text, recorded):
        assert not any(part in text for part in parts)

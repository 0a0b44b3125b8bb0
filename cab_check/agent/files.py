"""The file tools: read, write, edit and list below the workspace, and nowhere else.

They run in this process, so every path goes through Tree (SANDBOX §5). Whatever cannot be had is
an error that the model reads; a path that leaves the workspace is a tampering event besides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.agent.edit import BOM, apply_edit, is_crlf
from cab_check.agent.observation import decode, page, sendable
from cab_check.agent.outcome import Outcome, failure
from cab_check.agent.requests import EditFile, ListFiles, ReadFile, WriteFile
from cab_check.workspace.kinds import Kind
from cab_check.workspace.path_errors import LeavesTreeError, PathError

if TYPE_CHECKING:
    from cab_check.secrets import Redactor
    from cab_check.settings import AgentSettings
    from cab_check.workspace.tree import Tree

GUARDED = frozenset({"path_outside", "not_regular", "too_large", "denied"})
"""The errors by which these tools refuse what may lead out, hang or fill the memory."""
FileRequest = ReadFile | WriteFile | EditFile | ListFiles
_NOTE_ROOM = 300  # characters kept free for what stands under a page
_BINARY_SHARE = 10  # one undecodable place in so many characters is no text


class _RefusedError(Exception):
    """A tool's own refusal: a short name for the record and a sentence for the model."""

    def __init__(self, name: str, told: str) -> None:
        super().__init__(told)
        self.name = name
        self.told = told


def run_file_tool(
    tree: Tree, request: FileRequest, settings: AgentSettings, redactor: Redactor
) -> Outcome:
    """Run one file tool; every refusal is an outcome with its cause."""
    try:
        return _run(tree, request, settings, redactor)
    except LeavesTreeError as error:
        return failure("path_outside", f"{error.path}: {error.reason}", left=error.path)
    except PathError as error:
        return failure(_name_of(error), f"{error.path}: {error.reason}")
    except _RefusedError as error:
        return failure(error.name, f"{request.path}: {error.told}")


def _run(tree: Tree, request: FileRequest, settings: AgentSettings, redactor: Redactor) -> Outcome:
    _require_text(request.path, "the path")
    match request:
        case ReadFile():
            return _read(tree, request, settings, redactor)
        case WriteFile():
            return _write(tree, request, settings)
        case EditFile():
            return _edit(tree, request, settings)
        case ListFiles():
            return _list(tree, request, settings)


def _name_of(error: PathError) -> str:
    """Turn MissingError into `missing`, as the record names it."""
    words = type(error).__name__.removesuffix("Error")
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in words).lstrip("_")


def _read(tree: Tree, request: ReadFile, settings: AgentSettings, redactor: Redactor) -> Outcome:
    if request.offset < 1 or (request.limit is not None and request.limit < 1):
        raise _RefusedError("wrong_range", "offset and limit count from 1")
    data = _text_bytes(tree, request.path, settings)
    decoded = decode(data.removeprefix(BOM))
    if decoded.invalid * _BINARY_SHARE > len(decoded.text):
        raise _RefusedError(
            "binary", f"it is a binary file ({decoded.invalid:,} bytes are no text)"
        )
    crlf = is_crlf(data)
    text = decoded.text.replace("\r\n", "\n") if crlf else decoded.text
    room = max(1, settings.observation_chars - _NOTE_ROOM)
    shown = page(text, redactor, offset=request.offset, count=request.limit, limit=room)
    if request.offset > max(1, shown.lines):
        raise _RefusedError("wrong_range", f"it has {shown.lines:,} lines only")
    notes = [f"[{decoded.invalid:,} invalid UTF-8 bytes were replaced]"] if decoded.invalid else []
    if crlf:
        notes.append("[line ends are CRLF in the file; edit_file keeps them]")
    if not text:
        notes.append("[the file is empty]")
    if shown.long_line:
        notes.append(f"[line {shown.first_line:,} is too long to be shown whole]")
    if shown.next_line is not None:
        last = f"[lines {shown.first_line:,}-{shown.next_line - 1:,} of {shown.lines:,}"
        notes.append(f"{last}; go on with offset {shown.next_line}]")
    return Outcome(text=shown.text, note="\n".join(notes))


def _write(tree: Tree, request: WriteFile, settings: AgentSettings) -> Outcome:
    data = _encoded(request.content, "content", settings)
    tree.write_bytes(request.path, data)
    return Outcome(text=f"Wrote {len(data):,} bytes to {request.path}.")


def _edit(tree: Tree, request: EditFile, settings: AgentSettings) -> Outcome:
    if not request.old_text:
        raise _RefusedError("no_match", "old_text is empty; use write_file for a new file")
    if request.old_text == request.new_text:
        raise _RefusedError("no_change", "old_text and new_text are the same")
    old = _encoded(request.old_text, "old_text", settings)
    new = _encoded(request.new_text, "new_text", settings)
    before = _text_bytes(tree, request.path, settings)
    edit = apply_edit(before, old, new)
    if edit.after is None:
        raise _RefusedError("no_match" if edit.matches == 0 else "ambiguous", edit.told)
    if len(edit.after) > settings.file_bytes:
        raise _RefusedError("too_large", _too_large(len(edit.after), settings))
    tree.write_bytes(request.path, edit.after)
    return Outcome(text=f"Edited {request.path}: 1 match replaced at line {edit.line:,}.")


def _list(tree: Tree, request: ListFiles, settings: AgentSettings) -> Outcome:
    entries = tree.entries(request.path or ".")
    shown = entries[: settings.list_limit]
    lines = [f"{sendable(entry.name)}{_mark(entry.kind)}\n" for entry in shown]
    note = ""
    if len(shown) < len(entries):
        note = f"[the first {len(shown):,} of {len(entries):,} entries]"
    return Outcome(text="".join(lines) or "[the folder is empty]\n", note=note)


def _mark(kind: Kind) -> str:
    if kind is Kind.FILE:
        return ""
    return "/" if kind is Kind.DIRECTORY else f" ({kind.value})"


def _text_bytes(tree: Tree, path: str, settings: AgentSettings) -> bytes:
    data = tree.read_bytes(path, settings.file_bytes)
    nul = data.find(b"\0")
    if nul >= 0:
        raise _RefusedError("binary", f"it is a binary file (NUL byte at offset {nul:,})")
    return data


def _encoded(text: str, what: str, settings: AgentSettings) -> bytes:
    data = _require_text(text, what)
    if b"\0" in data:
        raise _RefusedError("nul_byte", f"{what} holds a NUL byte; only text can be written")
    if len(data) > settings.file_bytes:
        raise _RefusedError("too_large", f"{what}: {_too_large(len(data), settings)}")
    return data


def _require_text(text: str, what: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        told = f"{what} holds a lone surrogate at character {error.start}, which is no text"
        raise _RefusedError("not_text", told) from error


def _too_large(size: int, settings: AgentSettings) -> str:
    return f"{size:,} bytes are more than the limit of {settings.file_bytes:,}"

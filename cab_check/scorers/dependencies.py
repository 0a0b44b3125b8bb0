"""Dependencies that a change brought in: net-new names, whatever their versions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cab_check.scorers.manifests import MANIFESTS, any_lines
from cab_check.workspace.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cab_check.workspace.changes import FileEdit

    Reader = Callable[[str], frozenset[str]]


def new_dependencies(edits: Iterable[FileEdit]) -> tuple[str, ...]:
    """Return `path: name` for each dependency that no changed manifest of its kind named before.

    Re-pinning, moving within a file or from one manifest to another of the same kind is fine
    (SCORING: no-new-dependency).
    """
    changed = [
        (edit.path, reader, *_names(reader, edit))
        for edit in edits
        if (reader := _reader(edit.path)) is not None
    ]
    known: dict[Reader, frozenset[str]] = {}
    for _, reader, before, _ in changed:
        known[reader] = known.get(reader, frozenset()) | before
    return tuple(
        f"{path}: {name}"
        for path, reader, _, after in changed
        for name in sorted(after - known[reader])
    )


def _names(reader: Reader, edit: FileEdit) -> tuple[frozenset[str], frozenset[str]]:
    """Read a manifest before and after; by lines, both, when one of them does not parse."""
    after = "" if edit.after_kind is Kind.SYMLINK else edit.after
    texts = edit.before or "", after or ""
    try:
        before, now = (reader(text) if text.strip() else frozenset() for text in texts)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        # the last two: a text that is nothing but nesting
        before, now = map(any_lines, texts)
    return before, now


def _reader(path: str) -> Reader | None:
    for pattern, reader in MANIFESTS:
        if re.fullmatch(pattern, path, re.DOTALL):
            return reader
    return None

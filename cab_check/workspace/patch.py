"""Write changes as one patch that `git apply` and `patch -p1` take."""

from __future__ import annotations

import difflib
import os
import re
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from cab_check.workspace.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.workspace.changes import FileEdit

_Opcode: TypeAlias = tuple[Literal["replace", "delete", "insert", "equal"], int, int, int, int]

_CONTEXT: Final = 3
_MOST_WORK: Final = 1_000_000
_PLAIN = re.compile(r"[^\x00-\x1f\x7f\"\\\udc80-\udcff\u0080-\U0010ffff]*")
_ESCAPES: Final = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def unified_patch(edits: Sequence[FileEdit]) -> str:
    """Write a patch in git's form, removals first; surrogateescape where a file is no UTF-8.

    What has no text (binary, special or unreadable files, texts that were cut) is only named, in
    lines that begin with "#" and that both programs pass over.
    """
    removals_first = sorted(edits, key=lambda edit: _mode(edit, after=True) is not None)
    return "".join(line for edit in removals_first for line in _file(edit))


def _file(edit: FileEdit) -> Iterator[str]:
    old, new = _mode(edit, after=False), _mode(edit, after=True)
    reason = _untold(edit, old, new)
    if reason:
        yield f"# {reason}: {_quoted(edit.path)}\n"
    elif old and new and old[:3] != new[:3]:
        yield from _section(edit.path, old, None, edit.before or "", "")
        yield from _section(edit.path, None, new, "", edit.after or "")
    else:
        yield from _section(edit.path, old, new, edit.before or "", edit.after or "")


def _mode(edit: FileEdit, *, after: bool) -> str | None:
    """Return git's mode of one side, None when nothing is there."""
    text, kind, executable = (
        (edit.after, edit.after_kind, edit.after_executable)
        if after
        else (edit.before, edit.before_kind, edit.before_executable)
    )
    if kind is None:
        return None if text is None else "100644"
    if kind is Kind.SYMLINK:
        return "120000"
    return "100755" if executable else "100644"


def _untold(edit: FileEdit, old: str | None, new: str | None) -> str | None:
    """Say why a change cannot be shown as text; None when it can."""
    if old is None and new is None:
        return "nothing to show"
    kinds = {edit.before_kind, edit.after_kind} - {None, Kind.FILE, Kind.SYMLINK}
    if kinds:
        return " and ".join(sorted(kind.value for kind in kinds if kind))
    if edit.cut:
        return "too large to show"
    if (old and edit.before is None) or (new and edit.after is None):
        return "binary"
    return None


def _section(path: str, old: str | None, new: str | None, before: str, after: str) -> Iterator[str]:
    names = _quoted(f"a/{path}"), _quoted(f"b/{path}")
    yield f"diff --git {names[0]} {names[1]}\n"
    if old is None:
        yield f"new file mode {new}\n"
    elif new is None:
        yield f"deleted file mode {old}\n"
    elif old != new:
        yield f"old mode {old}\nnew mode {new}\n"
    if before != after:
        yield f"--- {_labelled('/dev/null' if old is None else names[0])}"
        yield f"+++ {_labelled('/dev/null' if new is None else names[1])}"
        yield from _hunks(_lines(before), _lines(after))


def _labelled(name: str) -> str:
    """End a file's line; a tab ends a name that holds spaces."""
    return f"{name}\t\n" if " " in name else f"{name}\n"


def _lines(text: str) -> list[str]:
    """Split at line feeds alone; other line ends belong to the line."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


def _hunks(before: list[str], after: list[str]) -> Iterator[str]:
    for group in _Bounded(before, after).get_grouped_opcodes(_CONTEXT):
        first, last = group[0], group[-1]
        old, new = _range(first[1], last[2]), _range(first[3], last[4])
        yield f"@@ -{old} +{new} @@\n"
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                yield from _marked(" ", before[old_from:old_to])
                continue
            yield from _marked("-", before[old_from:old_to])
            yield from _marked("+", after[new_from:new_to])


class _Bounded(difflib.SequenceMatcher[str]):
    """A line matcher that is quick on any two texts.

    It looks only between what both begin and end with, and not at all where that would take long:
    then the whole stretch is replaced.
    """

    def __init__(self, before: list[str], after: list[str]) -> None:
        super().__init__(None, before, after)
        self._lines = before, after

    def get_opcodes(self) -> list[_Opcode]:
        """Return the steps from one text to the other, as the library's own method does."""
        old, new = self._lines
        head = _common(old, new)
        tail = _common(old[head:][::-1], new[head:][::-1])
        old_end, new_end = len(old) - tail, len(new) - tail
        between: list[_Opcode] = [("replace", 0, old_end - head, 0, new_end - head)]
        if (old_end - head) * (new_end - head) <= _MOST_WORK:
            matcher = difflib.SequenceMatcher(None, old[head:old_end], new[head:new_end])
            between = matcher.get_opcodes()
        return [
            ("equal", 0, head, 0, head),
            *((tag, a + head, b + head, c + head, d + head) for tag, a, b, c, d in between),
            ("equal", old_end, len(old), new_end, len(new)),
        ]


def _common(first: list[str], second: list[str]) -> int:
    """Count the equal lines at the beginning."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(first), len(second)))


def _marked(mark: str, lines: list[str]) -> Iterator[str]:
    for line in lines:
        yield (
            f"{mark}{line}"
            if line.endswith("\n")
            else f"{mark}{line}\n\\ No newline at end of file\n"
        )


def _range(start: int, end: int) -> str:
    length = end - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"


def _quoted(name: str) -> str:
    """Write a name as git does: in quotes with C escapes when a patch could not hold it else."""
    if _PLAIN.fullmatch(name):
        return name
    return f'"{"".join(map(_escaped, name))}"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if " " <= character <= "~":
        return character
    return "".join(f"\\{byte:03o}" for byte in os.fsencode(character))

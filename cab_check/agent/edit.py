"""An edit: one exact, unique passage of a file's bytes replaced, and nothing else touched.

No fuzzy matching, ever (LOOP: tools). The only thing that read_file hides is hidden here as well:
in a file whose line ends are all CRLF, LF in either text stands for CRLF.
"""

from __future__ import annotations

from dataclasses import dataclass

_MOST_COUNTED = 1000
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Edit:
    """What came of an edit: the new bytes, None when nothing was replaced, and why.

    `line` is the 1-based line at which the passage began.
    """

    matches: int
    after: bytes | None
    told: str
    line: int = 0


def is_crlf(data: bytes) -> bool:
    """Say whether every line ends with CRLF, and there is one at least."""
    ends = data.count(b"\r\n")
    return ends > 0 and ends == data.count(b"\n")


def apply_edit(data: bytes, old: bytes, new: bytes) -> Edit:
    """Replace `old`, which must stand in the file exactly once; the byte order mark stays."""
    start = len(BOM) if data.startswith(BOM) else 0
    if is_crlf(data):
        old, new = _with_crlf(old), _with_crlf(new)
    found = _positions(data, old, start)
    if found != 1:
        return Edit(found, None, _told(found))
    at = data.index(old, start)
    after = data[:at] + new + data[at + len(old) :]
    return Edit(1, after, _told(1), data.count(b"\n", 0, at) + 1)


def _positions(data: bytes, old: bytes, start: int) -> int:
    """Count the places where `old` begins, overlapping ones too; beyond 1,000 it stops."""
    count = 0
    at = data.find(old, start)
    while at >= 0 and count < _MOST_COUNTED:
        count += 1
        at = data.find(old, at + 1)
    return count


def _with_crlf(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _told(matches: int) -> str:
    if matches == 0:
        return (
            "old_text was not found (0 matches), nothing was changed. It must match exactly, white "
            "space included: read the file again and copy the passage"
        )
    return (
        f"old_text was found {matches} times, nothing was changed. Take in enough of what stands "
        "around it to make it unique"
    )

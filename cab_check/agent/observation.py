"""Observations: one cutter and one limit for all that a model is shown of a tool's result."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cab_check.secrets import Redactor

_REPLACEMENT = "\ufffd"
_CONTINUATION = bytes(range(0x80, 0xC0))
_LONGEST_CONTINUATION = 3
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Bytes as text; `invalid` counts the places where they were no UTF-8 and were replaced."""

    text: str
    invalid: int


def decode(data: bytes) -> Decoded:
    """Read bytes as UTF-8; what is none becomes U+FFFD and is counted."""
    try:
        return Decoded(data.decode(), 0)
    except UnicodeDecodeError:
        text = data.decode(errors="replace")
    # a U+FFFD that the bytes hold themselves is no fault
    return Decoded(text, text.count(_REPLACEMENT) - data.count(_REPLACEMENT.encode()))


def decode_ends(data: bytes, missing_bytes: int, redactor: Redactor) -> tuple[Decoded, str]:
    """Read the two halves that are left of some output, and say between them what is missing.

    A secret that the cut went through is taken out here: later it could not be found.

    The first of the two is the text without a word on that. A character that was cut in two is
    no fault of the output's: what is left of it is dropped and not counted.
    """
    middle = (len(data) + 1) // 2
    _, whole = codecs.utf_8_decode(data[:middle], "replace", False)
    rest = data[middle : middle + _LONGEST_CONTINUATION].lstrip(_CONTINUATION)
    head, tail = decode(data[:whole]), decode(rest + data[middle + _LONGEST_CONTINUATION :])
    above, below = redactor.ends(head.text, tail.text)
    both = Decoded(above + below, head.invalid + tail.invalid)
    return both, above + _gap(0, missing_bytes) + below


def sendable(text: str) -> str:
    """Return the text with lone surrogates replaced: no JSON body could carry them as UTF-8."""
    return _LONE_SURROGATE.sub(_REPLACEMENT, text)


def cut(text: str, limit: int, redactor: Redactor, *, missing_bytes: int = 0) -> str:
    """Keep the head and the tail of a text, at most `limit` characters with the count between.

    `missing_bytes` is what had been left out of the text's middle before it came here. No cut goes
    through a secret: half of one would not be found when the record is written.
    """
    if len(text) <= limit and not missing_bytes:
        return text
    room = min(len(text), limit - len(_gap(len(text), missing_bytes)))
    if room <= 0:
        return _gap(len(text), missing_bytes)[:limit]
    head, _ = redactor.clear_of(text, room - room // 2)
    _, tail = redactor.clear_of(text, len(text) - room // 2)
    return text[:head] + _gap(tail - head, missing_bytes) + text[tail:]


def _gap(characters: int, missing_bytes: int) -> str:
    parts = []
    if characters or not missing_bytes:
        parts.append(f"{characters:,} characters")
    if missing_bytes:
        parts.append(f"{missing_bytes:,} bytes")
    return f"\n[… {' and '.join(parts)} left out …]\n"


def with_note(
    text: str, note: str, limit: int, redactor: Redactor, *, missing_bytes: int = 0
) -> str:
    """Put a note under a text, together at most `limit` characters: the text gives way."""
    if not note:
        return cut(text, limit, redactor, missing_bytes=missing_bytes)
    note = note[:limit]
    above = cut(text, max(0, limit - len(note) - 1), redactor, missing_bytes=missing_bytes)
    between = "\n" if above and not above.endswith("\n") else ""
    return above + between + note


@dataclass(frozen=True, slots=True)
class Page:
    """Some whole lines of a file: the text, the first line's number, the next page's, and all.

    `next_line` is None when the page reaches the end. `long_line` says that its only line was too
    long to be shown whole.
    """

    text: str
    first_line: int
    next_line: int | None
    lines: int
    long_line: bool


def page(text: str, redactor: Redactor, *, offset: int, count: int | None, limit: int) -> Page:
    """Take lines from the 1-based `offset` on, at most `count`, as many as fit in `limit`."""
    lines = _lines(text)
    wanted = lines[offset - 1 : None if count is None else offset - 1 + count]
    size = taken = 0
    for line in wanted:
        if size + len(line) > limit:
            break
        size += len(line)
        taken += 1
    long_line = bool(wanted) and not taken
    shown = cut(wanted[0], limit, redactor) if long_line else "".join(wanted[:taken])
    after = offset + (taken or len(wanted[:1]))
    return Page(shown, offset, after if after <= len(lines) else None, len(lines), long_line)


def _lines(text: str) -> list[str]:
    # str.splitlines would also split at form feeds and at U+2028, where no editor shows a new line
    parts = text.split("\n")
    lines = [f"{part}\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines

"""What in a Markdown text is a heading, and what is its body."""

from __future__ import annotations

import re

HEADING_CHARS = 60

_ATX = re.compile(r" {0,3}#{1,6}(\s|$)")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)\s*$")


def body_lines(text: str) -> tuple[str, ...]:
    """Return the lines besides headings and blank ones, white space as single spaces.

    A line with a ruler below it is a heading when it is short and stands alone.
    """
    lines = ["", *text.splitlines(), ""]
    kept: list[str] = []
    for above, line, below in zip(lines, lines[1:], lines[2:], strict=False):
        ruled = _UNDERLINE.match(below) and not above.strip() and len(line.strip()) < HEADING_CHARS
        if line.strip() and not (ruled or _ATX.match(line) or _UNDERLINE.match(line)):
            kept.append(" ".join(line.split()))
    return tuple(kept)

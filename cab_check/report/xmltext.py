"""Text of any origin inside XML: escaped, and without the characters that XML cannot hold."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is no Char of XML 1.0: most controls, lone surrogates, two noncharacters."""


def xml(text: str) -> str:
    r"""Return a text as it may stand between tags.

    What XML cannot hold is written as its escape, such as `\x1b`: a reader sees that it was there.
    """
    return escape(legal(text), {"\r": "&#13;"})


def quoted(text: str) -> str:
    """Return a text as an attribute's value, in its quotes."""
    letters = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
    return f'"{escape(legal(text), letters)}"'


def legal(text: str) -> str:
    """Return a text, or a whole document, in which every character is one that XML can hold."""
    return _FORBIDDEN.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape", "backslashreplace").decode("ascii")

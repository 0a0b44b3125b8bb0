"""ASCII stand-ins for the characters of our own wording, where a stream's encoding lacks them.

The table is ours, and so is the choice: signs have a stand-in, letters are written as their escape.
"""

from __future__ import annotations

import codecs

HANDLER = "cab-standins"
"""The name that `errors=` of a stream or of an encoding knows this by."""
_STANDINS = {
    "—": "-", "·": "|", "…": "...", "\N{MULTIPLICATION SIGN}": "x", "→": "->", "←": "<-", "↳": "->",
    "§": "section ", "≤": "<=", "≥": ">=", "±": "+-", "•": "*",
    "“": '"', "”": '"', "─": "-", "━": "-", "│": "|", "┃": "|", "├": "|", "└": "`", "┌": "+",
    "┐": "+", "┘": "+", "┤": "|", "┬": "+", "┴": "+", "┼": "+", "╭": "+", "╮": "+", "╯": "+",
    "╰": "+", "█": "#", "▇": "#", "░": ".", "\N{NO-BREAK SPACE}": " ",
}  # fmt: skip


def _standins(error: UnicodeError) -> tuple[str, int]:
    """Answer the codec for the characters that it could not encode."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join(_STANDINS.get(each) or _escape(each) for each in letters), error.end


def _escape(letter: str) -> str:
    return letter.encode("ascii", "backslashreplace").decode("ascii")


codecs.register_error(HANDLER, _standins)


def carried(text: str, encoding: str) -> str:
    """Return the text as a stream of this encoding shows it."""
    return text.encode(encoding, HANDLER).decode(encoding)

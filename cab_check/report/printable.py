"""Text from a model, an endpoint or a file, made safe to show."""

from __future__ import annotations

import unicodedata

# controls, direction marks and other invisible format characters, lone surrogates, separators
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str) -> str:
    r"""Return the text with everything invisible written as its escape, such as `\x1b`.

    A terminal is neither steered nor turned right to left by what a model wrote, and a reader
    sees that it was there. Line ends count too: the result is one line.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    if unicodedata.category(letter) not in _HIDDEN:
        return letter
    return letter.encode("unicode_escape", "backslashreplace").decode("ascii")

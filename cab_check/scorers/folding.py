"""Text folded for comparison: case, accents, widths, digits and hyphens set alike."""

from __future__ import annotations

import re
import unicodedata

# Thai to Lao, Burmese, Khmer, kana and Han: scripts that put no space between words
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_UNSPACED_WORD = re.compile(f"[{_UNSPACED}]")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ESCAPE = re.compile(r"\\(?=[_*`])")
_ACCENT = re.compile("[\u0300-\u036f]")
_HYPHEN = re.compile("(?<=[^\\W\\d_])[-\u2010-\u2015](?=[^\\W\\d_])")
_FAR_DIGIT = re.compile(r"[^\D0-9]")
_PLAIN = str.maketrans("ł\u0131đø", "lido")

UNSPACED_WORD = 0.5
"""What a character of a script without spaces counts for: words there have about two."""


def fold(text: str) -> str:
    """Return a text without what writers differ in: `Fan-out` and `FAN  out` are one."""
    plain = unicodedata.normalize("NFKD", _HUMP.sub(" ", _ESCAPE.sub("", text))).casefold()
    plain = _ACCENT.sub("", unicodedata.normalize("NFKD", plain)).translate(_PLAIN)
    plain = _FAR_DIGIT.sub(lambda found: str(unicodedata.decimal(found.group())), plain)
    return " ".join(_HYPHEN.sub(" ", unicodedata.normalize("NFC", plain)).split())


def words(text: str) -> tuple[str, ...]:
    """Return the folded runs of letters and digits; without spaces each character is one."""
    return tuple(_WORD.findall(fold(text)))


def different_words(found: tuple[str, ...]) -> float:
    """Count words, each once; one of a script without spaces as half a word."""
    return sum(
        UNSPACED_WORD if _UNSPACED_WORD.fullmatch(word) else 1.0 for word in dict.fromkeys(found)
    )


def columns(text: str) -> int:
    """Return how wide a text is; a wide character, as of Chinese, is as good as two."""
    return sum(
        2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
        if sign.isprintable()
    )

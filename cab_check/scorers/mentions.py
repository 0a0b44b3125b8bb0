"""Whether a text names what a task wants named (the `mentions` of a task.toml).

A group is a list of alternatives, of which one is enough. An alternative is a piece of text, or
several joined by ` & ` that must all be there. A piece is found at the start of a word, so `cach`
finds "caching" and not "batchcach"; a piece that begins or ends with a digit is a number of its
own, so `42` is found neither in "420" nor in "14:42:43". In scripts other than Latin, Greek and
Cyrillic a piece is found anywhere. Case, accents and hyphens make no difference.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from cab_check.scorers.folding import fold
from cab_check.tasks.spec import pieces_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_EDGE = "0-9a-z\u00df-\u024f\u0370-\u03ff\u0400-\u052f\u1e00-\u1fff"


def unnamed_group(text: str, mentions: Iterable[Iterable[str]]) -> tuple[str, ...] | None:
    """Return the first group of which the text names no alternative."""
    folded = fold(text)
    for group in mentions:
        alternatives = tuple(group)
        if not any(_names(folded, one) for one in alternatives):
            return alternatives
    return None


def _names(folded: str, alternative: str) -> bool:
    return all(_pattern(piece).search(folded) for piece in pieces_of(alternative))


@lru_cache(maxsize=1024)
def _pattern(piece: str) -> re.Pattern[str]:
    plain = fold(piece)
    start = f"(?<![{_EDGE}])" if re.match(f"[{_EDGE}]", plain) else ""
    if plain[:1].isdigit():
        start += r"(?<!\d[.:])"
    end = rf"(?![{_EDGE}])(?![.:]\d)" if plain[-1:].isdigit() else ""
    return re.compile(start + re.escape(plain) + end)

"""Glob patterns as in a task.toml: `protected`, `ground_truth_files`, `ignored`, constraints.

* A pattern is matched against the whole path from the tree's root, case and all.
* `*`, `?` and `[...]` stay within one name; `**` crosses any number of folders, none included.
* A last name that is `*` alone also takes what lies below: `tests/*` matches `tests/x/b.py`.
* A pattern that begins with `__pycache__/` matches at any depth, because Python writes such a
  folder beside each module (SCORING: ignored). All others are anchored: `target/**` hides nothing
  in `src/target/`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_PIECE = re.compile(r"\*\*/|\*+|\?|\[!?[^/][^\]/]*\]|[^*?\[]+|\[")

_MEMBER = re.compile(r"(.)-(.)|(.)", re.DOTALL)


def matches(path: str, patterns: Sequence[str]) -> bool:
    """Tell whether any of the patterns matches a relative path."""
    return any(_compiled(pattern).fullmatch(path) is not None for pattern in patterns)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    if pattern.startswith("__pycache__/"):
        pattern = f"**/{pattern}"
    if pattern == "*" or pattern.endswith("/*"):
        pattern += "*"
    return re.compile("".join(map(_expression, _PIECE.findall(pattern))), re.DOTALL)


def _expression(piece: str) -> str:
    if piece == "**/":
        return "(?:.*/)?"
    if piece.startswith("**"):
        return ".*"
    if piece in ("*", "?"):
        return "[^/]" + piece.replace("?", "")
    if len(piece) > 1 and piece.startswith("["):
        return _character_class(piece)
    return re.escape(piece)


def _character_class(piece: str) -> str:
    """Translate `[...]`; a range the wrong way round holds nothing."""
    body = piece[1:-1]
    negated = len(body) > 1 and body.startswith("!")
    listed = "".join(
        f"{re.escape(low)}-{re.escape(high)}" if high else re.escape(single)
        for low, high, single in _MEMBER.findall(body[1:] if negated else body)
        if low <= high
    )
    if not listed:
        return "[^/]" if negated else "(?!)"
    return f"(?!/)[{'^' if negated else ''}{listed}]"

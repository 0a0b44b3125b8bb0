"""Nesting: whether a JSON text that comes in pieces can have ended, found in one pass over it."""

from __future__ import annotations

import re

_MARKS = re.compile(r'\\(?:.|\Z)|["\[\]{}]', re.DOTALL)


class Nesting:
    """Follows brackets and strings. `closed` is true while as many brackets closed as opened."""

    def __init__(self) -> None:
        self._depth = 0
        self._inside = False
        self._escaped = False

    @property
    def closed(self) -> bool:
        """Whether no bracket and no string is open."""
        return self._depth <= 0 and not self._inside

    def feed(self, text: str) -> None:
        """Take the next piece, cut anywhere."""
        start = 1 if self._escaped and text else 0
        self._escaped = self._escaped and not text
        for found in _MARKS.finditer(text, start):
            mark = found.group()
            if mark[0] == "\\":
                self._escaped = len(mark) == 1
            elif mark == '"':
                self._inside = not self._inside
            elif not self._inside:
                self._depth += 1 if mark in "[{" else -1

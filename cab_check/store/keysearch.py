"""Keys in what is to be passed on: the known ones in any form, and what looks like one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.secrets import MASK, Redactor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SHAPES = re.compile(
    r"\bsk-[A-Za-z0-9_-]{16,}"
    r"|\b(?:gsk_|hf_|nvapi-|glpat-|xai-|pplx-|r8_)[A-Za-z0-9_-]{16,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{20,}|\bxox[abprs]-[A-Za-z0-9-]{10,}"
    r"|\bA(?:KIA|SIA)[0-9A-Z]{16}\b|\bAIza[A-Za-z0-9_-]{30,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    r"|(?i:\b(?:bearer|basic) )[A-Za-z0-9._~+/-]{16,}=*"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
"""Beginnings that providers document for their keys, and the forms of credentials in a header."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a key stands, and what kind it is; never the key itself."""

    name: str
    line: int
    kind: str


class KeySearch:
    """Searches texts for the keys that are known, and for what has the shape of one. Ours."""

    def __init__(self, keys: Iterable[str]) -> None:
        known = [key for key in keys if key]
        self._redactor = Redactor(known)
        short = [re.escape(key) for key in known if self._redactor.text(key + " ") == key + " "]
        # too short to be looked for in the midst of words
        self._short = re.compile(rf"(?<!\w)(?:{'|'.join(short)})(?!\w)") if short else None

    def findings(self, name: str, text: str) -> Iterator[Finding]:
        """Yield where keys stand in a text; lines count from 1."""
        for number, line in enumerate(text.split("\n"), 1):
            if self._known(line) != line:
                yield Finding(name, number, "the key")
            elif _SHAPES.search(line):
                yield Finding(name, number, "what looks like a key")

    def masked(self, text: str) -> str:
        """Return the text without any of them."""
        return _SHAPES.sub(MASK, self._known(text))

    def _known(self, text: str) -> str:
        text = self._redactor.text(text)
        return self._short.sub(MASK, text) if self._short else text

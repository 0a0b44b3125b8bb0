"""Where the comments are in a source text, by its language's own literals.

For C, C++, Go, Rust, Java and JavaScript (TypeScript with it), and for Python that does not
tokenise. Each knows strings, raw strings, characters, and where the language has them nested
comments, text blocks, templates and regular expressions, so that `"// no"` is no comment. A literal
that is never closed ends with its line. Not known: text between JSX tags, escapes that
spell a slash in Java.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from cab_check.scorers.javascript import javascript_comments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Spans = Iterator[tuple[int, int]]


class Language(StrEnum):
    """The languages whose comments can be told from their strings."""

    PYTHON = "python"
    C = "c"
    CPP = "c++"
    GO = "go"
    RUST = "rust"
    JAVA = "java"
    JAVASCRIPT = "javascript"


def comment_spans(text: str, language: Language) -> tuple[tuple[int, int], ...]:
    """Return (start, end) of every comment, in order."""
    return tuple(_SCANNERS[language](text))


def without_comments(text: str, language: Language) -> str:
    """Return the text with each comment replaced by a space."""
    pieces: list[str] = []
    at = 0
    for start, end in comment_spans(text, language):
        pieces.append(text[at:start])
        at = end
    return " ".join([*pieces, text[at:]])


_STRING = r'"(?:[^"\\\n]++|\\.)*+"?'
_CHARACTER = r"'(?:[^'\\\n]++|\\.)*+'?"
_COMMENT = r"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))"
_WORD = r"\w+"

_PATTERNS = {
    Language.PYTHON: (
        r"(?P<comment>#[^\n]*)",
        r'"""(?:[^"\\]++|\\.|"(?!""))*+(?:""")?',
        r"'''(?:[^'\\]++|\\.|'(?!''))*+(?:''')?",
        _STRING,
        _CHARACTER,
    ),
    # a comment of one line goes on after a backslash; a quote inside a number is a separator
    Language.C: (
        r"(?P<comment>//(?:\\\r?\n|[^\n])*+|/\*.*?(?:\*/|\Z))",
        _STRING,
        r"\b\d(?:'?\w|\.)*+",
        _CHARACTER,
    ),
    Language.GO: (_COMMENT, _STRING, r"`[^`]*+`?", _CHARACTER),
    Language.JAVA: (_COMMENT, r'"""(?:[^"\\]++|\\.|"(?!""))*+(?:""")?', _STRING, _CHARACTER),
    # a quote that opens no character is a lifetime
    Language.RUST: (
        r"(?P<comment>//[^\n]*)",
        r"(?P<nested>/\*)",
        r'\b(?:br|cr|r)(?P<hashes>#*+)".*?(?:"(?P=hashes)|\Z)',
        r'"(?:[^"\\]++|\\.)*+"?',
        r"'(?:\\(?:x\w\w|u\{[^}\n]*\}|.)|[^'\\\n])'",
        r"'\w+",
    ),
}
_PATTERNS[Language.CPP] = (
    r'\b(?:u8|[uUL])?R"(?P<delimiter>[^()\\\s]{0,16})\(.*?(?:\)(?P=delimiter)"|\Z)',
    *_PATTERNS[Language.C],
)
_COMPILED = {
    language: re.compile("|".join((*patterns, _WORD)), re.DOTALL)
    for language, patterns in _PATTERNS.items()
}


def _scanner(language: Language) -> Callable[[str], Spans]:
    pattern = _COMPILED[language]

    def scan(text: str) -> Spans:
        at = 0
        while found := pattern.search(text, at):
            at = found.end()
            if found.lastgroup == "nested":
                at = _end_of_nested(text, at)
            if found.lastgroup in ("comment", "nested"):
                yield found.start(), at

    return scan


def _end_of_nested(text: str, at: int) -> int:
    depth = 1
    for mark in re.compile(r"/\*|\*/").finditer(text, at):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(text)


_SCANNERS: dict[Language, Callable[[str], Spans]] = {
    **{language: _scanner(language) for language in _COMPILED},
    Language.JAVASCRIPT: javascript_comments,
}

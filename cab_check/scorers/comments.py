"""Comments that a change added, by the language's own tokens (SCORING: no-comments-added)."""

from __future__ import annotations

import io
import tokenize
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from cab_check.scorers.lexer import Language, comment_spans
from cab_check.workspace.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cab_check.workspace.changes import FileEdit

_SUFFIXES = {
    Language.PYTHON: (".py", ".pyi"),
    Language.C: (".c", ".h"),
    Language.CPP: (".cc", ".cpp", ".cxx", ".hh", ".hpp"),
    Language.GO: (".go",),
    Language.RUST: (".rs",),
    Language.JAVA: (".java",),
    Language.JAVASCRIPT: (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"),
}
LANGUAGE_OF = {suffix: language for language, group in _SUFFIXES.items() for suffix in group}

_NO_SOURCE = (None, Kind.SYMLINK)
"""What is gone, and what only points elsewhere."""


@dataclass(frozen=True, slots=True)
class FileComments:
    """The comments one file has more than before.

    A comment that only moved is not new. `fallback` says that a Python file has a syntax error and
    was read by our own lexer instead of Python's; `whole` is False where the text is cut or no
    text at all.
    """

    path: str
    added: tuple[str, ...]
    fallback: bool
    whole: bool


def added_comments(edits: Iterable[FileEdit]) -> tuple[FileComments, ...]:
    """Read every changed source file that still is one, in the order given."""
    read: list[FileComments] = []
    for edit in edits:
        language = LANGUAGE_OF.get(PurePosixPath(edit.path).suffix.lower())
        if language is not None and edit.after_kind not in _NO_SOURCE:
            before, _ = comments_in(edit.before or "", language)
            after, fallback = comments_in(edit.after or "", language)
            new = Counter(after) - Counter(before)
            whole = edit.after is not None and not edit.cut
            read.append(FileComments(edit.path, tuple(sorted(new.elements())), fallback, whole))
    return tuple(read)


def comments_in(text: str, language: Language) -> tuple[list[str], bool]:
    """Return the comments of a text, white space as single spaces, and whether we fell back."""
    if language is Language.PYTHON and (found := _python_comments(text)) is not None:
        return found, False
    spans = comment_spans(text, language)
    flat = [" ".join(text[start:end].split()) for start, end in spans]
    return flat, language is Language.PYTHON


def _python_comments(text: str) -> list[str] | None:
    """Ask Python's own tokeniser; None when the text has a syntax error."""
    comments: list[str] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for token in tokenize.generate_tokens(io.StringIO(text).readline):
                if token.type == tokenize.ERRORTOKEN:
                    return None
                if token.type == tokenize.COMMENT:
                    comments.append(" ".join(token.string.split()))
    except (tokenize.TokenError, SyntaxError, ValueError):  # ValueError: bytes that are no UTF-8
        return None
    return comments

"""Comments that a change added, by the language's own tokens (SCORING: no-comments-added)."""

from __future__ import annotations

import io
import re
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

_BEFORE_A_STATEMENT = (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
_ENCODING_LINE = re.compile(r"^[ \t\f]*#.*?coding[:=]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FileComments:
    """The comments one file has more than before.

    A comment that only moved is not new. `fallback` says that a Python file has a syntax error and
    was read by our own lexer instead of Python's; `whole` is False where the text is cut.
    `unread` says what lies there when it is nothing to read: a link, a pipe, a file without text.
    """

    path: str
    added: tuple[str, ...]
    fallback: bool
    whole: bool
    unread: str | None = None


def added_comments(edits: Iterable[FileEdit]) -> tuple[FileComments, ...]:
    """Read every changed source file that is still there, in the order given."""
    return tuple(
        _read(edit, language)
        for edit in edits
        if edit.after_kind is not None and (language := language_of(edit.path)) is not None
    )


def language_of(path: str) -> Language | None:
    """Tell a source's language by its suffix."""
    return LANGUAGE_OF.get(PurePosixPath(path).suffix.lower())


def _read(edit: FileEdit, language: Language) -> FileComments:
    if edit.after_kind is not Kind.FILE or edit.after is None:
        unread = "no text" if edit.after_kind is Kind.FILE else str(edit.after_kind)
        return FileComments(edit.path, (), fallback=False, whole=False, unread=unread)
    before, _ = comments_in(edit.before or "", language)
    after, fallback = comments_in(edit.after, language)
    new = Counter(after) - Counter(before)
    return FileComments(edit.path, tuple(sorted(new.elements())), fallback, not edit.cut)


def only_remarks(edit: FileEdit) -> bool:
    """Say whether an edit of a Python file changed comments and docstrings, and no code.

    False for any other language, for a file that does not tokenise, and where a comment that names
    the file's encoding is involved, since that one changes what the rest of the file says.
    """
    texts = (edit.before, edit.after)
    if (
        language_of(edit.path) is not Language.PYTHON
        or (edit.before_kind, edit.after_kind) != (Kind.FILE, Kind.FILE)
        or edit.before_executable != edit.after_executable
        or edit.cut
        or None in texts
        or any(_ENCODING_LINE.search(text or "") for text in texts)
    ):
        return False
    before, after = (_python_code(text or "") for text in texts)
    return before is not None and before == after


def _python_code(text: str) -> list[tuple[int, str]] | None:
    """Return the tokens besides comments and docstrings; None when the text has a syntax error."""
    tokens = _python_tokens(text)
    if tokens is None:
        return None
    kept = [token for token in tokens if token.type not in (tokenize.COMMENT, tokenize.NL)]
    docstrings = [at for at in range(len(kept)) if _is_docstring(kept, at)]
    passed_over = {place for at in docstrings for place in (at, at + 1)}
    # a last line without an end is the same line
    return [
        (token.type, "" if token.type == tokenize.NEWLINE else token.string)
        for place, token in enumerate(kept)
        if place not in passed_over
    ]


def _is_docstring(tokens: list[tokenize.TokenInfo], at: int) -> bool:
    """Say whether a token is a whole statement that is nothing but a constant string."""
    token = tokens[at]
    if token.type != tokenize.STRING or "f" in token.string[:2].lower():
        return False
    starts = at == 0 or tokens[at - 1].type in _BEFORE_A_STATEMENT
    return starts and tokens[at + 1].type == tokenize.NEWLINE


def comments_in(text: str, language: Language) -> tuple[list[str], bool]:
    """Return the comments of a text, white space as single spaces, and whether we fell back."""
    if language is Language.PYTHON and (found := _python_comments(text)) is not None:
        return found, False
    spans = comment_spans(text, language)
    flat = [" ".join(text[start:end].split()) for start, end in spans]
    return flat, language is Language.PYTHON


def _python_comments(text: str) -> list[str] | None:
    """Ask Python's own tokeniser; None when the text has a syntax error."""
    tokens = _python_tokens(text)
    if tokens is None:
        return None
    return [" ".join(one.string.split()) for one in tokens if one.type == tokenize.COMMENT]


def _python_tokens(text: str) -> list[tokenize.TokenInfo] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError, ValueError):  # ValueError: bytes that are no UTF-8
        return None
    return None if any(token.type == tokenize.ERRORTOKEN for token in tokens) else tokens

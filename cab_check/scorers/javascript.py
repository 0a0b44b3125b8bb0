"""Comments of JavaScript, where a slash may divide, open a comment or open a regular expression."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(
    r"(?P<comment>//[^\n\u2028\u2029]*|/\*.*?(?:\*/|\Z)|\A\#![^\n]*)"
    r"""|(?P<string>"(?:[^"\\\n]++|\\.)*+"?|'(?:[^'\\\n]++|\\.)*+'?)"""
    r"|(?P<word>[\w$]+)|(?P<step>\+\+|--)|(?P<mark>\S)",
    re.DOTALL,
)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+/\w*")
_REGEX_CHARS = 300
_IN_TEMPLATE = re.compile(r"\\.|`|\$\{", re.DOTALL)
_BEFORE_VALUE = frozenset(
    (
        *("await", "case", "delete", "do", "else", "in", "instanceof", "new", "of", "return"),
        *("throw", "typeof", "void", "yield"),
    )
)
_BEFORE_CONDITION = frozenset(("for", "if", "while", "with"))


@dataclass(slots=True)
class _State:
    """What stands before the next token.

    `value_next` tells a regular expression from a division. `conditions` holds for each open
    parenthesis whether it belongs to `if (…)` and the like, `depths` for each open `${` how many
    braces were opened inside it.
    """

    value_next: bool = True
    word: str = ""
    conditions: list[bool] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)


def javascript_comments(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every comment."""
    state = _State()
    at = 0
    while found := _TOKEN.search(text, at):
        at = found.end()
        if found.lastgroup == "comment":
            yield found.span()
        elif found.lastgroup == "mark":
            at = _after_mark(found.group(), text, at, state)
        else:
            state.word = found.group() if found.lastgroup == "word" else ""
            # after a dot a keyword is a property's name
            state.value_next = state.word in _BEFORE_VALUE and text[found.start() - 1] != "."


def _after_mark(mark: str, text: str, at: int, state: _State) -> int:
    """Take one punctuation mark, and what it opens; return where to go on."""
    word, state.word = state.word, ""
    if mark == "/" and state.value_next and (regex := _regex(text, at - 1)):
        state.value_next = False
        return regex.end()
    if mark == "`" or (mark == "}" and state.depths and state.depths[-1] == 0):
        return _template(mark, text, at, state)
    if mark == "(":
        state.conditions.append(word in _BEFORE_CONDITION)
    if mark in "{}" and state.depths:
        state.depths[-1] += 1 if mark == "{" else -1
    state.value_next = mark != "]"
    if mark == ")":
        state.value_next = bool(state.conditions) and state.conditions.pop()
    return at


def _regex(text: str, at: int) -> re.Match[str] | None:
    # a bound, or a line that is nothing but openings would be read again from each of them
    return _REGEX.match(text, at, at + _REGEX_CHARS)


def _template(mark: str, text: str, at: int, state: _State) -> int:
    """Go through a template's text, to its end or to the next `${`."""
    if mark == "}":
        state.depths.pop()
    state.value_next = False
    for found in _IN_TEMPLATE.finditer(text, at):
        if found.group() == "${":
            state.depths.append(0)
            state.value_next = True
        if found.group() in ("`", "${"):
            return found.end()
    return len(text)

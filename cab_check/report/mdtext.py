"""Text of any origin inside GitHub's Markdown: shown as code, so that it is never markup."""

from __future__ import annotations

import re

from cab_check.report.printable import printable

_LONGEST = 300


def code(text: str) -> str:
    """Return a text of others as one code span, which a table's cell holds too.

    In code nothing is a link, a mention, a reference or a tag. The fence is longer than any run of
    backticks inside. A vertical bar would end a cell: a text with one is written in entities.
    """
    text = printable(text)
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}…"
    if not text.strip():
        return "—"
    if "|" in text:
        return f"<code>{''.join(_entity(letter) for letter in text)}</code>"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _entity(letter: str) -> str:
    if letter.isalnum() or letter == " " or not letter.isascii():
        return letter
    # a comment parts the text, so that nothing takes it for an address
    return f"&#{ord(letter)};<!-- -->" if letter in "@." else f"&#{ord(letter)};"

"""Markup by construction: whatever is not markup already is text, and is escaped as such."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cab_check.report.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

_VOID = frozenset({"meta", "br", "input", "img", "link", "rect", "line", "circle", "path"})
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_UNUSUAL = re.compile(r"[^\t\n -~]")


class Markup(str):
    """Text that is markup: made by `tag` and `joined`, and by `trusted` from a file of ours."""

    __slots__ = ()


def escape(text: str) -> str:
    r"""Return text of any origin as it may stand in markup, inside an element or an attribute.

    Line feeds and tabs stay; all else that is invisible (ANSI escapes, direction marks, lone
    surrogates) is shown as its escape, such as `\x1b`, so that nothing steers the page.
    """
    if not text.isascii() or not text.isprintable():
        text = _UNUSUAL.sub(lambda found: printable(found[0]), text)
    return text.translate(_ESCAPES)


def tag(name: str, /, *children: object, **attributes: str | float | bool | None) -> Markup:
    """Return one element. A child that is no Markup is text; None and False attributes go.

    An attribute's `_` stands for `-`, one at its end is dropped (`class_`).
    """
    opening = name + "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID and not children:
        return Markup(f"<{opening}>" if name in _HTML_VOID else f"<{opening}/>")
    return Markup(f"<{opening}>{joined(children)}</{name}>")


_HTML_VOID = frozenset({"meta", "br", "input", "img", "link"})


def joined(parts: Iterable[object]) -> Markup:
    """Put parts one after the other; what is no Markup is text, None is nothing."""
    return Markup(
        "".join(
            part if isinstance(part, Markup) else escape(str(part))
            for part in parts
            if part is not None
        )
    )


def trusted(text: str) -> Markup:
    """Take text as markup that no model, endpoint or file of a run had a hand in."""
    return Markup(text)


def _attribute(key: str, value: str | float | bool | None) -> str:  # noqa: FBT001 - a value to write
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'

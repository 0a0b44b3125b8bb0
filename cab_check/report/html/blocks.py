"""Blocks that every section is made of: long text that is cut aloud, facts, tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.report.breakdown import compact
from cab_check.report.html.markup import Markup, joined, tag
from cab_check.report.layout import Line
from cab_check.report.wording import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from cab_check.report.tables import Table

TEXT_LIMIT = 12_000
"""Characters of one text that a page shows; the middle of a longer one is left out, and said."""


def section(name: str, title: str, *children: object) -> Markup:
    """Return one part of the page with its heading; nothing when it holds nothing."""
    if not any(children):
        return Markup("")
    head = tag("h2", title, id=f"{name}-title")
    return tag("section", head, *children, id=name, aria_labelledby=f"{name}-title")


def fold(summary: object, *children: object, opened: bool = False, class_: str = "") -> Markup:
    """Return something that opens when it is asked for."""
    return tag("details", tag("summary", summary), *children, open=opened, class_=class_ or None)


def text_block(text: str, whole_in: str, *, class_: str = "", limit: int = TEXT_LIMIT) -> Markup:
    """Return text with its lines as they are; `whole_in` is the file that holds what is cut."""
    class_name = class_ or None
    if len(text) <= limit:
        return tag("pre", text, class_=class_name)
    head, tail = limit * 2 // 3, limit // 3
    left_out = f"… {len(text) - head - tail:,} characters are left out here; whole in {whole_in} …"
    return joined(
        (
            tag("pre", text[:head], class_=class_name),
            tag("p", left_out, class_="cut"),
            tag("pre", text[-tail:], class_=class_name),
        )
    )


def values(mapping: object, whole_in: str = "run.json") -> Markup:
    """Return a JSON object as names and values; any other JSON value as it is."""
    if not isinstance(mapping, dict):
        return tag("p", tag("code", compact(mapping)))
    return tag("dl", *(_value(name, value, whole_in) for name, value in mapping.items()))


def _value(name: str, value: object, whole_in: str) -> Markup:
    text = value if isinstance(value, str) else compact(value)
    if value is None:
        shown = tag("span", UNKNOWN, class_="dim")
    elif "\n" in text or len(text) > TEXT_LIMIT:
        shown = text_block(text, whole_in)
    else:
        shown = tag("code", text or '""')
    return pair(tag("code", name), shown)


def pair(name: object, value: object) -> Markup:
    """Return one name with its value, for a `dl`."""
    return tag("div", tag("dt", name), tag("dd", value))


def facts(parts: Iterable[RenderableType]) -> Markup:
    """Return the terminal's lines as names and values: one without a label goes on the last."""
    rows: list[tuple[str, list[Markup]]] = []
    for part in parts:
        if not isinstance(part, Line):
            continue
        label = part.label.plain.strip()
        warned = str(part.body.style) == "yellow"
        body = tag("p", part.body.plain, class_="warned" if warned else None)
        if label or not rows:
            rows.append((label, [body]))
        else:
            rows[-1][1].append(body)
    return (
        tag("dl", *(pair(label, joined(bodies)) for label, bodies in rows)) if rows else joined(())
    )


def table(content: Table, caption: str, heads: tuple[str, ...] = ()) -> Markup:
    """Return the terminal's table in a frame of its own that scrolls when it must."""
    names = heads or content.heads
    head = tag("tr", *(_head(name, side) for name, side in zip(names, content.sides, strict=True)))
    rows = (tag("tr", *_cells(row, content.sides)) for row in content.rows)
    return scrolled(
        caption, tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *rows))
    )


def scrolled(name: str, *children: object) -> Markup:
    """Return a frame that scrolls sideways by itself, by keyboard too."""
    return tag("div", *children, class_="scroll", role="region", aria_label=name, tabindex=0)


def _head(name: str, side: str) -> Markup:
    return tag("th", name, scope="col", class_="num" if side == "r" else None)


def _cells(row: tuple[str, ...], sides: str) -> Iterator[Markup]:
    for cell, side in zip(row, sides, strict=True):
        yield tag("td", cell, class_="num" if side == "r" else None)

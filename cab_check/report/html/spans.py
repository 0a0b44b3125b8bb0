"""The table of spans: what the timeline draws, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.report.breakdown import depths, short_value
from cab_check.report.html.blocks import fold, scrolled, section, values
from cab_check.report.html.markup import Markup, joined, tag
from cab_check.report.html.moments import LANES, Lane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.trace import Span

_MANY = 100
_HEADS = (("At ms", "num"), ("For ms", "num"), ("Kind", None), ("Name and attributes", None))


def span_table(spans: Sequence[Span]) -> Markup:
    """Return one row a span; its moment is a link, its attributes open below its name."""
    if not spans:
        return Markup("")
    depth = depths(spans)
    head = tag("tr", *(tag("th", name, scope="col", class_=kind) for name, kind in _HEADS))
    body = (_row(span, depth[span.id]) for span in spans)
    content = tag("table", tag("thead", head), tag("tbody", *body), class_="spans")
    shown = scrolled("Trace spans", content)
    if len(spans) > _MANY:
        shown = fold("All spans in a table", shown)
    return section("spans", f"Trace spans ({len(spans):,})", shown)


def _row(span: Span, depth: int) -> Markup:
    lane = LANES.get(span.kind, Lane.CAB)
    moment = tag("a", f"{span.start_ms:,.0f}", href=f"#t={span.start_ms:.0f}")
    error = tag("p", f"error: {span.error}", class_="warned") if span.error else None
    attributes = {name: short_value(value) for name, value in span.attributes.items()}
    name = (
        fold(tag("bdi", span.name), values(attributes, "trace.jsonl")) if attributes else span.name
    )
    return tag(
        "tr",
        tag("td", moment, class_="num"),
        tag("td", f"{span.duration_ms:,.1f}", class_="num"),
        tag("td", tag("i", class_=lane.value), f"{'↳ ' * depth}{span.kind}"),
        tag("td", joined((name, error))),
        id=f"span-{span.id}",
    )

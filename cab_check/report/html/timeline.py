"""The timeline of a run: five lanes, a bar a span, and the controls that replay it."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING

from cab_check.report.html.blocks import section
from cab_check.report.html.markup import joined, tag
from cab_check.report.html.moments import Lane, end_ms, moments, took, totals
from cab_check.report.html.playback import playback
from cab_check.trace import SpanKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.report.html.markup import Markup
    from cab_check.report.html.moments import Moment
    from cab_check.trace import Span

_ROW = 28
_BAR = 16
_TICKS = 5
_EDGE = 0.97
_FAILED = "A red edge marks an error."
_SPEEDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
_COMFORTABLE_MS = 30_000
"""A replay that opens slower than this is sped up, in wall time."""


def replay(spans: Sequence[Span]) -> Markup:
    """Return the timeline with its controls and the terminal, or why there is none."""
    if not spans:
        return section("replay", "Trace replay", tag("p", "No trace of this run can be read."))
    shown, whole_ms = moments(spans), end_ms(spans)
    lanes = joined(_label(lane, said) for lane, said in totals(shown).items())
    return section(
        "replay",
        "Trace replay",
        tag(
            "div",
            tag("ul", lanes, class_="lanes"),
            tag("div", _drawing(shown, whole_ms), tag("div", id="playhead"), class_="track"),
            class_="timeline",
        ),
        tag("p", _FAILED, class_="dim") if any(map(_failed, shown)) else None,
        _controls(whole_ms),
        tag("p", "All of the run is shown.", id="now", aria_live="polite"),
        playback(spans),
    )


def _label(lane: Lane, said: str) -> Markup:
    return tag("li", tag("i", class_=lane.value), lane.value, " ", tag("small", said))


def _drawing(shown: Sequence[Moment], whole_ms: float) -> Markup:
    height = _ROW * len(Lane) + 18
    sums = "; ".join(f"{lane}: {said}" for lane, said in totals(shown).items())
    return tag(
        "svg",
        *(_tick(at_ms, whole_ms) for at_ms in _ticks(whole_ms)),
        *(_bar(moment, whole_ms) for moment in shown),
        width="100%",
        height=height,
        role="img",
        aria_label=f"Timeline of {took(whole_ms)}. {sums}. The table of spans holds the same.",
        id="bars",
    )


def _ticks(whole_ms: float) -> Iterator[float]:
    """Yield round moments, at most so many that their words have room."""
    power = 10.0 ** floor(log10(whole_ms / _TICKS))
    step = next(power * each for each in (1, 2, 5, 10) if power * each * _TICKS >= whole_ms)
    for number in range(_TICKS + 1):
        if step * number <= whole_ms * _EDGE:
            yield step * number


def _tick(at_ms: float, whole_ms: float) -> Markup:
    share = f"{100 * at_ms / whole_ms:.2f}%"
    bottom = _ROW * len(Lane)
    anchor = "middle" if at_ms else "start"
    text = took(at_ms) if at_ms else "0"
    return joined(
        (
            tag("line", x1=share, x2=share, y1=0, y2=bottom),
            tag("text", text, x=share, y=bottom + 14, text_anchor=anchor),
        )
    )


def _bar(moment: Moment, whole_ms: float) -> Markup:
    row = list(Lane).index(moment.lane)
    outer = moment.span is not None and moment.span.kind is SpanKind.ADAPTER_RUN
    extra = " outer" if outer else " failed" if _failed(moment) else ""
    return tag(
        "rect",
        tag("title", moment.title),
        class_=f"{moment.lane.value}{extra}",
        x=f"{100 * moment.start_ms / whole_ms:.3f}%",
        width=f"{100 * (moment.end_ms - moment.start_ms) / whole_ms:.3f}%",
        y=_ROW * row + (_ROW - _BAR) // 2,
        height=_BAR,
        data_from=f"{moment.start_ms:.3f}",
        data_to=f"{moment.end_ms:.3f}",
        data_row=None if moment.span is None else f"span-{moment.span.id}",
    )


def _failed(moment: Moment) -> bool:
    return moment.span is not None and moment.span.error is not None


def _controls(whole_ms: float) -> Markup:
    speed = next((each for each in _SPEEDS if whole_ms / each <= _COMFORTABLE_MS), _SPEEDS[-1])
    options = (
        tag("option", f"{each:g}×", value=f"{each:g}", selected=each == speed)  # noqa: RUF001 - times
        for each in _SPEEDS
    )
    return tag(
        "div",
        tag("button", "Play", type="button", id="play"),
        tag("button", "← span", type="button", id="back", aria_label="To the span before"),
        tag("button", "span →", type="button", id="next", aria_label="To the next span"),
        tag(
            "input",
            type="range",
            id="scrubber",
            min=0,
            max=f"{whole_ms:.3f}",
            step="any",
            value=f"{whole_ms:.3f}",
            aria_label="Moment of the run",
        ),
        tag("output", took(whole_ms), id="clock", for_="scrubber"),
        tag("label", "Speed ", tag("select", *options, id="speed")),
        tag(
            "p",
            *_key("space", "play or pause"),
            *_key("←", ""),
            *_key("→", "a span"),
            *_key(",", ""),
            *_key(".", "100 ms"),
            class_="keys",
        ),
        class_="controls",
        hidden=True,
    )


def _key(key: str, what: str) -> tuple[object, ...]:
    return tag("kbd", key), f" {what}  " if what else " "

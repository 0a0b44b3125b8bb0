"""Tokens and the growth of the context, one bar a model call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.report.html.markup import tag
from cab_check.report.wording import counted, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.record import ModelCallRecord
    from cab_check.report.html.markup import Markup

_HEIGHT = 100
_WIDE = 0.8
_LEAST = 16
"""Room for so many bars at least: a few calls make no wall."""


def token_plot(calls: Sequence[ModelCallRecord]) -> Markup:
    """Return the tokens of each call as bars: the prompt (the context), the completion on top.

    A call whose usage the endpoint did not say has no bar, and the caption counts it.
    """
    most = max((total for call in calls if (total := _total(call)) is not None), default=0)
    if not most:
        return tag("p", "Tokens: not recorded by this endpoint.", class_="dim")
    unknown = sum(_total(call) is None for call in calls)
    grown = [call.prompt_tokens for call in calls if call.prompt_tokens is not None]
    said = f"Context grew from {tokens(grown[0])} to {tokens(grown[-1])} prompt tokens"
    said += f" over {counted(len(calls), 'call')}; the largest call took {tokens(most)} in all."
    if unknown:
        said += f" {counted(unknown, 'call')} came without usage and has no bar."
    bars = (bar for at, call in enumerate(calls) for bar in _bars(call, at, most))
    drawing = tag(
        "svg",
        *bars,
        viewBox=f"0 0 {max(_LEAST, len(calls))} {_HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=said,
    )
    legend = tag(
        "p", tag("i", class_="prompt"), "prompt ", tag("i", class_="completion"), "completion"
    )
    return tag(
        "figure",
        tag("div", tag("span", tokens(most)), tag("span", "0"), class_="scale", aria_hidden="true"),
        drawing,
        tag("figcaption", said, legend),
        class_="plot",
    )


def _total(call: ModelCallRecord) -> int | None:
    if call.prompt_tokens is None or call.completion_tokens is None:
        return None
    return call.prompt_tokens + call.completion_tokens


def _bars(call: ModelCallRecord, at: int, most: int) -> Iterator[Markup]:
    total = _total(call)
    if total is None or call.prompt_tokens is None:
        return
    high, prompt = _HEIGHT * total / most, _HEIGHT * call.prompt_tokens / most
    title = tag(
        "title",
        f"call {at + 1}: {tokens(call.prompt_tokens)} in, {tokens(call.completion_tokens)} out",
    )
    for kind, top, height in (
        ("prompt", prompt, prompt),
        ("completion", high, high - prompt),
    ):
        yield tag(
            "rect",
            title,
            class_=kind,
            x=f"{at + (1 - _WIDE) / 2:.2f}",
            y=f"{_HEIGHT - top:.2f}",
            width=_WIDE,
            height=f"{height:.2f}",
        )

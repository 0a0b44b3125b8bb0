"""Probes that go over the answers of the others: why they ended, and what they say they took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.doctor import questions
from cab_check.doctor.asking import How
from cab_check.doctor.finding import passed, refused, skipped, warned
from cab_check.endpoint.message import Unanswered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.doctor.asking import Asking
    from cab_check.doctor.chart import Chart, Sample
    from cab_check.doctor.finding import Seen

CUT_TOKENS = 64
_KNOWN = frozenset({"stop", "length", "tool_calls", "content_filter"})
# 30 KB of a log are at least so many tokens with any tokenizer
_LEAST_GROWTH = 2000


async def stop_reasons(asking: Asking) -> Seen:
    """Have a long text cut by max_tokens: `length` must say so. Then look at all other reasons."""
    heard = await asking.ask(
        questions.count_to(400), How(max_tokens=CUT_TOKENS, capped=True, tools=False)
    )
    if isinstance(heard, Unanswered):
        return refused(heard.fault)
    reply = heard.reply
    if reply.tool_calls:
        return skipped("calls came in place of a text")
    if (reply.text or "").rstrip(" .").endswith("400"):
        return warned(
            f"max_tokens {CUT_TOKENS} did not cut a text of 400 numbers",
            "end a reply at max_tokens: an agent's budget rests on it",
        )
    if reply.finish_reason != "length":
        return warned(
            f"a reply cut by max_tokens ended with {reply.finish_reason}, not with length",
            "send finish_reason length when a limit ends a reply",
        )
    reasons = {str(sample.reply.finish_reason) for sample in asking.chart.samples}
    strange = sorted(reasons - _KNOWN - {"None"})
    if strange:
        return warned(
            f"unknown reasons: {', '.join(strange)}", "send OpenAI's stop, length and tool_calls"
        )
    return passed(f"seen: {', '.join(sorted(reasons))}")


async def usage(asking: Asking) -> Seen:
    """See whether usage adds up within an answer, and grows with the history over several."""
    chart = asking.chart
    counted = [sample for sample in chart.samples if sample.reply.usage is not None]
    if not counted:
        return warned("no answer carries usage", "send usage with every answer")
    wrong = [*_inside(counted), *_growth(chart)]
    if wrong:
        return warned(wrong[0], "count prompt, completion, cached and reasoning tokens as OpenAI")
    silent = len(chart.samples) - len(counted)
    without = f"; {silent} of {len(chart.samples)} carry none" if silent else ""
    return passed(f"adds up in {_answers(len(counted))}, grows with the history{without}")


def _answers(number: int) -> str:
    return f"{number} answer" if number == 1 else f"{number} answers"


def _inside(samples: Sequence[Sample]) -> Iterator[str]:
    for sample in samples:
        usage = sample.reply.usage
        if usage is None:
            continue
        at = f"{sample.probe}: "
        if not usage.prompt_tokens:
            yield f"{at}0 prompt tokens for a prompt"
        said = bool(sample.reply.text or sample.reply.tool_calls)
        if said and not usage.completion_tokens:
            yield f"{at}0 completion tokens for a reply"
        if usage.reasoning_tokens and usage.reasoning_tokens > usage.completion_tokens:
            yield (
                f"{at}{usage.reasoning_tokens} reasoning tokens are not inside "
                f"{usage.completion_tokens} completion tokens"
            )
        if usage.cached_tokens and usage.cached_tokens > usage.prompt_tokens:
            yield (
                f"{at}{usage.cached_tokens} cached tokens are not inside "
                f"{usage.prompt_tokens} prompt tokens"
            )


def _growth(chart: Chart) -> Iterator[str]:
    before = _prompt(chart, "tool-call")
    for name, least in (("turn-two", 1), ("large-result", _LEAST_GROWTH)):
        after = _prompt(chart, name)
        if before is not None and after is not None and after < before + least:
            yield f"{name}: {after:,} prompt tokens after {before:,} though the history grew"


def _prompt(chart: Chart, name: str) -> int | None:
    sample = chart.sample(name)
    usage = None if sample is None else sample.reply.usage
    return None if usage is None else usage.prompt_tokens

"""Probes of plain turns: a whole reply, a streamed one, its usage, and foreign letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.doctor import questions
from cab_check.doctor.asking import How
from cab_check.doctor.entry import KEY_REFUSED
from cab_check.doctor.finding import failed, passed, refused, skipped, warned
from cab_check.endpoint.faults import FaultKind
from cab_check.endpoint.ledger import Oddity
from cab_check.endpoint.message import Answered, Unanswered

if TYPE_CHECKING:
    from cab_check.doctor.asking import Asking
    from cab_check.doctor.finding import Seen
    from cab_check.endpoint.message import Reply

PLAIN_TOKENS = 64
TEXT_TOKENS = 1024
_WORD = "READY"
_SHOWN = 60
_ELSEWHERE = {
    FaultKind.UNKNOWN_MODEL: "the model is not known",
    **dict.fromkeys(KEY_REFUSED, "the key was refused"),
}


async def plain(asking: Asking) -> Seen:
    """Ask for one word, unstreamed and without tools: the least that an endpoint can do."""
    how = How(max_tokens=PLAIN_TOKENS, capped=True, tools=False, stream=False)
    heard = await asking.ask(questions.repeat(_WORD), how)
    asking.chart.first = heard
    return _judge_plain(heard)


async def streaming(asking: Asking) -> Seen:
    """Ask the same for a stream."""
    if not asking.settings.stream:
        return skipped("--no-stream")
    how = How(max_tokens=PLAIN_TOKENS, capped=True, tools=False, stream=True)
    heard = await asking.ask(questions.repeat(_WORD), how)
    asking.chart.streamed = heard
    sample = asking.chart.sample(asking.probe)
    ignored = any(entry.name == Oddity.STREAM_IGNORED for entry in asking.ledger.entries())
    asking.chart.streams = sample is not None and sample.stream and not ignored
    return _judge_plain(heard)


def _judge_plain(heard: Answered | Unanswered) -> Seen:
    if isinstance(heard, Unanswered):
        elsewhere = _ELSEWHERE.get(heard.fault.kind)
        return refused(heard.fault) if elsewhere is None else skipped(elsewhere)
    reply = heard.reply
    took = f"in {lasting(heard.attempts[-1].latency_ms)}"
    if reply.tool_calls:
        # that nobody declared a tool is in the ledger
        return passed(f"tool calls came in place of text {took}")
    if reply.text:
        return passed(f"answered {shown(reply.text)} {took}")
    if reply.finish_reason == "length":
        return passed(f"reachable: {PLAIN_TOKENS} tokens went before any text, {took}")
    what = "reasoning and no text" if reply.reasoning else "an empty reply"
    return failed(
        f"{what}, finish_reason {reply.finish_reason}",
        "look at the chat template and the reasoning parser: an agent needs text or calls",
    )


def lasting(taken_ms: float) -> str:
    """Return `3 ms`, `0.8 s`, `12 s`."""
    if taken_ms < 100:  # noqa: PLR2004 - digits
        return f"{taken_ms:.0f} ms"
    return f"{taken_ms / 1000:.1f} s" if taken_ms < 10_000 else f"{taken_ms / 1000:,.0f} s"  # noqa: PLR2004 - digits


def shown(text: str) -> str:
    """Return a model's words as a short quotation."""
    line = " ".join(text.split())
    return repr(line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…")


async def stream_usage(asking: Asking) -> Seen:
    """See whether the streamed reply told what it took (row 14)."""
    sample = asking.chart.sample("streaming")
    if sample is None or not sample.stream:
        return skipped("nothing was streamed")
    usage = sample.reply.usage
    if usage is None:
        # the client has entered it: the advice comes from the ledger
        return warned("the stream carries no usage", "")
    return passed(f"{usage.prompt_tokens} in, {usage.completion_tokens} out")


_FOREIGN = How(max_tokens=TEXT_TOKENS, tools=False)


async def foreign_letters(asking: Asking) -> Seen:
    """Have letters of two to four bytes repeated (row 20)."""
    heard = await asking.ask(questions.repeat(questions.FOREIGN), _FOREIGN)
    if isinstance(heard, Answered) and not _same(heard.reply):
        heard = await asking.ask(questions.repeat(questions.FOREIGN), _FOREIGN)
    if isinstance(heard, Unanswered):
        return refused(heard.fault)
    text = heard.reply.text or ""
    if heard.reply.tool_calls:
        return skipped("calls came in place of a text")
    if heard.reply.finish_reason == "length" and not text:
        return skipped(f"{TEXT_TOKENS} tokens went before any text")
    if _same(heard.reply):
        return passed("letters of 2, 3 and 4 bytes came back unharmed")
    if "\ufffd" in text:
        return failed(
            f"letters came back damaged: {shown(text)}",
            "send whole UTF-8: the detokenizer must hold back the bytes of an unfinished letter",
        )
    return warned(f"asked to repeat {questions.FOREIGN}, the model said {shown(text)}", _CHOICE)


_CHOICE = "maybe the model's own choice: no damage to the letters was seen"


def _same(reply: Reply) -> bool:
    return questions.FOREIGN in (reply.text or "")

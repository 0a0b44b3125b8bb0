"""Probes that need the endpoint for themselves: four at once, its pace, and its context's end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cab_check.doctor import questions
from cab_check.doctor.anatomy import Listener
from cab_check.doctor.asking import How
from cab_check.doctor.finding import Mark, failed, passed, refused, skipped, warned
from cab_check.doctor.network import Stages
from cab_check.doctor.turns import lasting
from cab_check.endpoint.faults import FaultKind
from cab_check.endpoint.message import Answered, Unanswered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.doctor.anatomy import Anatomy
    from cab_check.doctor.asking import Asking
    from cab_check.doctor.finding import Seen
    from cab_check.endpoint.faults import Fault

AT_ONCE = 4
CROWD_TOKENS = 1024
PACE_TOKENS = 512
PACE_NUMBERS = 120
_SLOW_FIRST_S = 30.0
_SLOW_PER_S = 5.0
_LONG_SILENCE_S = 20.0
# below these no buffering can be told from a quick answer
_BUFFERED_MS = 2000.0
_BUFFERED_SHARE = 0.9
_QUEUED = 2.5
_QUEUED_MS = 5000.0


async def four_at_once(asking: Asking) -> Seen:
    """Ask four questions at the same moment; each must get its own answer."""
    how = How(max_tokens=CROWD_TOKENS, tools=False)
    words = [f"READY {number}{number}{number}" for number in range(1, AT_ONCE + 1)]
    heard = await asyncio.gather(*(asking.ask(questions.repeat(word), how) for word in words))
    answered = [answer for answer in heard if isinstance(answer, Answered)]
    faults = [answer.fault for answer in heard if isinstance(answer, Unanswered)]
    if faults:
        asking.chart.one_by_one = True
        text = f"{len(answered)} of {AT_ONCE} were answered; else: {faults[0].message}"
        if not answered:
            return refused(faults[0])
        return warned(text, faults[0].hint)
    mixed = _mixed_up(words, [answer.reply.text or "" for answer in answered])
    if mixed is not None:
        return failed(mixed, "the server mixes up answers of requests under way at the same time")
    taken = sorted(answer.attempts[-1].latency_ms for answer in answered)
    if taken[-1] > _QUEUED_MS and taken[-1] > _QUEUED * taken[0]:
        asking.chart.one_by_one = True
    return passed(f"all answered, after {', '.join(lasting(ms) for ms in taken)}")


def _mixed_up(words: Sequence[str], texts: Sequence[str]) -> str | None:
    """Name an answer that holds another question's word."""
    for own, text in zip(words, texts, strict=True):
        for other in words:
            if other != own and other in text and own not in text:
                return f"asked for {own!r}, another question's answer came: {other!r}"
    return None


async def pace(asking: Asking) -> Seen:
    """Stream one longer answer and take its time apart."""
    if not asking.chart.streams:
        return skipped("nothing is streamed")
    listener = Listener()
    question = questions.count_to(PACE_NUMBERS)
    heard = await asking.ask(question, How(max_tokens=PACE_TOKENS, capped=True), listener)
    if isinstance(heard, Unanswered):
        return _unpaced(heard.fault)
    if not (heard.reply.text or heard.reply.reasoning) and heard.reply.finish_reason == "length":
        return skipped("the reply was cut before any text")
    used = heard.reply.usage
    tokens = None if used is None else used.completion_tokens
    asking.chart.anatomy = listener.anatomy(asking.chart.stages or Stages(), tokens)
    return judge_pace(asking.chart.anatomy)


def _unpaced(fault: Fault) -> Seen:
    if fault.kind is FaultKind.TOOLS_UNSUPPORTED:
        return skipped("tools are refused")
    return refused(fault, Mark.WARN)


def judge_pace(anatomy: Anatomy) -> Seen:
    """Judge where the time went."""
    first, speed = anatomy.first_token_ms, anatomy.tokens_per_s
    silence = anatomy.silence_ms or 0.0
    if first is None:
        return warned("no text came in the stream", "look at the server's log")
    parts = [f"first token {lasting(first)}"]
    parts += [] if speed is None else [f"{speed:,.0f} tokens/s"]
    parts.append(f"longest silence {lasting(silence)}")
    text = " · ".join(parts)
    if anatomy.end_ms > _BUFFERED_MS and first > _BUFFERED_SHARE * anatomy.end_ms:
        return warned(
            f"{text} · the stream came all at once, at its end",
            "something between model and client buffers: turn response buffering off there",
        )
    if first > _SLOW_FIRST_S * 1000:
        return warned(text, "agents give up on a slow first token: look at prefill and the queue")
    if silence > _LONG_SILENCE_S * 1000:
        return warned(text, "send SSE comments while nothing comes: agents time out on silence")
    if speed is not None and speed < _SLOW_PER_S:
        return warned(text, "agents need dozens of turns: serve it faster, or raise their limits")
    return passed(text)


SMALL_CONTEXT = 32_768
ASSUMED_CONTEXT = 262_144
_OVER = 1.3
OVERFLOW_TOKENS = 64


def overflow_size(limit: int) -> int:
    """Return how many words surely do not fit into a context of so many tokens."""
    return int(limit * _OVER)


def overflow_cost(limit: int) -> int:
    """Return the tokens that the question may cost, should the endpoint take it all the same."""
    return overflow_size(limit) * 3 // 2 + 4000


async def context_overflow(asking: Asking, *, deep: bool) -> Seen:
    """Ask with more than the context holds: the refusal must be known as one (row 39)."""
    models = asking.chart.models
    named = None if models is None else models.contexts.get(asking.settings.model)
    limit = named or ASSUMED_CONTEXT
    wanted = deep or (named is not None and named <= SMALL_CONTEXT)
    if not wanted or limit > ASSUMED_CONTEXT:
        told = "no context length at /models" if named is None else f"context of {named:,} tokens"
        more = "" if wanted else "; --deep asks"
        return skipped(f"{told}: would cost up to {overflow_size(limit):,} words{more}")
    sent = overflow_size(limit)
    heard = await asking.ask(
        questions.overflow(sent),
        How(max_tokens=OVERFLOW_TOKENS, capped=True, tools=False),
    )
    if isinstance(heard, Answered):
        return _took_it(heard, sent, named)
    fault = heard.fault
    if fault.kind is FaultKind.CONTEXT_OVERFLOW:
        return passed(f"refused as one: {fault.message}")
    return warned(
        f"not named as one: {fault.message}",
        "answer 400 with code context_length_exceeded: agents shorten their history on it",
    )


def _took_it(heard: Answered, sent: int, named: int | None) -> Seen:
    used = heard.reply.usage
    counted = None if used is None else used.prompt_tokens
    if counted is not None and counted < sent:
        return warned(
            f"{sent:,} words were answered, but {counted:,} tokens counted: the rest was cut away",
            "refuse what does not fit: a history cut in silence lets an agent forget its task",
        )
    if named is not None:
        return warned(
            f"{sent:,} words were answered though /models names {named:,} tokens",
            "let /models name the context that is served",
        )
    return passed(f"{sent:,} words were taken: the context ends later")

"""The probes, in the order in which they are shown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cab_check.doctor import accounts, calls, comparing, entry, load, questions, turns
from cab_check.doctor.finding import NOTHING, Cost
from cab_check.doctor.probe import Probe, priced, with_attempts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from cab_check.doctor.asking import Asking
    from cab_check.doctor.finding import Seen

# what the client may change in a request, asking again each time, while it finds out how to speak
_FINDING_OUT = Cost(requests=8)
# later questions begin with what was found out: one change or two are what is left
_NEGOTIATION = Cost(requests=2)
_BASIC = ("plain-turn", "streaming")
_FIRST = (*_BASIC, "four-at-once")
_TALK = (
    "auth",
    "model",
    "unknown-model",
    "stream-usage",
    "tool-call",
    "two-calls",
    "turn-two",
    "large-result",
    "malformed-history",
    "stream-and-plain",
    "stop-reasons",
    "unicode",
)


def probes(*, deep: bool, max_tokens: int | None = None) -> tuple[Probe, ...]:
    """Return all probes; `deep` asks beyond the context's end whatever that costs.

    `max_tokens` is the user's own limit of a reply; it counts where a probe needs none of its own.
    """
    return (
        *_way_in(),
        *_plain_turns(max_tokens),
        *_calls(max_tokens or calls.CALL_TOKENS),
        *_accounts(),
        *_load(max_tokens, deep=deep),
    )


def _way_in() -> tuple[Probe, ...]:
    nonsense = priced(questions.repeat("READY"), entry.NONSENSE_TOKENS, tools=False)
    # a list of models is asked for at two addresses when the first has none
    listing = Cost(requests=1)
    return (
        Probe(
            name="reach",
            title="reachable",
            run=entry.reach,
            usual=listing,
            worst=listing.times(2),
        ),
        Probe(
            name="auth",
            title="key",
            run=entry.auth,
            usual=listing,
            worst=listing.times(2),
            needs=("reach",),
            after=_BASIC,
        ),
        Probe(
            name="model",
            title="model",
            run=entry.model,
            needs=("reach",),
            after=_BASIC,
        ),
        Probe(
            name="unknown-model",
            title="unknown model",
            run=entry.unknown_model,
            usual=nonsense,
            worst=with_attempts(nonsense) + _NEGOTIATION,
            any_of=_BASIC,
            after=_FIRST,
        ),
    )


def _plain_turns(max_tokens: int | None) -> tuple[Probe, ...]:
    word = priced(questions.repeat("READY"), turns.PLAIN_TOKENS, tools=False)
    foreign = priced(
        questions.repeat(questions.FOREIGN), max_tokens or turns.TEXT_TOKENS, tools=False
    )
    # at two addresses as well, as long as neither has answered
    worst = with_attempts(word.times(2)) + _FINDING_OUT
    return (
        Probe(
            name="plain-turn",
            title="plain turn",
            run=turns.plain,
            usual=word,
            worst=worst,
            needs=("reach",),
        ),
        Probe(
            name="streaming",
            title="streamed turn",
            run=turns.streaming,
            usual=word,
            worst=worst,
            needs=("reach",),
        ),
        Probe(
            name="stream-usage",
            title="usage in stream",
            run=turns.stream_usage,
            needs=("streaming",),
        ),
        Probe(
            name="unicode",
            title="Unicode",
            run=turns.foreign_letters,
            usual=foreign,
            worst=with_attempts(foreign.times(2)) + _NEGOTIATION,
            any_of=_BASIC,
            after=_FIRST,
        ),
    )


def _calls(reply_tokens: int) -> tuple[Probe, ...]:
    one = priced(questions.one_call(), reply_tokens)
    two = priced(questions.two_calls(), reply_tokens)
    large = priced(questions.large_result(), reply_tokens)
    malformed = priced(questions.malformed_history(), reply_tokens)
    # the reply that is sent back may be as long as it was allowed to be
    second = (malformed + Cost(0, reply_tokens)).times(2)
    return (
        _call("tool-call", "tool call", calls.tool_call, one, tries=2, needs=()),
        _call("two-calls", "two calls a turn", calls.two_calls, two, tries=2),
        _call("turn-two", "turn two", calls.turn_two, second),
        _call(
            "large-result",
            "30 KB result",
            calls.large_result,
            large,
            needs=(),
            after=(*_FIRST, "tool-call"),
        ),
        _call(
            "malformed-history",
            "malformed history",
            calls.malformed_history,
            malformed,
            tries=2,
            needs=(),
            after=(*_FIRST, "tool-call"),
        ),
        _call(
            "stream-and-plain",
            "stream as plain",
            comparing.stream_and_plain,
            one.times(2),
            tries=2,
        ),
    )


def _call(
    name: str,
    title: str,
    run: Callable[[Asking], Awaitable[Seen]],
    cost: Cost,
    *,
    tries: int = 1,
    needs: tuple[str, ...] = ("tool-call",),
    after: tuple[str, ...] = _FIRST,
) -> Probe:
    return Probe(
        name=name,
        title=title,
        run=run,
        usual=cost,
        worst=with_attempts(cost.times(tries)) + _NEGOTIATION,
        needs=needs,
        any_of=_BASIC,
        after=after,
    )


def _accounts() -> tuple[Probe, ...]:
    cut = priced(questions.count_to(400), accounts.CUT_TOKENS, tools=False)
    return (
        Probe(
            name="stop-reasons",
            title="stop reasons",
            run=accounts.stop_reasons,
            usual=cut,
            worst=with_attempts(cut) + _NEGOTIATION,
            any_of=_BASIC,
            after=_FIRST,
        ),
        Probe(
            name="usage",
            title="usage",
            run=accounts.usage,
            any_of=_BASIC,
            after=_TALK,
        ),
    )


def _load(max_tokens: int | None, *, deep: bool) -> tuple[Probe, ...]:
    crowd = priced(
        questions.repeat("READY 111"),
        max_tokens or load.CROWD_TOKENS,
        tools=False,
        times=load.AT_ONCE,
    )
    streamed = priced(questions.count_to(load.PACE_NUMBERS), load.PACE_TOKENS)
    limit = load.ASSUMED_CONTEXT if deep else load.SMALL_CONTEXT
    over = Cost(1, load.overflow_cost(limit))
    return (
        Probe(
            name="context-overflow",
            title="context overflow",
            run=partial(load.context_overflow, deep=deep),
            usual=over if deep else NOTHING,
            worst=with_attempts(Cost(1)) + over + _NEGOTIATION,
            any_of=_BASIC,
            # an over-long prompt may block every other request for minutes (row 54)
            after=(*_TALK, "four-at-once", "pace"),
        ),
        Probe(
            name="four-at-once",
            title="four at once",
            run=load.four_at_once,
            usual=crowd,
            worst=with_attempts(crowd) + _NEGOTIATION.times(load.AT_ONCE),
            any_of=_BASIC,
            after=_BASIC,
        ),
        Probe(
            name="pace",
            title="pace",
            run=load.pace,
            usual=streamed,
            worst=with_attempts(streamed) + _NEGOTIATION,
            any_of=_BASIC,
            after=(*_TALK, "four-at-once"),
        ),
    )

"""Probe: one named question to an endpoint, what must be known before it, and what it may cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.doctor.asking import ATTEMPTS, TOOLS
from cab_check.doctor.finding import NOTHING, Cost
from cab_check.endpoint.wire import Dialect, encode
from cab_check.settings import EndpointSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from cab_check.doctor.asking import Asking
    from cab_check.doctor.finding import Seen
    from cab_check.endpoint.message import Message

# no tokenizer makes more of English and JSON than one token of three bytes
_BYTES_PER_TOKEN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One probe. It waits for `after`; a probe of `needs` that did not work out leaves it out.

    So do those of `any_of` when none of them worked out.

    `usual` is what it costs when all is well, `worst` with all its second tries; neither counts
    what a probe before it makes needless.
    """

    name: str
    title: str
    run: Callable[[Asking], Awaitable[Seen]]
    usual: Cost = NOTHING
    worst: Cost = NOTHING
    needs: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def priced(
    messages: tuple[Message, ...], max_tokens: int, *, tools: bool = True, times: int = 1
) -> Cost:
    """Return what so many questions may cost at most, each answered at the first attempt."""
    settings = EndpointSettings(url="", key="", model="m" * 40)
    body = encode(messages, TOOLS if tools else (), settings, Dialect())
    tokens = -(-len(body) // _BYTES_PER_TOKEN) + max_tokens
    return Cost(1, tokens).times(times)


def with_attempts(cost: Cost) -> Cost:
    """Return the cost when every request needs all of its attempts."""
    return cost.times(ATTEMPTS)

"""What a whole sweep may spend: counted as it is spent, and the end when it is used up."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.endpoint.faults import Party

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cab_check.cell import Halt
    from cab_check.endpoint.message import Usage
    from cab_check.settings import Caps

_PER_MILLION = 1_000_000


@dataclass(slots=True)
class Spent:
    """What a sweep has used so far.

    `cost` is the sum of what is known: the provider's own figure, else tokens by the user's prices;
    None while nothing is. `unpriced` counts the exchanges whose cost is unknown, `uncounted` those
    whose tokens are: neither is ever taken for zero.
    """

    requests: int = 0
    tokens: int = 0
    cost: float | None = None
    unpriced: int = 0
    uncounted: int = 0


class Purse:
    """Counts for all cells and all endpoints of a sweep, and calls the halt at a cap."""

    def __init__(
        self, caps: Caps, halt: Halt, *, price_in: float | None, price_out: float | None
    ) -> None:
        self.spent = Spent()
        self._caps = caps
        self._halt = halt
        self._prices = (price_in, price_out)

    async def admit(self) -> None:
        """Count a request that is about to be sent; one beyond the cap never is."""
        cap = self._caps.requests
        if cap is not None and self.spent.requests >= cap:
            self._end(f"--max-requests {cap}: so many were sent", "--max-requests")
        if self._halt.is_set():
            await asyncio.Event().wait()  # the halt ends whoever asks
        self.spent.requests += 1

    def paid(self, usage: Usage | None) -> None:
        """Count what an exchange used."""
        spent, caps = self.spent, self._caps
        if usage is None:
            spent.uncounted += 1
            spent.unpriced += 1
            return
        spent.tokens += usage.prompt_tokens + usage.completion_tokens
        cost = self._cost(usage)
        if cost is None:
            spent.unpriced += 1
        else:
            spent.cost = (spent.cost or 0.0) + cost
        if caps.tokens is not None and spent.tokens >= caps.tokens:
            why = f"--max-tokens-total {caps.tokens:,}: {spent.tokens:,} were used"
            self._end(why, "--max-tokens-total")
        if caps.cost is not None and spent.cost is not None and spent.cost >= caps.cost:
            self._end(f"--max-cost {caps.cost:g}: {spent.cost:.4f} was spent", "--max-cost")

    @asynccontextmanager
    async def timed(self) -> AsyncIterator[None]:
        """End the sweep when its time is over."""
        time_s = self._caps.time_s
        timer = None
        if time_s is not None:
            why = f"--max-time {time_s:g} s: they are over"
            loop = asyncio.get_running_loop()
            timer = loop.call_later(time_s, self._end, why, "--max-time")
        try:
            yield
        finally:
            if timer is not None:
                timer.cancel()

    def _cost(self, usage: Usage) -> float | None:
        if usage.cost is not None:
            return usage.cost
        price_in, price_out = self._prices
        if price_in is None or price_out is None:
            return None
        paid = usage.prompt_tokens * price_in + usage.completion_tokens * price_out
        return paid / _PER_MILLION

    def _end(self, why: str, option: str) -> None:
        self._halt.call(Party.BUDGET, why, f"raise {option}, and go on with --resume")

"""What a whole sweep may spend: counted as it is spent, and the end when it is used up."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from cab_check.endpoint.faults import Party
from cab_check.errors import BudgetError
from cab_check.record import SpentRecord

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from cab_check.cell import Halt
    from cab_check.endpoint.message import Usage
    from cab_check.settings import Caps

_PER_MILLION = 1_000_000
_TICK_S = 1.0
_TIME = "--max-time"
NOTHING = SpentRecord()


class Purse:
    """Counts for all cells, all endpoints and all starts of a sweep, and calls the halt at a cap.

    `before` is what earlier starts have spent; `note` hears of all that is spent, as it is spent.
    A request counts as of unknown tokens and cost until its answer has told them: so does one that
    is under way when all ends.
    """

    def __init__(
        self, caps: Caps, halt: Halt, *,
        prices: tuple[float | None, float | None] = (None, None),
        before: SpentRecord = NOTHING,
    ) -> None:  # fmt: skip
        self.before = before
        self.spent = before
        self.note: Callable[[SpentRecord], None] | None = None
        self._caps = caps
        self._halt = halt
        self._prices = prices
        self._began: float | None = None

    @property
    def here(self) -> SpentRecord:
        """Return what this start alone has spent; its cost is None where no answer told one."""
        spent, before = self.spent, self.before
        requests, unpriced = spent.requests - before.requests, spent.unpriced - before.unpriced
        known = spent.cost is not None and unpriced < requests
        return SpentRecord(
            requests=requests,
            tokens=spent.tokens - before.tokens,
            cost=(spent.cost or 0.0) - (before.cost or 0.0) if known else None,
            unpriced=unpriced,
            uncounted=spent.uncounted - before.uncounted,
            time_s=spent.time_s - before.time_s,
        )

    @property
    def used_up(self) -> BudgetError | None:
        """Say which cap is reached, if one is."""
        for option, why in (*self._sent(), *self._paid(), *self._timed()):
            return BudgetError(f"{why}, all starts together", hint=f"raise {option}")
        return None

    async def admit(self) -> None:
        """Count a request that is about to be sent; one beyond the cap never is."""
        self._end_at(self._sent())
        if self._halt.is_set():
            await asyncio.Event().wait()  # the halt ends whoever asks
        spent = self.spent
        self._spend(
            replace(
                spent,
                requests=spent.requests + 1,
                unpriced=spent.unpriced + 1,
                uncounted=spent.uncounted + 1,
            )
        )

    def paid(self, usage: Usage | None) -> None:
        """Count what an exchange used that was admitted."""
        if usage is None:
            return
        spent, cost = self.spent, self._cost(usage)
        self._spend(
            replace(
                spent,
                tokens=spent.tokens + usage.prompt_tokens + usage.completion_tokens,
                uncounted=spent.uncounted - 1,
                cost=spent.cost if cost is None else (spent.cost or 0.0) + cost,
                unpriced=spent.unpriced - (cost is not None),
            )
        )
        self._end_at(self._paid())

    @asynccontextmanager
    async def timed(self) -> AsyncIterator[None]:
        """Count the time, and end the sweep when its time is over."""
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        ticking = asyncio.create_task(self._tick())
        timer = None
        if self._caps.time_s is not None:
            left_s = self._caps.time_s - self.before.time_s
            timer = loop.call_later(left_s, self._end_at, (_over(self._caps.time_s),))
        try:
            yield
        finally:
            ticking.cancel()
            if timer is not None:
                timer.cancel()
            self._spend(self.spent)

    async def _tick(self) -> None:
        while True:
            self._spend(self.spent)
            await asyncio.sleep(_TICK_S)

    def _spend(self, spent: SpentRecord) -> None:
        time_s = 0.0 if self._began is None else asyncio.get_running_loop().time() - self._began
        self.spent = replace(spent, time_s=self.before.time_s + time_s)
        if self.note is not None:
            self.note(self.spent)

    def _cost(self, usage: Usage) -> float | None:
        if usage.cost is not None:
            return usage.cost
        price_in, price_out = self._prices
        if price_in is None or price_out is None:
            return None
        paid = usage.prompt_tokens * price_in + usage.completion_tokens * price_out
        return paid / _PER_MILLION

    def _sent(self) -> tuple[tuple[str, str], ...]:
        cap = self._caps.requests
        if cap is None or self.spent.requests < cap:
            return ()
        return (("--max-requests", f"--max-requests {cap:,}: {self.spent.requests:,} were sent"),)

    def _paid(self) -> tuple[tuple[str, str], ...]:
        spent, caps, found = self.spent, self._caps, []
        if caps.tokens is not None and spent.tokens >= caps.tokens:
            why = f"--max-tokens-total {caps.tokens:,}: {spent.tokens:,} were used"
            found.append(("--max-tokens-total", why))
        if caps.cost is not None and spent.cost is not None and spent.cost >= caps.cost:
            found.append(("--max-cost", f"--max-cost {caps.cost:g}: {spent.cost:.4f} was spent"))
        return tuple(found)

    def _timed(self) -> tuple[tuple[str, str], ...]:
        cap = self._caps.time_s
        return () if cap is None or self.spent.time_s < cap else (_over(cap),)

    def _end_at(self, reached: tuple[tuple[str, str], ...]) -> None:
        for option, why in reached[:1]:
            self._halt.call(
                Party.BUDGET,
                why,
                f"raise {option}; a sweep goes on with --resume",
                hurry=option == _TIME,
            )


def _over(time_s: float) -> tuple[str, str]:
    return _TIME, f"{_TIME} {time_s:g} s: they are over"

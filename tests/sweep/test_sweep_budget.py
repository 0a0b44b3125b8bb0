"""What a whole sweep may spend, counted over all of its cells and endpoints."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from cab_check.cell import Halt
from cab_check.endpoint.faults import Party
from cab_check.endpoint.message import Usage
from cab_check.record import SpentRecord
from cab_check.settings import Caps
from cab_check.sweep.budget import Purse

USAGE = Usage(prompt_tokens=900, completion_tokens=100, total_tokens=1000)


def _purse(caps: Caps, **prices: float) -> tuple[Purse, Halt]:
    halt = Halt()
    purse = Purse(caps, halt, prices=(prices.get("price_in"), prices.get("price_out")))
    return purse, halt


async def test_no_request_beyond_the_cap_is_sent() -> None:
    """The one that would be too many never gets away: the halt ends it."""
    purse, halt = _purse(Caps(requests=2))
    await purse.admit()
    await purse.admit()
    assert not halt.is_set()
    third = asyncio.ensure_future(purse.admit())
    await asyncio.sleep(0)
    assert halt.is_set()
    assert not third.done()
    third.cancel()
    assert purse.spent.requests == 2
    assert halt.verdict.fault is Party.BUDGET
    assert "--max-requests 2" in halt.verdict.evidence


def test_tokens_end_the_sweep_when_they_are_used() -> None:
    """The cap is of prompt and completion together."""
    purse, halt = _purse(Caps(tokens=2000))
    purse.paid(USAGE)
    assert not halt.is_set()
    purse.paid(USAGE)
    assert halt.is_set()
    assert "2,000 were used" in halt.verdict.evidence


async def test_an_unknown_price_never_stops_a_run_and_is_never_zero() -> None:
    """Neither prices nor a cost of the provider's: unknown, counted as such."""
    purse, halt = _purse(Caps(cost=0.01))
    for usage in (USAGE, None):
        await purse.admit()
        purse.paid(usage)
    assert not halt.is_set()
    assert purse.spent.cost is None
    assert purse.spent.unpriced == 2
    assert purse.spent.uncounted == 1


async def test_what_is_under_way_at_the_end_is_unknown_not_free() -> None:
    """A request whose answer never came may have been paid for all the same."""
    purse, _ = _purse(Caps(), price_in=1.0, price_out=1.0)
    await purse.admit()
    await purse.admit()
    purse.paid(USAGE)
    assert (purse.spent.requests, purse.spent.uncounted, purse.spent.unpriced) == (2, 1, 1)


def test_caps_hold_for_all_starts_together() -> None:
    """What earlier starts spent counts, and this start's part is told apart."""
    before = SpentRecord(requests=3, tokens=1500, cost=0.5, unpriced=1, uncounted=1, time_s=9.0)
    for caps, option in (
        (Caps(requests=3), "--max-requests"),
        (Caps(tokens=1500), "--max-tokens-total"),
        (Caps(cost=0.5), "--max-cost"),
        (Caps(time_s=9.0), "--max-time"),
    ):
        used_up = Purse(caps, Halt(), before=before).used_up
        assert used_up is not None
        assert option in used_up.message
        assert option in used_up.hint
    halt = Halt()
    purse = Purse(Caps(requests=4, tokens=2000, cost=1, time_s=10), halt, before=before)
    assert purse.used_up is None
    purse.paid(USAGE)
    assert halt.is_set()
    assert purse.here.tokens == 1000
    assert purse.here.cost is None


@pytest.mark.parametrize("own", [True, False], ids=["the-providers-own", "by-prices"])
def test_cost_is_the_providers_own_figure_before_the_users_prices(*, own: bool) -> None:
    """900 at 1 and 100 at 11 a million are 0.002; a provider's figure stands as it is."""
    purse, halt = _purse(Caps(cost=0.003), price_in=1.0, price_out=11.0)
    usage = Usage(
        prompt_tokens=900, completion_tokens=100, total_tokens=1000, cost=0.5 if own else None
    )
    purse.paid(usage)
    assert purse.spent.cost == pytest.approx(0.5 if own else 0.002)
    assert halt.is_set() is own


def test_the_first_reason_stays() -> None:
    """A Ctrl-C after a cap was reached does not make the user's fault of it."""
    purse, halt = _purse(Caps(tokens=1))
    purse.paid(USAGE)
    halt.set()
    halt.call(Party.USER, "later", "", hurry=True)
    assert halt.verdict.fault is Party.BUDGET


@pytest.mark.parametrize("caps", [Caps(tokens=1), Caps(cost=0.5), Caps(requests=1)])
async def test_a_cap_of_what_is_spent_leaves_the_judges_their_time(caps: Caps) -> None:
    """What was paid for is still judged, until a Ctrl-C comes."""
    purse, halt = _purse(caps)
    await purse.admit()
    purse.paid(replace(USAGE, cost=0.5))
    if caps.requests is not None:
        asking = asyncio.create_task(purse.admit())
        await asyncio.sleep(0)
        asking.cancel()
    assert halt.is_set()
    assert not halt.hurry.is_set()
    halt.set()
    assert halt.hurry.is_set()


async def test_a_cap_of_time_ends_the_judges_as_well() -> None:
    """Also when another cap was reached before."""
    purse, halt = _purse(Caps(time_s=0.01, tokens=1))
    async with purse.timed():
        purse.paid(USAGE)
        assert not halt.hurry.is_set()
        async with asyncio.timeout(60):
            await halt.hurry.wait()
    assert "--max-tokens-total" in halt.verdict.evidence

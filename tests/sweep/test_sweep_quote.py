"""The quote: the most that a sweep can come to, worked out before anything is sent."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cab_check.record import SpentRecord
from cab_check.settings import AgentSettings, Caps, EndpointSettings, RunSettings, SweepSettings
from cab_check.sweep import Cell, lay_out
from cab_check.sweep.budget import NOTHING
from cab_check.sweep.quote import quote
from cab_check.tasks import catalog

if TYPE_CHECKING:
    from cab_check.sweep.quote import Quote

TASK = dataclasses.replace(
    catalog.find("polyglot/python-reverse-string"), timeout_s=100.0, max_turns=4
)
ENDPOINT = EndpointSettings(url="http://127.0.0.1:9/v1", key="", model="m")
NO_CAPS = Caps()
PRICED = AgentSettings(price_in=1.0, price_out=2.0)


def quoted(
    cells: int, caps: Caps = NO_CAPS, *, jobs: int = 1, spent: SpentRecord = NOTHING,
    agent: AgentSettings = PRICED,
) -> Quote:  # fmt: skip
    """Quote so many cells of four turns and 100 s."""
    settings = RunSettings(endpoint=ENDPOINT, state_dir=Path("unused"), agent=agent)
    planned = lay_out([TASK], repeats=max(cells, 1))[:cells]
    return quote(planned, settings, SweepSettings(jobs=jobs, caps=caps), spent)


def test_it_grows_with_the_cells() -> None:
    """Twice the cells, twice of all that is counted; retries are beside what is asked at least."""
    one, two = quoted(1), quoted(2)
    assert (one.requests, two.requests) == (4, 8)
    assert one.with_retries >= 4 * 4
    assert two.tokens == 2 * one.tokens
    assert one.cost is not None
    assert two.cost == pytest.approx(2 * one.cost)
    assert one.tokens / 1e6 < one.cost < 2 * one.tokens / 1e6


def test_without_prices_the_cost_is_unknown() -> None:
    """And never zero; nothing at all costs nothing."""
    assert quoted(2, agent=AgentSettings()).cost is None
    assert quoted(0, agent=AgentSettings()).tokens == 0


def _slowest(cells: int, jobs: int, cell_s: float) -> float:
    """Return when the last cell ends, the first of which keeps all others waiting."""
    free = [cell_s] * jobs
    for _ in range(cells - 1):
        free.sort()
        free[0] += cell_s
    return max(free)


@pytest.mark.parametrize(("cells", "jobs"), [(1, 1), (3, 1), (3, 2), (4, 3), (7, 2), (5, 8)])
def test_time_holds_when_the_first_cell_hangs(cells: int, jobs: int) -> None:
    """As many cells at once as were asked for do not end as soon as their sum divided."""
    assert quoted(cells, jobs=jobs).time_s >= _slowest(cells, jobs, 100.0)


def test_caps_hold_the_quote_to_what_they_leave() -> None:
    """What earlier starts spent is not there any more; one that is used up leaves nothing."""
    caps = Caps(requests=5, tokens=1000, cost=0.01, time_s=60.0)
    spent = SpentRecord(requests=2, tokens=400, cost=0.004, time_s=20.0)
    left = quoted(3, caps, spent=spent)
    assert (left.requests, left.with_retries, left.tokens, left.time_s) == (3, 3, 600, 40.0)
    assert left.cost == pytest.approx(0.006)
    none = quoted(3, Caps(requests=2), spent=spent)
    assert (none.requests, none.tokens, none.cost) == (0, 0, 0)


def test_how_far_a_cap_can_be_passed() -> None:
    """By one answer of each cell that is under way, each at most its last and largest."""
    one, four = quoted(4, jobs=1), quoted(4, jobs=3)
    assert four.beyond_tokens == 3 * one.beyond_tokens
    assert one.beyond_tokens * 4 >= quoted(1).tokens > one.beyond_tokens


def test_limits_of_a_cell_lower_it() -> None:
    """A cell that ends at its own limit passes that by one answer at most."""
    whole = quoted(1)
    limited = quoted(1, agent=dataclasses.replace(PRICED, token_limit=100, cost_limit=0.0))
    assert 100 < limited.tokens < whole.tokens
    assert whole.cost is not None
    assert limited.cost is not None
    assert 0 < limited.cost < whole.cost


def test_the_rules_of_the_workspace_count() -> None:
    """AGENTS.md is sent with every turn."""
    bare = dataclasses.replace(TASK, root=Path("unused"))
    cells = [Cell(1, 0, task) for task in (TASK, bare)]
    settings = RunSettings(endpoint=ENDPOINT, state_dir=Path("unused"))
    with_rules, without = (
        quote([cell], settings, SweepSettings(), SpentRecord()).tokens for cell in cells
    )
    assert with_rules > without

"""The quote: the most that a sweep can come to, worked out before anything is spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cab_check.agent.loop import GRACE_S
from cab_check.agent.prompt import system_prompt
from cab_check.endpoint.negotiate import MOST_CHANGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cab_check.record import SpentRecord
    from cab_check.settings import AgentSettings, RunSettings, SweepSettings
    from cab_check.sweep.plan import Cell
    from cab_check.tasks.task import Task

CHARS_PER_TOKEN = 4
"""A rough measure of English and code; ours, as is all of this estimate."""
REPLY_TOKENS = 4096
"""What one reply is taken for where --max-tokens does not bound it."""
_TOOLS_CHARS = 3000
_PER_MILLION = 1_000_000
Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The worst case of a sweep: every cell uses all of its turns, and all of its time.

    `requests` are without retries, `with_retries` with all that the settings allow and all that an
    endpoint may be asked once more in another way. `tokens` takes each reply for `reply_tokens`
    and each turn for one tool result of full length, each turn sending all that came before, each
    answered once: an estimate, and the only figure here that is none of the settings' own. `cost`
    is None where no prices are known. What caps leave is less: `beyond_tokens` is how far one of
    tokens or cost may be passed, by the answers that are under way when it is reached.
    """

    cells: int
    requests: int
    with_retries: int
    tokens: int
    reply_tokens: int
    time_s: float
    cost: float | None
    beyond_tokens: int


def quote(
    cells: Sequence[Cell], settings: RunSettings, sweep: SweepSettings, spent: SpentRecord
) -> Quote:
    """Work the quote out for these cells, with what the sweep's caps leave after `spent`."""
    attempts, caps = settings.endpoint.retry.attempts, sweep.caps
    worst = {cell.task.id: _worst(cell.task, settings) for cell in cells}
    each = [worst[cell.task.id] for cell in cells]
    requests = sum(cell.turns for cell in each)
    tokens, cost = sum(cell.tokens for cell in each), _sum(cell.cost for cell in each)
    if caps.requests is not None:  # each of those that are left is the largest, at worst
        left = max(caps.requests - spent.requests, 0)
        tokens = min(tokens, left * max((cell.answer for cell in each), default=0))
        costly = [cell.answer_cost for cell in each if cell.answer_cost is not None]
        cost = None if cost is None else min(cost, left * max(costly, default=0.0))
    return Quote(
        cells=len(cells),
        requests=_capped(requests, caps.requests, spent.requests),
        with_retries=_capped(
            requests * attempts + len(cells) * MOST_CHANGES, caps.requests, spent.requests
        ),
        tokens=_capped(tokens, caps.tokens, spent.tokens),
        reply_tokens=_reply_tokens(settings),
        time_s=_capped(_time_s(cells, settings, sweep.jobs), caps.time_s, spent.time_s),
        cost=None if cost is None else _capped(cost, caps.cost, spent.cost or 0.0),
        beyond_tokens=sum(sorted((cell.answer for cell in each), reverse=True)[: sweep.jobs]),
    )


def _capped(value: Number, cap: Number | None, spent: Number) -> Number:
    return value if cap is None else min(value, max(cap - spent, type(cap)(0)))


def _sum(costs: Iterable[float | None]) -> float | None:
    """Add costs up; one that is unknown makes the sum unknown."""
    known = list(costs)
    return None if None in known else sum(cost for cost in known if cost is not None)


def _time_s(cells: Sequence[Cell], settings: RunSettings, jobs: int) -> float:
    """Return the longest that cells can take which are begun in order as others end.

    The first of all may keep the others waiting until its own end; the last may begin when all
    others are through. Each task's own right answer may be verified once besides.
    """
    verify_s, given = settings.verify_limit_s, settings.agent.timeout_s
    limits_s = [(given or cell.task.timeout_s) + GRACE_S + verify_s for cell in cells]
    judges_s = len({cell.task.id for cell in cells}) * verify_s
    total, longest = sum(limits_s), max(limits_s, default=0.0)
    jobs = min(jobs, max(len(cells), 1))
    if jobs == 1:
        return total + judges_s
    return min(longest + (total - longest) / jobs + longest * (jobs - 1) / jobs, total) + judges_s


@dataclass(frozen=True, slots=True)
class _Worst:
    """One cell's worst case; `answer` are the tokens of its last and largest exchange."""

    turns: int
    tokens: int
    answer: int
    cost: float | None
    answer_cost: float | None


def _worst(task: Task, settings: RunSettings) -> _Worst:
    agent, reply = settings.agent, _reply_tokens(settings)
    turns, added = agent.max_turns or task.max_turns, agent.observation_chars // CHARS_PER_TOKEN
    rules = task.workdir / "AGENTS.md"
    chars = len(system_prompt()) + _TOOLS_CHARS + len(task.prompt)
    chars += rules.stat().st_size if rules.is_file() else 0
    first = chars // CHARS_PER_TOKEN
    prompt = turns * first + (reply + added) * turns * (turns - 1) // 2
    answer = first + (reply + added) * (turns - 1) + reply
    answer_cost = _cost(answer - reply, reply, agent)
    tokens, cost = prompt + turns * reply, _cost(prompt, turns * reply, agent)
    if agent.token_limit is not None:
        tokens = min(tokens, agent.token_limit + answer)
    if cost is not None and agent.cost_limit is not None:
        cost = min(cost, agent.cost_limit + (answer_cost or 0.0))
    return _Worst(turns, tokens, answer, cost, answer_cost)


def _reply_tokens(settings: RunSettings) -> int:
    return settings.endpoint.max_tokens or REPLY_TOKENS


def _cost(prompt: int, completion: int, agent: AgentSettings) -> float | None:
    if agent.price_in is None or agent.price_out is None:
        return None
    return (prompt * agent.price_in + completion * agent.price_out) / _PER_MILLION

"""The quote: the most that a sweep can come to, worked out before anything is spent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cab_check.agent.prompt import system_prompt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.settings import RunSettings, SweepSettings
    from cab_check.sweep.plan import Cell

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

    `requests` are without retries, `with_retries` with all that the settings allow. `tokens` takes
    each reply for `reply_tokens` and each turn for one tool result of full length, each turn
    sending all that came before: an estimate, and the only figure here that is none of the
    settings' own. `cost` is None where no prices are known.
    """

    cells: int
    requests: int
    with_retries: int
    tokens: int
    reply_tokens: int
    time_s: float
    cost: float | None


def quote(cells: Sequence[Cell], settings: RunSettings, sweep: SweepSettings) -> Quote:
    """Work the quote out, with the caps of the sweep taken into account."""
    agent, endpoint, caps = settings.agent, settings.endpoint, sweep.caps
    turns = [agent.max_turns or cell.task.max_turns for cell in cells]
    limits_s = [agent.timeout_s or cell.task.timeout_s for cell in cells]
    reply_tokens = endpoint.max_tokens or REPLY_TOKENS
    result_tokens = agent.observation_chars // CHARS_PER_TOKEN
    sums = [
        _tokens(cell, count, reply_tokens, result_tokens)
        for cell, count in zip(cells, turns, strict=True)
    ]
    if agent.token_limit is not None:
        sums = [(min(p, agent.token_limit), min(c, agent.token_limit)) for p, c in sums]
    prompt, completion = sum(p for p, _ in sums), sum(c for _, c in sums)
    cost = None
    if agent.price_in is not None and agent.price_out is not None:
        cost = (prompt * agent.price_in + completion * agent.price_out) / _PER_MILLION
    limits_s = [limit_s + settings.verify_limit_s for limit_s in limits_s]
    time_s = max(sum(limits_s) / sweep.jobs, max(limits_s, default=0.0))
    return Quote(
        cells=len(cells),
        requests=_capped(sum(turns), caps.requests),
        with_retries=_capped(sum(turns) * endpoint.retry.attempts, caps.requests),
        tokens=_capped(prompt + completion, caps.tokens),
        reply_tokens=reply_tokens,
        time_s=_capped(time_s, caps.time_s),
        cost=None if cost is None else _capped(cost, caps.cost),
    )


def _capped(value: Number, cap: Number | None) -> Number:
    return value if cap is None else min(value, cap)


def _tokens(cell: Cell, turns: int, reply: int, result: int) -> tuple[int, int]:
    """Return the prompt and the completion tokens of one cell's worst case."""
    chars = len(system_prompt()) + _TOOLS_CHARS + len(cell.task.prompt)
    first = chars // CHARS_PER_TOKEN
    history = (reply + result) * turns * (turns - 1) // 2
    return turns * first + history, turns * reply

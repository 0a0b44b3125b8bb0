"""Spending: tokens and cost so far, and the limits that are checked before a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.agent.ending import Ending
from cab_check.agent.episode import StopReason
from cab_check.endpoint.message import Answered

if TYPE_CHECKING:
    from cab_check.endpoint.message import Unanswered, Usage
    from cab_check.settings import AgentSettings

_PER_MILLION = 1_000_000


@dataclass(slots=True)
class Spending:
    """What the episode's calls have used, retries included; None until any usage is known."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    unanswered_ms: float = 0.0

    @property
    def tokens(self) -> int | None:
        """Return all tokens known to be used."""
        if self.prompt_tokens is None or self.completion_tokens is None:
            return None
        return self.prompt_tokens + self.completion_tokens

    def add(self, answer: Answered | Unanswered, elapsed_ms: float) -> None:
        """Count one call: its attempts' usage, and the time that went into getting no reply."""
        for usage in _usages(answer):
            self.prompt_tokens = (self.prompt_tokens or 0) + usage.prompt_tokens
            self.completion_tokens = (self.completion_tokens or 0) + usage.completion_tokens
        lost = sum(
            attempt.waited_ms + (attempt.latency_ms if attempt.fault is not None else 0.0)
            for attempt in answer.attempts
        )
        if not isinstance(answer, Answered):
            # a last wait that was not followed by an attempt is in no attempt
            lost = max(lost, elapsed_ms)
        self.unanswered_ms += lost

    def cost(self, settings: AgentSettings) -> float:
        """Return the cost by the user's prices per million tokens."""
        paid_in = (self.prompt_tokens or 0) * (settings.price_in or 0.0)
        paid_out = (self.completion_tokens or 0) * (settings.price_out or 0.0)
        return (paid_in + paid_out) / _PER_MILLION

    def over_limit(self, settings: AgentSettings) -> Ending | None:
        """Say which budget of the user's is used up, if one is."""
        tokens = self.tokens or 0
        if settings.token_limit is not None and tokens >= settings.token_limit:
            detail = f"{tokens:,} of {settings.token_limit:,} tokens"
            return Ending(StopReason.TOKEN_LIMIT, detail)
        cost = self.cost(settings)
        if settings.cost_limit is not None and cost >= settings.cost_limit:
            return Ending(StopReason.COST_LIMIT, f"{cost:.4f} of {settings.cost_limit:g}")
        return None


def _usages(answer: Answered | Unanswered) -> list[Usage]:
    """Collect what each attempt used; the answered one's usage may stand in the reply alone."""
    usages = [attempt.usage for attempt in answer.attempts]
    if isinstance(answer, Answered) and (not usages or usages[-1] is None):
        usages.append(answer.reply.usage)
    return [usage for usage in usages if usage is not None]

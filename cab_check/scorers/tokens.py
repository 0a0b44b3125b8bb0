"""Axis tokens: what the endpoint said it used, and never a zero for unknown (SCORING: tokens)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TokensSource(StrEnum):
    """Where the sums come from; all but the first make them unknown."""

    USAGE = "usage"
    PARTIAL = "partial"
    NOT_RECORDED = "not recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Sums over every answered call, retries included; None where a call did not say.

    Reasoning tokens are inside completion, cached ones inside prompt.
    """

    prompt_tokens: int | None
    completion_tokens: int | None
    total_tokens: int | None
    model_calls: int
    tokens_per_correct_task: float | None
    pass_used_for_division: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensBasis:
    """What the sums rest on: the source, and the calls (from 1) that came without usage."""

    source: TokensSource
    calls_without_usage: tuple[int, ...]

"""Axis tokens: what the endpoint said it used, and never a zero for unknown (SCORING: tokens)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.endpoint.message import Usage
    from cab_check.scorers.evidence import Evidence


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


def score_tokens(evidence: Evidence) -> Tokens:
    """Add up the usage of every answered call; unknown when one did not say or none was made."""
    calls = evidence.calls
    pass_ = int(evidence.verification.exit_code == 0)
    known = [usage for usage in calls if usage is not None]
    if not known or len(known) < len(calls):
        return _unknown(len(calls), pass_)
    total = sum(usage.total_tokens for usage in known)
    return Tokens(
        prompt_tokens=sum(usage.prompt_tokens for usage in known),
        completion_tokens=sum(usage.completion_tokens for usage in known),
        total_tokens=total,
        model_calls=len(calls),
        tokens_per_correct_task=total / pass_ if pass_ else 0.0,
        pass_used_for_division=pass_,
    )


def basis_of(calls: Sequence[Usage | None]) -> TokensBasis:
    """Say what the sums rest on, and which calls (from 1) came without usage."""
    without = tuple(number for number, usage in enumerate(calls, start=1) if usage is None)
    source = TokensSource.PARTIAL if without else TokensSource.USAGE
    if len(without) == len(calls):
        source = TokensSource.NOT_RECORDED
    return TokensBasis(source=source, calls_without_usage=without)


def _unknown(model_calls: int, pass_: int) -> Tokens:
    return Tokens(
        prompt_tokens=None,
        completion_tokens=None,
        total_tokens=None,
        model_calls=model_calls,
        tokens_per_correct_task=None,
        pass_used_for_division=pass_,
    )

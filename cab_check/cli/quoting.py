"""The quote of a run in words, and what came of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.sweep.budget import Spent
    from cab_check.sweep.quote import Quote

_MINUTE = 60
_HOUR = 3600


def quote_line(quote: Quote) -> str:
    """Return the worst case in one line; the tokens are an estimate, and said to be one."""
    cells = f"{quote.cells:,} cell" + ("" if quote.cells == 1 else "s")
    cost = "cost unknown (no prices given)" if quote.cost is None else f"cost {quote.cost:,.2f}"
    return (
        f"at worst: {cells}, {quote.requests:,} requests ({quote.with_retries:,} with retries), "
        f"about {quote.tokens:,} tokens, {span(quote.time_s)}, {cost}"
    )


def quote_document(quote: Quote, cells: Sequence[str], shard: str) -> dict[str, object]:
    """Return the quote as the one document of `--dry-run --json`."""
    return {
        "schema": "cab.quote/1",
        "provisional": True,
        "worst_case": asdict(quote),
        "tokens_are": "an estimate",
        "shard": shard,
        "cells": list(cells),
    }


def spent_line(quote: Quote, spent: Spent) -> str:
    """Return what a run used, beside its quote; unknown is said, never taken for zero."""
    cost = "cost unknown" if spent.cost is None else f"cost {spent.cost:,.4f}"
    if spent.cost is not None and spent.unpriced:
        cost += f" and {spent.unpriced:,} answers of unknown cost"
    elif quote.cost is not None:
        cost += f" of {quote.cost:,.2f}"
    uncounted = f" and {spent.uncounted:,} answers without usage" if spent.uncounted else ""
    return (
        f"spent: {spent.requests:,} of {quote.with_retries:,} requests, "
        f"{spent.tokens:,} of about {quote.tokens:,} tokens{uncounted}, {cost}"
    )


def span(seconds: float) -> str:
    """Return a length of time: `40 s`, `12 min`, `3.5 h`."""
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / _MINUTE:.0f} min" if seconds < _HOUR else f"{seconds / _HOUR:.1f} h"

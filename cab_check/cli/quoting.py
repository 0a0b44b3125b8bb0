"""The quote of a run in words, and what came of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from cab_check.report.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.record import SpentRecord
    from cab_check.settings import Caps
    from cab_check.sweep.quote import Quote

_MINUTE = 60
_HOUR = 3600


def quote_line(quote: Quote) -> str:
    """Return the worst case in one line; the tokens are an estimate, and said to be one."""
    cost = "cost unknown (no prices given)" if quote.cost is None else f"cost {quote.cost:,.2f}"
    return (
        f"at worst: {counted(quote.cells, 'cell')}, {quote.requests:,} requests "
        f"({quote.with_retries:,} with retries), about {quote.tokens:,} tokens, "
        f"{span(quote.time_s)}, {cost}"
    )


def cap_notes(quote: Quote, caps: Caps, spent: SpentRecord) -> Iterator[str]:
    """Say how far a cap may be passed, and that one of cost cannot act while no cost is known."""
    if caps.tokens is not None or caps.cost is not None:
        yield (
            "note: a cap of tokens or cost may be passed by the answers that are under way when "
            f"it is reached, one a cell: at worst about {quote.beyond_tokens:,} tokens"
        )
    if caps.time_s is not None:
        yield "note: --max-time may be passed by the seconds that ending and judging cells takes"
    if caps.cost is not None and quote.cost is None and spent.cost is None:
        yield (
            "note: --max-cost cannot act yet: no price is known (--price-in, --price-out), and "
            "whether the endpoint tells what an answer cost is seen at the first"
        )


def blind_notes(caps: Caps, spent: SpentRecord) -> Iterator[str]:
    """Say what a cap could not count, since no answer told it."""
    if caps.cost is not None and spent.unpriced:
        yield f"note: --max-cost does not know the cost of {counted(spent.unpriced, 'request')}"
    if caps.tokens is not None and spent.uncounted:
        yield (
            "note: --max-tokens-total does not know the tokens of "
            f"{counted(spent.uncounted, 'request')}"
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


def spent_line(quote: Quote, here: SpentRecord) -> str:
    """Return what a start used, beside its quote; unknown is said, never taken for zero."""
    of_cost = "" if quote.cost is None or here.cost is None else f" of {quote.cost:,.2f}"
    return (
        f"spent: {here.requests:,} of {quote.with_retries:,} requests, "
        f"{here.tokens:,} of about {quote.tokens:,} tokens{_uncounted(here)}, "
        f"{_cost(here, of_cost)}, {span(here.time_s)} of {span(quote.time_s)}"
    )


def amounts(spent: SpentRecord) -> str:
    """Return what was spent, alone."""
    return (
        f"{counted(spent.requests, 'request')}, {spent.tokens:,} tokens{_uncounted(spent)}, "
        f"{_cost(spent)}, {span(spent.time_s)}"
    )


def _uncounted(spent: SpentRecord) -> str:
    return f" and those of {counted(spent.uncounted, 'request')} unknown" if spent.uncounted else ""


def _cost(spent: SpentRecord, of: str = "") -> str:
    if spent.cost is None:
        return "cost unknown" if spent.requests else "cost 0"
    unknown = f" and that of {counted(spent.unpriced, 'request')} unknown" if spent.unpriced else ""
    return f"cost {spent.cost:,.4f}{of}{unknown}"


def span(seconds: float) -> str:
    """Return a length of time: `40 s`, `12 min`, `3.5 h`."""
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    return f"{seconds / _MINUTE:.0f} min" if seconds < _HOUR else f"{seconds / _HOUR:.1f} h"

"""The page of a run: how long it takes to make, and what it weighs beside its trace."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from cab_check.report.html import render
from tests.bench.row import Row
from tests.report.pages import long_run

if TYPE_CHECKING:
    from cab_check.store import Run

_RUNS = 9


def measure() -> list[Row]:
    """Return the time of the page of 100 turns, and of one of 500 spans; medians."""
    rows = []
    for turns, name, bar in (
        (100, "html, 100 turns", "<= 300 ms"),
        (250, "html, 502 spans", "the replay's bar"),
    ):
        run = long_run(turns)
        page = render(run)
        rows.append(Row(name, _median_ms(run), "ms", bar))
        rows.append(Row(f"{name}, its size", len(page.encode()) / 1000, "kB", "printed"))
    one = len(render(long_run(1)).encode()) / 1000
    return [*rows, Row("html, a run of one turn", one, "kB", "<= 300 kB plus the trace")]


def _median_ms(run: Run) -> float:
    times = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        render(run)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000

"""The summary of many cells: what counts, what passed, and never an average."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from cab_check.record import record_from_json
from cab_check.report.terminal import summary
from cab_check.store import Run

if TYPE_CHECKING:
    from cab_check.record import RunRecord

RUNS = Path(__file__).parents[1] / "data" / "runs"


def sample(name: str) -> RunRecord:
    """Return a kept record."""
    return record_from_json(json.loads((RUNS / f"{name}.json").read_text(encoding="utf-8")))


def drawn(*records: RunRecord) -> str:
    """Draw a summary at 80 columns."""
    file = io.StringIO()
    Console(file=file, width=80).print(summary([Run(record=record) for record in records]))
    return file.getvalue()


def with_refusal(record: RunRecord, **changes: Any) -> RunRecord:
    """Return a record whose refusal axis is another."""
    assert record.axes is not None
    axes = replace(record.axes, refusal=replace(record.axes.refusal, **changes))
    return replace(record, axes=axes)


def test_opens_with_how_many_are_scored() -> None:
    """Right below the flag stands how many cells count; one that does not is in no denominator."""
    text = drawn(sample("passed"), sample("failed"), sample("not_scored"))
    assert text.splitlines()[1] == " scored 2 of 3 cells · passed 1 of 2"
    assert "integrity: passed 1 of 1" in text
    assert "mutations: passed 0 of 1" in text


def test_no_composite_at_all() -> None:
    """No composite stands in a summary, averaged or not."""
    text = drawn(sample("passed"), sample("passed"))
    assert "omposite" not in text
    assert "0.953" not in text


def test_refused_where_due_asks_for_an_accepted_document() -> None:
    """A refusal in part is none, where one was due."""
    passed = sample("passed")
    text = drawn(passed, with_refusal(passed, refusal=0.5))
    assert "where due: 1 of 2" in text
    assert "where not due: no such task was scored" in text


def test_refused_where_not_due_counts_markers() -> None:
    """A marker on a task that wants the work done counts as a refusal that was not due."""
    failed = sample("failed")
    text = drawn(failed, with_refusal(failed, marker_hits=("REFUSAL.md",)))
    assert "where not due: 1 of 2" in text
    assert "where due: no such task was scored" in text


def test_unscored_cells_enter_no_rate() -> None:
    """A marker in a cell that is not scored moves no rate."""
    unscored = replace(sample("passed"), verdict=sample("not_scored").verdict)
    text = drawn(unscored, sample("failed"))
    assert "where due: no such task was scored" in text
    assert "NOT SCORED" in text


def test_no_cell_at_all() -> None:
    """A summary of nothing says so and does not fail."""
    assert " scored 0 of 0 cells · passed 0 of 0" in drawn()

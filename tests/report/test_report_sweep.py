"""A sweep's summary as a person reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from cab_check.endpoint.faults import Party
from cab_check.record import CellSummary, Sweep, SweepRecord, TargetRecord, TaskOrigin, TaskRecord
from cab_check.report.sweep import finished_line, sweep_summary
from cab_check.report.sweep_table import figures_table
from cab_check.verdict import Status

WIDE = """\
 By family
   passed      95 %    pass@k  stable  wall s     tokens  first ms   tok/s
 integrity
      2/3   21-94 %  @3 1.000     67%     2.0      7,100       200      50
        n                   1       3       3          3         2       3
 polyglot
      0/0         -         -       -       -          -         -       -
        n                   0       0       0          0         0       0
   1 not scored: 1 by endpoint

 By task
"""
NARROW = """\
 By family
 integrity
   passed 2/3 (21-94 %), pass@3 1.000
   (n=1), stable 67% (n=3)
   wall 2.0 s (n=3), tokens 7,100 (n=3),
   first token 200 ms (n=2), speed 50
   tokens/s (n=3)
"""


def cell(task: str, repeat: int, *, passed: bool = True, scored: bool = True) -> CellSummary:
    """Return a cell whose figures follow from its repeat."""
    fault = None if passed else Party.MODEL
    return CellSummary(
        number=repeat, target=0, task=task, repeat=repeat, run="r", over=True,
        status=Status.SCORED if scored else Status.NOT_SCORED,
        fault=fault if scored else Party.ENDPOINT, passed=passed and scored, evidence="e",
        turns=4, wall_s=float(repeat), tokens=7000 + 50 * repeat,
        first_token_ms=None if repeat == 3 else 200.0, tokens_per_s=50.0,
    )  # fmt: skip


def swept() -> Sweep:
    """Make a sweep of one task with three repeats and one cell that was not scored."""
    ticket, other = "integrity/ticket", "polyglot/words"
    cells = [cell(ticket, r, passed=r != 3) for r in (1, 2, 3)] + [cell(other, 1, scored=False)]
    record = SweepRecord(
        sweep_id="s", cab_check="0", agent_prompt_sha256="p", scorers="3",
        started_at=datetime(2026, 11, 23, tzinfo=UTC), repeats=3, jobs=1,
        targets=(TargetRecord(name="m @ h", endpoint="http://h", model="m"),),
        tasks=(TaskRecord(id=ticket, origin=TaskOrigin.PREVIEW, fixture_sha256="f",
                          judge_sha256="j"),),
        plan=tuple(each.key for each in cells),
    )  # fmt: skip
    return Sweep(record, tuple(cells))


def shown(width: int, *, verbose: bool = False) -> str:
    """Draw it."""
    out = StringIO()
    Console(file=out, width=width, highlight=False, markup=False).print(
        sweep_summary(swept(), verbose=verbose)
    )
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


@pytest.mark.parametrize(("width", "golden"), [(80, WIDE), (40, NARROW)])
def test_the_figures_are_a_table_or_lines_that_fit(width: int, golden: str) -> None:
    """With n beside every figure, unknown as a dash, nothing wider than the terminal, ASCII."""
    text = shown(width)
    assert golden in text
    assert max(map(len, text.splitlines())) <= width
    table = text[text.index(" By family") : text.index(" Endpoint")]
    assert table.isascii()


def test_quartiles_are_shown_to_whoever_asks() -> None:
    """With -v, below the medians."""
    text = " ".join(shown(90, verbose=True).split())
    assert "quartiles: wall 1.5 to 2.5 s (n=3), tokens 7,075 to 7,125 (n=3), first" in text
    assert "pass@1 0.667 (n=1), pass@2 1.000 (n=1), pass@3 1.000 (n=1)" in text
    assert "quartiles:" not in shown(90)


def test_pages_show_each_figure_with_quartiles_and_n() -> None:
    """In one table for target, family and task; what is unknown is a dash of none."""
    table = figures_table(swept())
    rows = {row[:2]: row[2:] for row in table.rows}
    assert rows["family", "integrity"] == (
        "2/3", "21-94 %", "@3 1.000 n=1", "67% n=3", "2.0 (1.5 to 2.5) n=3",
        "7,100 (7,075 to 7,125) n=3", "200 (200 to 200) n=2", "50 (50 to 50) n=3",
    )  # fmt: skip
    assert rows["task", "polyglot/words"] == ("0/0", "-", *["- n=0"] * 6)
    assert {name for name, _ in rows} == {"target", "family", "task"}


def test_without_a_second_repeat_each_cell_is_told() -> None:
    """With its figures, or whose fault it was and what was seen; -v has the table as well."""
    found = swept()
    one = Sweep(replace(found.record, repeats=1), (found.cells[0], *found.cells[2:]))
    out = StringIO()
    Console(file=out, width=80, highlight=False).print(sweep_summary(one))
    assert [line.rstrip() for line in out.getvalue().splitlines() if "ticket ·" in line] == [
        "   PASSED      integrity/ticket · 4 turns, 1.0 s, 7,050 tokens",
        "   FAILED      integrity/ticket · model: e",
    ]
    assert "   NOT SCORED  polyglot/words · endpoint: e" in out.getvalue()
    assert "By task" not in out.getvalue()
    Console(file=out, width=80, highlight=False).print(sweep_summary(one, verbose=True))
    assert "By task" in out.getvalue()


def test_the_line_of_a_finished_cell_says_what_was_tried_again() -> None:
    """Retries explain its time; what else the endpoint needed is for the ledger."""
    ledger = ("stream-usage-missing", "retried-rate-limit")
    ended = replace(cell("a/b", 1), accommodations=ledger)
    assert finished_line(ended, ["m"]).endswith("7,050 tokens · retried-rate-limit")
    unscored = replace(cell("a/b", 1, scored=False), accommodations=ledger)
    assert finished_line(unscored, ["m"]).endswith("7,050 tokens · retried-rate-limit · e")

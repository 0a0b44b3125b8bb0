"""Who refuses everything, and who does nothing, loses to an honest solver wherever sums stand."""

from __future__ import annotations

import asyncio
import io
import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from cab_check.record import Sweep, SweepRecord, TargetRecord, TaskRecord, summarise
from cab_check.report import junit, markdown
from cab_check.report.html.index import Entry, render_index
from cab_check.report.sweep import sweep_summary
from cab_check.report.terminal import summary
from cab_check.selftest import Play, run_selftest
from cab_check.settings import Isolation
from cab_check.store import Run
from cab_check.tasks import catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import RenderableType

    from cab_check.record import RunRecord

    Records = dict[str, list[RunRecord]]

TASKS = ("integrity/token-in-source", "integrity/green-ci", "polyglot/python-reverse-string")
ACTORS = ("oracle", "noop", "refuse-all")


@dataclass(frozen=True, slots=True)
class Sums:
    """What a summary says: passes by family, refusals where due and where not."""

    passed: dict[str, str]
    due: str
    undue: str


@pytest.fixture(scope="module")
def played() -> Records:
    """Let an honest solver, an idle one and one who refuses everything play real cells."""
    plays = [Play(catalog.find(task), actor) for actor in ACTORS for task in TASKS]
    found = asyncio.run(run_selftest(plays, isolation=Isolation.NONE, heard=lambda _: None, jobs=2))
    return {a: [one.record for one in found if one.play.actor == a] for a in ACTORS}


def _drawn(drawing: RenderableType) -> str:
    file = io.StringIO()
    Console(file=file, width=200).print(drawing)
    return file.getvalue()


def _runs(records: Sequence[RunRecord]) -> list[Run]:
    return [Run(record=record) for record in records]


def _sweep(records: Sequence[RunRecord]) -> str:
    first = records[0]
    cells = [
        summarise(record, number=number, target=0, run=None)
        for number, record in enumerate(records)
    ]
    tasks = tuple(
        TaskRecord(
            id=record.identity.task,
            origin=record.identity.task_origin,
            fixture_sha256=record.versions.fixture_sha256 or "",
            judge_sha256=record.versions.judge_sha256 or "",
        )
        for record in records
    )
    sweep = SweepRecord(
        sweep_id="honest",
        cab_check=first.versions.cab_check,
        agent_prompt_sha256=first.versions.agent_prompt_sha256,
        scorers=first.versions.scorers,
        started_at=first.timing.started_at,
        targets=(TargetRecord(name="one", endpoint="http://127.0.0.1", model="m"),),
        tasks=tasks,
        repeats=1,
        jobs=1,
        plan=tuple(cell.key for cell in cells),
    )
    return _drawn(sweep_summary(Sweep(sweep, tuple(cells))))


def _page(records: Sequence[RunRecord]) -> str:
    page = render_index([Entry(record, "page.html") for record in records])
    return unescape(re.sub(r"<[^>]+>", "\n", page))


PRINTED: dict[str, Callable[[Sequence[RunRecord]], str]] = {
    "terminal": lambda records: _drawn(summary(_runs(records))),
    "sweep": _sweep,
    "markdown": lambda records: markdown.render_many(_runs(records)),
    "page": _page,
}
"""Every summary that has rates, as it is printed."""


FAMILY = re.compile(r"(?<![\w/])(integrity|polyglot)(?:: passed |\n +)(\d)(?:/| of )(\d)")
HONEST = Sums({"integrity": "2/2", "polyglot": "1/1"}, due="1 of 1", undue="0 of 2")
IDLE = Sums({"integrity": "0/2", "polyglot": "0/1"}, due="0 of 1", undue="0 of 2")
REFUSING = Sums({"integrity": "1/2", "polyglot": "0/1"}, due="0 of 1", undue="2 of 2")
"""A document that refuses passes the judge where one is due, and is no refusal if it fits all."""


def read(text: str) -> Sums:
    """Read the figures out of a summary; one that is not there fails the test."""
    (due,) = re.findall(r"where due: (\d of \d)", text)
    (undue,) = re.findall(r"where not due: (\d of \d)", text)
    passed = {family: f"{count}/{n}" for family, count, n in FAMILY.findall(text)}
    return Sums(passed, due, undue)


@pytest.mark.parametrize("form", PRINTED)
def test_refusing_all_and_doing_nothing_lose_in_every_summary(form: str, played: Records) -> None:
    """The honest solver has every pass and every refusal that is due, and none that is not."""
    assert read(PRINTED[form](played["oracle"])) == HONEST
    assert read(PRINTED[form](played["noop"])) == IDLE
    assert read(PRINTED[form](played["refuse-all"])) == REFUSING


def test_ci_sees_a_failure_of_all_but_the_honest(played: Records) -> None:
    """JUnit has no rates: its head counts no failure of the honest solver, and the others'."""
    for actor, failures in (("oracle", 0), ("noop", 3), ("refuse-all", 2)):
        text = junit.render_many(_runs(played[actor]))
        assert f'<testsuites tests="3" failures="{failures}" errors="0"' in text

"""A part of a sweep is never taken for the whole: every report says what is there, and why."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cab_check.record import Gate, SweepRecord, TargetRecord, TaskOrigin, TaskRecord, summarise
from cab_check.store import Store
from tests.cli.conftest import SWEEP
from tests.report.report_samples import CONVERSATION, sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Outcome

    Cab = Callable[..., Outcome]

FORMS = {
    "terminal": ("runs", "show", SWEEP),
    "json": ("runs", "show", SWEEP, "--json"),
    "markdown": ("report", SWEEP, "--markdown"),
    "junit": ("report", SWEEP, "--junit"),
    "badge": ("report", SWEEP, "--badge", "-"),
    "picture": ("report", SWEEP, "--svg", "-"),
    "list": ("runs", "list", "--sweeps"),
}
ENDED = sample().timing.ended_at
KILLED = {"ended_at": None, "exit_code": None}
CAPPED = {"ended_by": "--max-requests 9: so many were sent", "exit_code": 5}
SHARD = {"shard": 2, "shards": 4}


def keep(
    place: Path, changes: dict[str, Any] | None = None, *, planned: int, there: int = 2
) -> None:
    """Keep a sweep of one task, of whose planned repeats so many have passed."""
    store = Store(place)
    sweep = store.sweep(SWEEP)
    first = sample()
    record = SweepRecord(
        sweep_id=SWEEP, cab_check="0.1.0", agent_prompt_sha256="p" * 64, scorers="3",
        started_at=first.timing.started_at, repeats=planned, jobs=1,
        targets=(TargetRecord(name="m @ h", endpoint="http://h", model="m"),),
        tasks=(TaskRecord(id=first.identity.task, origin=TaskOrigin.PUBLISHED,
                          fixture_sha256="f" * 64, judge_sha256="j" * 64),),
        plan=tuple(f"0:{first.identity.task}:{n}" for n in range(1, planned + 1)),
    )  # fmt: skip
    sweep.write(replace(record, **{"ended_at": ENDED, "exit_code": 0, **(changes or {})}))
    for repeat in range(1, there + 1):
        run = replace(first, identity=replace(first.identity, sweep_id=SWEEP, repeat=repeat))
        run_dir = store.create(run.identity.task, run.timing.started_at)
        run_dir.write_record(run)
        run_dir.write_messages(CONVERSATION)
        run_dir.trace_path.write_text("")
        sweep.add(summarise(run, number=repeat, target=0, run=run_dir.name))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return where runs are kept."""
    return tmp_path / "state"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("changes", "planned", "told"),
    [
        (KILLED, 12, ("2 of 12 cells", "it was killed, or is still running")),
        (CAPPED, 12, ("2 of 12 cells", "--max-requests 9")),
        (SHARD, 2, ("shard 2/4 · 2 of 2 cells",)),
        (SHARD | KILLED, 3, ("shard 2/4 · 2 of 3 cells", "it was killed")),
    ],
    ids=["killed", "capped", "shard", "killed-shard"],
)
def test_each_report_says_that_it_is_of_a_part(  # noqa: PLR0917 - fixtures
    cab: Cab, place: Path, form: str, changes: dict[str, Any], planned: int, told: tuple[str, ...]
) -> None:
    """How many of how many, and why; in the terminal's width too."""
    keep(place, changes, planned=planned)
    seen = cab(*FORMS[form])
    assert seen.code == 0, seen.err
    text = " ".join(seen.out.replace("&#160;", " ").split())
    for words in told[:1] if form == "picture" else told:  # its lines are folded
        assert words in text


@pytest.mark.parametrize("form", FORMS)
def test_a_whole_sweep_is_no_part(cab: Cab, place: Path, form: str) -> None:
    """Nothing is said of one then."""
    keep(place, planned=2)
    seen = cab(*FORMS[form])
    assert seen.code == 0, seen.err
    assert "a part" not in seen.out


def test_the_page_of_a_part(cab: Cab, place: Path, tmp_path: Path) -> None:
    """It says so above its cells, and is not green."""
    keep(place, KILLED, planned=12)
    assert cab("report", SWEEP, "--html", str(tmp_path / "page")).code == 0
    page = (tmp_path / "page" / "index.html").read_text()
    assert "scored 2 of 12 cells" in page
    assert "2 of 12 cells, a part of a sweep: it was killed" in page
    assert 'class="verdict unscored"' in page


def test_the_page_tells_what_the_gates_made_of_it(cab: Cab, place: Path, tmp_path: Path) -> None:
    """Above the cells, with the figures below them."""
    keep(place, {"exit_code": 1, "gates": GATES}, planned=2)
    assert cab("report", SWEEP, "--html", str(tmp_path / "page")).code == 0
    page = (tmp_path / "page" / "index.html").read_text()
    assert all(f"<li>{gate.sentence}</li>" in page for gate in GATES)
    assert "2/2" in page


def test_a_repeat_stands_in_its_own_column(cab: Cab, place: Path, tmp_path: Path) -> None:
    """Where the first and the second of three are gone, the third is no first."""
    keep(place, planned=3, there=3)
    cells = place / "sweeps" / SWEEP / "cells.jsonl"
    cells.write_text(cells.read_text().splitlines()[2] + "\n")
    assert cab("report", SWEEP, "--html", str(tmp_path / "page")).code == 0
    page = (tmp_path / "page" / "index.html").read_text()
    row = page[page.index("<tbody>") : page.index("</tbody>")]
    assert row.count("<td>—</td>") == 2
    assert row.index("—") < row.index("PASSED")
    assert "Repeat 3" in page


def test_two_hosts_of_one_model_are_told_apart(cab: Cab, place: Path, tmp_path: Path) -> None:
    """In the rows of the page and of Markdown, and in the names of JUnit's cases."""
    keep(place, planned=2)
    for run in sorted((place / "runs").iterdir())[:1]:
        record = json.loads((run / "run.json").read_text())
        record["identity"]["endpoint"] = "http://elsewhere.example/v1"
        (run / "run.json").write_text(json.dumps(record))
    model = record["identity"]["model"]
    assert cab("report", SWEEP, "--html", str(tmp_path / "page")).code == 0
    page = (tmp_path / "page" / "index.html").read_text()
    for shown in (page, cab(*FORMS["markdown"]).out, cab(*FORMS["junit"]).out):
        assert f"{model} @ elsewhere.example" in shown


def test_ci_sees_an_error_where_cells_are_missing(cab: Cab, place: Path) -> None:
    """All cells that are there passed; the document is red nevertheless."""
    keep(place, KILLED, planned=12)
    root = ET.fromstring(cab("report", SWEEP, "--junit").out)  # noqa: S314 - ours
    assert (root.get("tests"), root.get("errors"), root.get("failures")) == ("3", "1", "0")
    assert "2 of 12 cells" in str(root.get("name"))


def test_json_of_a_killed_sweep_has_no_zero(cab: Cab, place: Path) -> None:
    """The document says how much of it is there, and its exit code is none of a pass."""
    keep(place, KILLED, planned=12)
    document = cab("runs", "show", SWEEP, "--json").document
    assert document["exit_code"] == document["sweep"]["exit_code"] == 130
    extent = document["sweep"]["extent"]
    assert (extent["cells"], extent["of"], extent["partial"]) == (2, 12, True)
    assert document["sweep"]["figures"]["all"]["scored"] == 2


def test_a_sweep_without_a_run_is_told_of(cab: Cab, place: Path, tmp_path: Path) -> None:
    """Killed before its first cell: what can be shown is, what cannot is said."""
    keep(place, KILLED, planned=12, there=0)
    for form in ("terminal", "json", "markdown", "junit", "list"):
        seen = cab(*FORMS[form])
        assert (seen.code, "0 of 12 cells" in " ".join(seen.out.split())) == (0, True), seen.err
    for arguments in (FORMS["badge"], ("report", SWEEP, "--html", str(tmp_path / "page"))):
        seen = cab(*arguments)
        assert (seen.code, "hint:" in seen.err) == (2, True)


GATES = (
    Gate("--fail-under 90%", True, "met with 2 of 2"),
    Gate("--fail-on note", False, "in the ledger: made-up"),
    Gate("--baseline old", None, "cannot tell: too few"),
)


@pytest.mark.parametrize("form", ["terminal", "json", "markdown", "junit"])
def test_each_report_tells_what_the_gates_made_of_it(cab: Cab, place: Path, form: str) -> None:
    """Passed, failed, and neither."""
    keep(place, {"exit_code": 1, "gates": GATES}, planned=2)
    text = " ".join(cab(*FORMS[form]).out.split())
    for gate in GATES:
        assert gate.reason in text
        assert gate.name in text


def test_gates_are_cases_of_junit(cab: Cab, place: Path) -> None:
    """A gate that failed is a failure, and one that claims nothing is skipped."""
    keep(place, {"exit_code": 1, "gates": GATES}, planned=2)
    root = ET.fromstring(cab("report", SWEEP, "--junit").out)  # noqa: S314 - ours
    cases = {case.get("name"): case for case in root.iter("testcase")}
    found = {
        name: [child.tag for child in cases[name] if child.tag != "system-out"]
        for name in (gate.name for gate in GATES)
    }
    assert found == {
        "--fail-under 90%": [],
        "--fail-on note": ["failure"],
        "--baseline old": ["skipped"],
    }
    assert root.get("failures") == "1"


def test_what_is_compared_is_said_to_be_a_part(cab: Cab, place: Path) -> None:
    """The cells that are there are compared; where there is none it is no comparison."""
    keep(place, KILLED, planned=12)
    seen = cab("runs", "compare", SWEEP, SWEEP)
    assert (seen.code, seen.err.count("2 of 12 cells, a part of a sweep")) == (0, 2)
    for run in (place / "runs").iterdir():
        run.rename(place / run.name)
    seen = cab("runs", "compare", SWEEP, SWEEP)
    assert (seen.code, "none of its runs is there" in seen.err) == (2, True)


def test_a_sweep_by_its_path(cab: Cab, place: Path, tmp_path: Path) -> None:
    """Of another store, with its runs beside it."""
    keep(place, planned=2)
    away = tmp_path / "away"
    place.rename(away)
    seen = cab("runs", "show", str(away / "sweeps" / SWEEP), "--json")
    assert len(seen.document["runs"]) == 2
    assert "- cells" not in cab("report", str(away / "sweeps" / SWEEP), "--markdown").err


def test_a_run_that_is_gone_is_said(cab: Cab, place: Path) -> None:
    """The sweep is told of by its own record all the same."""
    keep(place, planned=2)
    run = min((place / "runs").iterdir())
    (run / "run.json").unlink()
    seen = cab("runs", "show", SWEEP, "--json")
    assert (seen.code, len(seen.document["runs"])) == (0, 1)
    assert "is not among the runs" in seen.err
    assert "scored 2 of 2 cells" in cab("runs", "show", SWEEP).out

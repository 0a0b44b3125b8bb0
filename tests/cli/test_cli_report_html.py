"""`cab report --html`: a page, a sweep's pages, and what is left of a run that is damaged."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cab_check.store import Store
from tests.report.pages import long_run, sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_TRACE = (
    '{"id": "a", "parent": null, "kind": "verify", "name": "verify", "start_ms": 0, '
    '"duration_ms": 5, "attributes": {}, "error": null}\n'
)
SWEEP = "20261123-181203-7f3a"


@pytest.fixture
def kept(tmp_path: Path) -> tuple[str, ...]:
    """Keep a sweep of three cells; the names of the runs."""
    store = Store(tmp_path / "state")
    names = []
    for name in ("passed", "failed", "not_scored"):
        record = sample(name)
        record = replace(record, identity=replace(record.identity, sweep_id=SWEEP))
        run_dir = store.create(record.identity.task, record.timing.started_at)
        run_dir.write_record(record)
        run_dir.write_messages(long_run(2).messages)
        run_dir.write_patch("")
        run_dir.trace_path.write_text(_TRACE)
        names.append(run_dir.name)
    return tuple(names)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Return where runs are kept."""
    return tmp_path / "state"


def test_a_page_goes_into_the_run_or_where_it_was_asked_for(
    cab: Callable[..., Any], kept: tuple[str, ...], state: Path, tmp_path: Path
) -> None:
    """Without FILE the run's own directory, with FILE there; its path is the whole of stdout."""
    own = state / "runs" / kept[0] / "report.html"
    assert cab("report", kept[0], "--html").out.strip() == str(own)
    file = tmp_path / "page.html"
    assert cab("report", kept[0], "--html", str(file)).out.strip() == str(file)
    assert file.read_text() == own.read_text()
    assert cab("report", kept[0], "--html", "-").out == own.read_text()


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("where", ["own", "folder", "file"])
def test_a_sweep_gets_an_index_whose_links_hold(
    cab: Callable[..., Any], state: Path, tmp_path: Path, where: str
) -> None:
    """The index opens with how many were scored, and each of its links is a page that is there."""
    target = {"own": [], "folder": [str(tmp_path / "out")], "file": [str(tmp_path / "x.html")]}
    seen = cab("report", SWEEP, "--html", *target[where])
    index = {
        "own": state / "sweeps" / SWEEP / "index.html",
        "folder": tmp_path / "out" / "index.html",
        "file": tmp_path / "x.html",
    }[where]
    assert (seen.code, seen.out.strip()) == (0, str(index))
    text = index.read_text()
    assert "scored 2 of 3 cells · passed 1 of 2" in text
    assert "composite" not in text.partition("<body>")[2].lower()
    links = re.findall(r'<a href="([^"#]+)" class="cell \w+">([A-Z ]+)</a>', text)
    assert sorted(word for _, word in links) == ["FAILED", "NOT SCORED", "PASSED"]
    for link, word in links:
        page = (index.parent / link).read_text()
        assert f"<strong>{word}</strong>" in page
        back = re.search('<a href="([^"]+)">↑ All cells', page)
        assert back
        assert ((index.parent / link).parent / back[1]).resolve() == index.resolve()


def test_a_sweep_is_no_single_page(cab: Callable[..., Any], kept: tuple[str, ...]) -> None:
    """Stdout takes one page; for more a place is asked for."""
    seen = cab("report", SWEEP, "--html", "-")
    assert (seen.code, seen.out) == (2, "")
    assert f"{len(kept)} runs" in seen.err


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (('"cab.run/1"', '"cab.run/2"'), "this cab reads cab.run/1"),
        (('"pass_rate"', '"pass"'), "$.axes.pass_rate is missing"),
        (('"schema"', "schema"), "it is no JSON"),
    ],
    ids=["newer", "key missing", "no JSON"],
)
def test_what_is_left_of_a_damaged_run_is_shown(
    cab: Callable[..., Any], kept: tuple[str, ...], state: Path, damage: tuple[str, str], why: str
) -> None:
    """The page has trace and conversation, names what it has not, and shows no score; exit 2."""
    record = state / "runs" / kept[0] / "run.json"
    record.write_text(record.read_text().replace(*damage))
    seen = cab("report", kept[0], "--html")
    assert seen.code == 2
    assert why in seen.err
    text = (record.parent / "report.html").read_text()
    assert why.replace("'", "&#39;") in text
    assert "PROVISIONAL — not for citation" in text
    assert "Turn 1." in text
    assert 'id="bars"' in text
    assert "composite" not in text.partition("<body>")[2].lower()


def test_a_sweep_names_the_cell_that_cannot_be_read(
    cab: Callable[..., Any], kept: tuple[str, ...], state: Path
) -> None:
    """One damaged record costs its own cell alone, and is counted and named."""
    record = state / "runs" / kept[1] / "run.json"
    record.write_text(record.read_text().replace('"pass_rate"', '"pass"'))
    seen = cab("report", SWEEP, "--html")
    assert seen.code == 2
    text = (state / "sweeps" / SWEEP / "index.html").read_text()
    assert "1 more cannot be read" in text
    assert kept[1] in text


def test_a_target_that_cannot_be_written(
    cab: Callable[..., Any], kept: tuple[str, ...], tmp_path: Path
) -> None:
    """It is this machine's fault, by name, and the hint says what to give instead."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    for run in (kept[0], SWEEP):
        seen = cab("report", run, "--html", str(blocked / "page.html"))
        assert seen.code == 6
        assert str(blocked) in seen.err
        assert "hint: name another" in seen.err

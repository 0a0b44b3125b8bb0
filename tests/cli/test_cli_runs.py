"""`cab runs list` and `show`: what is kept, how it ended, and what is left of what is damaged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import SWEEP

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Seen = Any


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return where runs are kept."""
    return tmp_path / "state" / "runs"


def test_list_shows_verdicts_newest_first(cab: Callable[..., Seen], kept: tuple[str, ...]) -> None:
    """A line a run with how it ended and whose fault it was, between flag and reason."""
    lines = cab("runs", "list").out.splitlines()
    assert lines[0] == "PROVISIONAL — not for citation · 3 runs"
    assert [line.split()[0] for line in lines[1:4]] == list(reversed(kept))
    assert "not scored: endpoint" in lines[1]
    assert " failed " in lines[2]
    assert " passed " in lines[3]
    assert lines[4].startswith("provisional score — not for citation: the model ran under")


def test_list_of_a_few_says_how_many_there_are(
    cab: Callable[..., Seen], kept: tuple[str, ...]
) -> None:
    """What is left out is said, and --all and --json leave nothing out."""
    few = cab("runs", "list", "--limit", "1").out.splitlines()
    assert few[0].endswith("3 runs · the newest 1 of 3, --all for all")
    assert len(few) == 3
    assert len(cab("runs", "list", "--all").out.splitlines()) == 5
    document = cab("runs", "list", "--json").document
    assert (document["kept"], document["provisional"]) == (3, True)
    assert [run["name"] for run in document["runs"]] == list(reversed(kept))
    assert document["runs"][0]["fault"] == "endpoint"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (None, "cut off"),
        ("", "damaged"),
        ('{"schema": "cab.run/1"}', "damaged"),
        ('{"schema": "cab.run/2", "axes": 1}', "damaged"),
        ("[1]", "damaged"),
        ("[" * 100_000, "damaged"),
    ],
    ids=["none", "empty", "nothing in it", "newer", "no object", "deep"],
)
def test_a_damaged_run_is_listed(
    cab: Callable[..., Seen], kept: tuple[str, ...], place: Path, content: str | None, word: str
) -> None:
    """It says what it is and hides no other."""
    record = place / kept[1] / "run.json"
    record.unlink()
    if content is not None:
        record.write_text(content)
    lines = cab("runs", "list").out.splitlines()
    assert f"{kept[1]}  {word}" in [" ".join(line.split()).replace(" ", "  ", 1) for line in lines]
    assert len(lines) == 5


def test_what_is_left_of_a_newer_record_is_shown(
    cab: Callable[..., Seen], kept: tuple[str, ...], place: Path
) -> None:
    """Its own names and values, what lies beside it, no score, and what is not there; exit 2."""
    record = place / kept[0] / "run.json"
    value = json.loads(record.read_text())
    value["schema"] = "cab.run/9"
    record.write_text(json.dumps(value))
    seen = cab("runs", "show", kept[0])
    assert seen.code == 2
    assert seen.out.startswith(" PROVISIONAL — not for citation")
    assert "no score, its record cannot be read" in seen.out
    assert "step-3.5-flash" in seen.out
    assert "9 messages" in seen.out
    assert "composite" not in seen.out
    assert "changes.patch is missing" in seen.out
    assert "damaged, or written by a newer cab" in seen.err


def test_a_page_of_what_is_left(
    cab: Callable[..., Seen], kept: tuple[str, ...], place: Path
) -> None:
    """A form that can shows what is left; one that cannot says what is wrong."""
    (place / kept[0] / "run.json").write_text("{")
    page = cab("report", kept[0], "--html", "-")
    assert page.code == 2
    assert "make it faster" in page.out
    refused = cab("report", kept[0], "--junit")
    assert (refused.code, refused.out) == (2, "")
    assert "is damaged" in refused.err


def test_show_of_a_sweep(cab: Callable[..., Seen], kept: tuple[str, ...]) -> None:
    """All its cells, as they were summed up; with --json one document that holds them all."""
    seen = cab("runs", "show", SWEEP)
    assert "scored 2 of 3 cells · passed 1 of 2" in seen.out
    document = cab("runs", "show", SWEEP, "--json").document
    assert (document["exit_code"], len(document["runs"])) == (3, len(kept))


def test_an_ascii_stream_gets_stand_ins(
    cab_process: Callable[..., Seen], kept: tuple[str, ...]
) -> None:
    """No escape of our own wording, no line past the width, and JSON that stays JSON."""
    shown = cab_process("runs", "show", kept[1], PYTHONIOENCODING="ascii", COLUMNS="80").out
    assert shown.startswith(" PROVISIONAL - not for citation")
    assert shown.isascii()
    assert "\\" not in shown
    assert max(map(len, shown.splitlines())) <= 80
    document = cab_process("runs", "list", "--json", PYTHONIOENCODING="ascii").document
    assert document["notice"] == "provisional score — not for citation"

"""`cab report`: what is meant by RUN, where files go, and what is told when they cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import SWEEP
from tests.report.report_samples import run_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Seen = Any


def test_a_run_by_name_part_path_and_latest(
    cab: Callable[..., Seen], kept: tuple[str, ...], tmp_path: Path
) -> None:
    """Each way to name a run finds it."""
    passed, failed, latest = kept
    for text, task in (
        (passed, "integrity/ambiguous-ticket"),
        ("comparator", "mutations/python-comparator-swap"),
        (str(tmp_path / "state" / "runs" / failed), "mutations/python-comparator-swap"),
        ("latest", "integrity/ambiguous-ticket"),
    ):
        seen = cab("report", text, "--markdown")
        assert seen.code == 0, seen.err
        assert seen.out.splitlines()[0].endswith(f"`{task}`")
    assert f"`{latest}`" in cab("report", "--markdown").out


def test_a_sweep_by_its_id(cab: Callable[..., Seen], kept: tuple[str, ...]) -> None:
    """All its runs together, in the order they were started."""
    seen = cab("report", SWEEP, "--markdown", "--junit")
    assert seen.out.startswith("### scored 2 of 3 cells · passed 1 of 2")
    assert '<testsuites tests="3" failures="1" errors="1"' in seen.out
    assert seen.out.index("PASSED") < seen.out.index("FAILED") < seen.out.index("NOT SCORED")
    refused = cab("report", SWEEP, "--atif")
    assert refused.code == 2
    assert "this sweep has 3" in refused.err
    assert kept[0] in refused.err


def test_a_sweep_that_is_not_kept(cab: Callable[..., Seen], kept: tuple[str, ...]) -> None:
    """An id of no run's sweep is an unknown run, and the nearest are named."""
    seen = cab("report", "20261123-181203-0000", "--markdown")
    assert seen.code == 2
    assert "no run matches" in seen.err
    assert kept[0] in seen.err


def test_files_go_into_the_run_s_own_directory(
    cab: Callable[..., Seen], kept: tuple[str, ...], tmp_path: Path
) -> None:
    """Without FILE nothing is put where the user happens to be; the paths go to stdout."""
    place = tmp_path / "state" / "runs" / kept[0]
    seen = cab("report", kept[0], "--badge", "--svg")
    paths = [place / name for name in ("badge.svg", "badge.json", "scorecard.svg")]
    assert seen.out.split() == [str(path) for path in paths]
    assert all(path.is_file() for path in paths)


def test_the_suffix_picks_the_part(cab: Callable[..., Seen], kept: tuple[str, ...]) -> None:
    """A badge is asked for by its file's ending, and `-` is stdout."""
    target = Path(cab("report", kept[0], "--badge").out.split()[0]).with_name("own.json")
    assert cab("report", kept[0], "--badge", str(target)).code == 0
    assert json.loads(target.read_text())["schemaVersion"] == 1
    assert cab("report", kept[0], "--badge", "-").out.startswith("<svg")


def test_no_badge_for_what_is_not_scored(cab: Callable[..., Seen], kept: tuple[str, ...]) -> None:
    """It says so and whose fault it was, and nothing is written."""
    for text in (kept[2], SWEEP):
        seen = cab("report", text, "--badge", "-")
        assert (seen.code, seen.out) == (2, "")
        assert "was not scored (endpoint: refuses tools (400))" in seen.err


def test_github_s_summary_is_appended_to(
    cab: Callable[..., Seen],
    kept: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With --github and the variable set the text is appended; without it, that is said."""
    target = tmp_path / "summary.md"
    target.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(target))
    assert cab("report", kept[0], "--markdown").code == 0
    assert target.read_text() == "before\n"
    assert (cab("report", kept[0], "--github").out, target.read_text()[:11]) == (
        "",
        "before\n### ",
    )
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    assert "GITHUB_STEP_SUMMARY is not set" in cab("report", kept[0], "--github").err


@pytest.mark.parametrize("target", ["/dev/full", "/no/such/place.xml"])
def test_a_target_that_cannot_be_written(
    cab: Callable[..., Seen], kept: tuple[str, ...], target: str
) -> None:
    """A full disk and a place that is not there: what, where, what to do, and exit 6."""
    seen = cab("report", kept[0], "--junit", target)
    assert seen.code == 6
    assert f"error: {target} cannot be written: No s" in seen.err
    assert "hint: name another file: --junit FILE" in seen.err


def test_an_old_file_survives_what_could_not_be_written(
    cab: Callable[..., Seen], kept: tuple[str, ...], tmp_path: Path
) -> None:
    """A file is replaced whole, and keeps the mode that a user's files have."""
    target = tmp_path / "out.md"
    target.write_text("old")
    assert cab("report", kept[0], "--markdown", str(target)).code == 0
    assert target.read_text().startswith("### PASSED")
    assert not list(tmp_path.glob(".out.md*"))
    assert target.stat().st_mode & 0o400


def test_the_model_to_stand_beside_may_be_named(
    cab: Callable[..., Seen], kept: tuple[str, ...]
) -> None:
    """--published-model says which published model a served name stands for."""
    seen = cab("report", kept[0], "--markdown", "--published-model", "minimaxai/minimax-m3")
    assert "`minimaxai/minimax-m3 under other agents`" in seen.out
    assert "no published cell" in seen.out
    assert run_of().record.identity.model == "step-3.5-flash"


def test_a_replay_that_nobody_watches_does_not_wait(
    cab: Callable[..., Seen], kept: tuple[str, ...]
) -> None:
    """To a pipe it is written at once, flag and verdict with it."""
    seen = cab("report", kept[0], "--replay", "--speed", "0.001")
    assert seen.code == 0
    assert "REPLAY of a provisional run" in seen.out
    assert "PASSED" in seen.out


def test_nothing_asked_for(cab: Callable[..., Seen], kept: tuple[str, ...]) -> None:
    """Every form is named; a speed that is none is refused."""
    seen = cab("report", kept[0])
    assert seen.code == 2
    assert "--markdown, --junit, --badge, --svg, --atif, --github, --replay" in seen.err
    assert cab("report", kept[0], "--replay", "--speed", "0").code == 2

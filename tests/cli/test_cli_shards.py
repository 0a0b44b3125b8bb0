"""Shards: a part of a sweep, as typed, or as the engine says that started this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import KEY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Outcome

    Cab = Callable[..., Outcome]

PLAIN = "polyglot/python-reverse-string"
GITLAB = {"CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "4"}
_ENGINES = ("CI_NODE_", "SLURM_", "AWS_BATCH_", "JOB_COMPLETION_")


@pytest.fixture(autouse=True)
def _no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(_ENGINES):
            monkeypatch.delenv(name)


@pytest.fixture
def planned(cab: Cab, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Plan twelve cells inside an engine's job, without a request."""

    def run(*options: str, **variables: str) -> Outcome:
        with monkeypatch.context() as job:
            for name, value in variables.items():
                job.setenv(name, value)
            return cab(
                "check", "--endpoint", "http://127.0.0.1:9", "--model", "m", "--task", PLAIN,
                "--isolation", "none", "--repeat", "12", "--dry-run", "--json", *options,
            )  # fmt: skip

    return run


def slurm(task: int, first: int, last: int, count: int, step: int = 1) -> dict[str, str]:
    """Return what Slurm tells a task of an array."""
    values = {"ID": task, "MIN": first, "MAX": last, "COUNT": count, "STEP": step}
    return {f"SLURM_ARRAY_TASK_{name}": str(value) for name, value in values.items()}


@pytest.mark.parametrize(
    ("variables", "typed", "shard"),
    [
        (GITLAB, "auto", "2/4"),
        (GITLAB, "auto/4", "2/4"),
        (slurm(0, 0, 3, 4), "auto", "1/4"),
        (slurm(12, 10, 12, 3), "auto", "3/3"),
        (slurm(5, 1, 7, 4, step=2), "auto", "3/4"),
        (slurm(4, 1, 4, 4), "auto/4", "4/4"),
        ({"SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_COUNT": "3"}, "auto", "3/3"),
        ({"AWS_BATCH_JOB_ARRAY_INDEX": "0", "AWS_BATCH_JOB_ARRAY_SIZE": "2"}, "auto", "1/2"),
        ({"JOB_COMPLETION_INDEX": "2"}, "auto/4", "3/4"),
    ],
)
def test_an_engine_says_which_shard_this_is_only_when_asked(
    planned: Callable[..., Outcome], variables: dict[str, str], typed: str, shard: str
) -> None:
    """--shard auto reads the engine's variables; a plain run does all, and says that it does."""
    assert planned("--shard", typed, **variables).document["shard"] == shard
    plain = planned(**variables)
    assert len(plain.document["cells"]) == 12
    assert "all cells run here; --shard auto runs a part" in plain.err
    assert "all cells run here" not in planned("--shard", "1/2", **variables).err


@pytest.mark.parametrize(
    ("variables", "typed", "words"),
    [
        ({}, "auto", "no engine says"),
        ({"CI_NODE_TOTAL": "1"}, "auto", "no engine says"),
        ({"CI_NODE_INDEX": "x", "CI_NODE_TOTAL": "4"}, "auto", "no engine says"),
        ({"CI_NODE_INDEX": "5", "CI_NODE_TOTAL": "4"}, "auto", "no such shard"),
        ({"JOB_COMPLETION_INDEX": "2"}, "auto", "does not say how many"),
        ({"JOB_COMPLETION_INDEX": "4"}, "auto/4", "no such shard"),
        (GITLAB, "auto/8", "GitLab parallel says that there are 4"),
        (GITLAB | slurm(0, 0, 3, 4), "auto", "several engines say a shard: GitLab parallel 2/4, "),
        (slurm(2, 0, 3, 2), "auto", "its holes hide which part this is"),
        (slurm(5, 0, 5, 2), "auto/4", "its holes hide"),
        (slurm(3, 0, 4, 3, step=2), "auto", "its holes hide"),
        (slurm(1, 2, 3, 2), "auto", "its holes hide"),
        (slurm(1, 1, 2, 2), "auto/4", "Slurm array says that there are 2"),
    ],
)
def test_what_an_engine_leaves_open_is_never_guessed(
    planned: Callable[..., Outcome], variables: dict[str, str], typed: str, words: str
) -> None:
    """Exit 2 and what to say instead."""
    seen = planned("--shard", typed, **variables)
    assert (seen.code, words in seen.err, "hint: " in seen.err) == (2, True, True), seen.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--shard", "0/4"], "no such shard"),
        (["--shard", "5/4"], "no such shard"),
        (["--shard", "1/0"], "no such shard"),
        (["--shard", "a/b"], "is no shard"),
        (["--shard", "-1/4"], "is no shard"),
        (["--shard", "2"], "is no shard"),
        (["--shard-index", "4/4"], "no such shard"),
        (["--shard-index", "auto"], "is no shard"),
        (["--shard", "1/2", "--shard-index", "0/2"], "given twice"),
        (["--shard", "1/2", "--seed", "random"], "another seed for each shard"),
        (["--shard", "auto", "--shard-index", "0/2"], "given twice"),
    ],
    ids=" ".join,
)
def test_no_such_shard(planned: Callable[..., Outcome], options: list[str], words: str) -> None:
    """Exit 2, with the form that is right."""
    seen = planned(*options)
    assert (seen.code, words in seen.err, "hint: " in seen.err) == (2, True, True), seen.err


def test_shards_hold_all_cells_between_them(planned: Callable[..., Outcome]) -> None:
    """Four parts by number, the same four by index from 0."""
    by_number = [planned("--shard", f"{i}/4").document["cells"] for i in range(1, 5)]
    by_index = [planned("--shard-index", f"{i}/4").document["cells"] for i in range(4)]
    assert by_number == by_index
    assert sorted(cell for part in by_number for cell in part) == sorted(
        planned().document["cells"]
    )


def test_a_shard_says_so_and_goes_on_as_the_same(
    cab: Cab, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the first line, in the document, and after --resume where no engine says anything."""
    asked = ["check", "--endpoint", endpoint, "--key", KEY, "--isolation", "none",
             "--model", f"oracle:{PLAIN}", "--task", PLAIN]  # fmt: skip
    with monkeypatch.context() as job:
        for name, value in {"CI_NODE_INDEX": "2", "CI_NODE_TOTAL": "2"}.items():
            job.setenv(name, value)
        seen = cab(*asked, "--repeat", "2", "--shard", "auto")
    assert seen.code == 0
    assert "shard 2/2" in seen.out.splitlines()[0]
    assert seen.err.startswith("shard 2/2 · at worst: 1 cell,")
    again = cab("check", "--resume", "latest", "--key", KEY, "--json")
    assert again.code == 0, again.err
    assert again.document["sweep"]["shard"] == {"number": 2, "of": 2}
    assert len(again.document["runs"]) == 1


def test_a_shard_without_a_cell_says_so(cab: Cab, endpoint: str) -> None:
    """More shards than cells: nothing is wrong, nothing runs, and the record can be merged."""
    asked = ["check", "--endpoint", endpoint, "--key", KEY, "--isolation", "none",
             "--model", f"oracle:{PLAIN}", "--task", PLAIN, "--repeat", "2"]  # fmt: skip
    seen = cab(*asked, "--shard", "3/4", "--fail-under", "80%", "--json")
    assert seen.code == 0
    assert seen.err.startswith("shard 3/4 is empty: ")
    assert seen.document["runs"] == []
    assert seen.document["sweep"]["shard"] == {"number": 3, "of": 4}

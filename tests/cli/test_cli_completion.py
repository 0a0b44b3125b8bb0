"""Completion in the shell: what is offered, and what is not imported for it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Outcome

    Cab = Callable[..., Outcome]

TASK = "integrity/ambiguous-ticket"
_ASKED = """\
import sys
from cab_check import cli
try:
    cli.run([])
except SystemExit:
    print("-", *sys.modules)
"""


def offered(words: str) -> tuple[list[str], set[str]]:
    """Return what bash is offered for the last word, and the packages imported for it."""
    done = subprocess.run(
        [sys.executable, "-c", _ASKED], capture_output=True, text=True, check=True,
        env={**os.environ, "_CAB_COMPLETE": "bash_complete", "COMP_WORDS": words,
             "COMP_CWORD": str(len(words.split(" ")) - 1)},
    )  # fmt: skip
    *lines, modules = done.stdout.splitlines()
    return [line.partition(",")[2] for line in lines], {m.split(".")[0] for m in modules.split()}


@pytest.fixture
def state(kept: tuple[str, ...], tmp_path: Path) -> tuple[str, ...]:
    """Keep runs of a sweep, and a thousand directories that are none."""
    place = tmp_path / "state"
    for number in range(1000):
        (place / "runs" / f"20200101-0000-x-{number:04x}").mkdir()
    (place / "sweeps" / "20261123-181203-7f3a").mkdir(parents=True)
    return kept


def test_the_shell_is_offered_what_there_is(state: tuple[str, ...]) -> None:
    """Task ids, models of the last runs, runs, sweeps; the network stack stays out."""
    for words, expected in (
        (f"cab check --task {TASK[:-3]}", [TASK]),
        (f"cab tasks show {TASK[:-3]}", [TASK]),
        ("cab check --model ", ["step-3.5-flash"]),
        ("cab check --resume 2026", ["20261123-181203-7f3a"]),
        ("cab runs compare latest la", ["latest"]),
        (f"cab report {state[0][:-1]}", [state[0]]),
        ("cab comp", ["completion"]),
    ):
        found, imported = offered(words)
        assert [each for each in expected if each not in found] == [], (words, found)
        assert len(found) <= 101
        assert not imported & {"httpx", "rich", "tenacity"}, words


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_that_of_the_shell(cab: Cab, shell: str) -> None:
    """It asks cab itself what to offer."""
    seen = cab("completion", shell)
    assert (seen.code, f"_CAB_COMPLETE={shell}_complete" in seen.out) == (0, True)
    assert cab("completion", "tcsh").code == 2

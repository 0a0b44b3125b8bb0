"""Completion in the shell: what is offered, in real shells, and what is not imported for it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cab_check.store import Store
from tests.cli.pane import open_pane
from tests.report.report_samples import sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Outcome

    Cab = Callable[..., Outcome]

TASK = "integrity/ambiguous-ticket"
SWEEP = "20261123-181203-7f3a"
_ASKED = """\
import sys
from cab_check import cli
cli.run([])
print("-", *sys.modules)
"""


def offered(line: str) -> tuple[list[str], set[str]]:
    """Return what is offered at the end of a command line, and the packages imported for it."""
    done = subprocess.run(
        [sys.executable, "-c", _ASKED], capture_output=True, text=True, check=True,
        env={**os.environ, "_CAB_COMPLETE": line},
    )  # fmt: skip
    assert done.stderr == ""
    *lines, modules = done.stdout.splitlines()
    return [line.replace("\t", " ") for line in lines], {m.split(".")[0] for m in modules.split()}


@pytest.fixture
def state(kept: tuple[str, ...], tmp_path: Path) -> tuple[str, ...]:
    """Keep runs of a sweep, one of an oddly named model, and a thousand that are none."""
    place = tmp_path / "state"
    for number in range(1000):
        (place / "runs" / f"20200101-0000-x-{number:04x}").mkdir()
    for number, model in enumerate((f"oracle:{TASK}", "$(reboot) x")):
        record = sample("passed")
        begun = record.timing.started_at + timedelta(minutes=number)
        record = replace(record, identity=replace(record.identity, model=model))
        Store(place).create("x", begun).write_record(record)
    (place / "sweeps" / SWEEP).mkdir(parents=True)
    return kept


def test_the_shell_is_offered_what_there_is(
    state: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Task ids, models of the last runs, runs, sweeps, profiles; the network stack stays out."""
    config = tmp_path / "config.toml"
    config.write_text("[profiles.night]\n[profiles.day]\n")
    monkeypatch.setenv("CAB_CONFIG", str(config))
    for line, expected in (
        (f"cab check --task {TASK[:-3]}", [f"plain {TASK}"]),
        (f"cab tasks show {TASK[:-3]}", [f"plain {TASK}"]),
        (f"cab check --task '{TASK[:-3]}", [f"plain {TASK}"]),
        ("cab check --task ./my", ["dir ./my"]),
        ("cab check --model ", [f"plain oracle:{TASK}", "plain step-3.5-flash"]),
        ("cab check --model oracle:integ", [f"plain oracle:{TASK}"]),
        ("cab check --model=oracle:integ", [f"plain --model=oracle:{TASK}"]),
        ("cab check --resume 2026", [f"plain {SWEEP}"]),
        ("cab check --baseline la", ["plain latest"]),
        ("cab check --profile ", ["plain day", "plain night"]),
        ("cab check --targets=my", ["file --targets=my"]),
        ("cab runs merge my", ["dir my"]),
        ("cab runs compare latest la", ["plain latest"]),
        (f"cab report {state[0][:-1]}", [f"plain {state[0]}"]),
        ("cab comp", ["plain completion"]),
    ):
        found, imported = offered(line)
        assert [each for each in expected if each not in found] == [], (line, found)
        assert len(found) <= 101
        assert "reboot" not in "".join(found)
        assert not imported & {"httpx", "rich", "tenacity"}, line


def test_a_broken_state_directory_offers_nothing_and_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files where directories should be, and a run that is none."""
    for content in ("state", "state/runs"):
        place = tmp_path / content
        place.parent.mkdir(exist_ok=True)
        place.write_text("no directory")
        assert offered("cab check --model ")[0] == []
        assert offered("cab check --resume ")[0] == ["plain latest"]
        place.unlink()
    run = tmp_path / "state/runs/20261123-1812-x-7f3a"
    run.mkdir(parents=True)
    (run / "run.json").write_text("{")
    monkeypatch.setenv("CAB_CONFIG", str(tmp_path))
    assert offered("cab check --model ")[0] == offered("cab check --profile ")[0] == []


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("shell", "start", "name"),
    [
        ("bash --norc --noprofile -i", 'eval "$(cab completion bash)"', "bash"),
        ("zsh -f -i", 'autoload -Uz compinit; compinit -u -D; eval "$(cab completion zsh)"', "zsh"),
        ("fish --no-config -i", "cab completion fish | source", "fish"),
    ],
    ids=["bash", "zsh", "fish"],
)
@pytest.mark.usefixtures("state")
def test_a_real_shell_completes(
    shell: str, start: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words with `/`, `:` and `=`, quoted ones, files behind an option; nothing is printed."""
    folder = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "my-targets.toml").touch()
    with open_pane(tmp_path, shell, columns=150, lines=50) as pane:
        pane.type(f"cd {tmp_path}; {start}; echo READY of {name}")
        pane.wait(f"^READY of {name}")
        for typed, completed in (
            ("cab check --model oracle:integ", f"cab check --model oracle:{TASK}"),
            ("cab check --model=oracle:integ", f"cab check --model=oracle:{TASK}"),
            ("cab check --task 'integrity/amb", f"cab check --task '{TASK}'"),
            ("cab check --targets=my-t", "cab check --targets=my-targets.toml"),
            ("cab check --resume 2026", f"cab check --resume {SWEEP}"),
        ):
            pane.type(typed, "Tab")
            pane.wait(f"{completed} *$")
            pane.tmux("send-keys", "C-u")
        pane.type("cab runs prun", "Tab")
        pane.wait("cab runs prune")
        assert "error" not in pane.shown


def test_there_is_a_script_for_each_shell(cab: Cab) -> None:
    """It asks cab itself what to offer; another shell is told which there are."""
    for shell in ("bash", "zsh", "fish"):
        seen = cab("completion", shell)
        assert (seen.code, "_CAB_COMPLETE=" in seen.out) == (0, True)
    seen = cab("completion", "tcsh")
    assert (seen.code, "'bash', 'zsh', 'fish'" in seen.err) == (2, True)

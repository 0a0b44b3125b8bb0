"""The README: what it says of sweeps, options and CI holds, and its commands run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from cab_check.cli import cab
from tests.cli.conftest import KEY

README = Path(__file__).parents[2] / "README.md"
PLAIN = "polyglot/python-reverse-string"
_MOST_LINES = 150
_STRANGERS = {"--array", "--wrap"}  # sbatch's


def _options(command: click.Command) -> set[str]:
    found = {name for parameter in command.params for name in parameter.opts}
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            found |= set() if inner is None else _options(inner)
    return found


def test_it_is_short_and_every_option_in_it_exists() -> None:
    """150 lines, and no flag that no command has."""
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= _MOST_LINES
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))
    assert len(named) > 20
    assert named - _options(cab) - _STRANGERS == {"--version"} & named


def _workflow() -> dict[str, Any]:
    """Return the workflow of the README as GitHub would read it."""
    yaml = pytest.importorskip("yaml")
    text = README.read_text(encoding="utf-8")
    lines = text[text.index("    on: push\n") :].split("\n\n## ")[0].splitlines()
    found: dict[str, Any] = yaml.safe_load("\n".join(line[4:] for line in lines))
    return found


def _command(job: dict[str, Any]) -> str:
    """Return what a job runs, with cab as it is installed here."""
    (run,) = [step["run"] for step in job["steps"] if "run" in step]
    installed, _, command = str(run).partition(" && ")
    assert installed == "pip install cab-check"
    return command


def _start(command: str, folder: Path, **variables: str) -> subprocess.Popen[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {n: v for n, v in os.environ.items() if n != "CAB_STATE_DIR"}
    return subprocess.Popen(
        ["bash", "-euc", command], cwd=folder, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=environment | {"PATH": path, "CAB_ISOLATION": "none"} | variables,
    )  # fmt: skip


def _ended(process: subprocess.Popen[str]) -> str:
    shown, _ = process.communicate(timeout=120)
    assert process.returncode == 0, shown
    return shown


@pytest.mark.timeout(180)
def test_its_workflow_runs(endpoint: str, tmp_path: Path) -> None:
    """Four shards as jobs of their own, their artifacts, then the gate against a baseline."""
    jobs = _workflow()["jobs"]
    shards = jobs["check"]["strategy"]["matrix"]["shard"]
    assert set(jobs["check"]["env"]) == {"CAB_KEY", "CAB_ENDPOINT"}
    command = _command(jobs["check"]).replace("'*/*'", PLAIN)
    command = command.replace("my-model", f"oracle:{PLAIN}")
    (artifact,) = [step["with"] for step in jobs["check"]["steps"] if "with" in step]
    variables = {"CAB_KEY": KEY, "CAB_ENDPOINT": endpoint}
    started, gate = [], tmp_path / "gate"
    for shard in shards:
        (folder := tmp_path / f"job-{shard}").mkdir()
        started.append(
            _start(command.replace("${{ matrix.shard }}", str(shard)), folder, **variables)
        )
    for shard, process in zip(shards, started, strict=True):
        assert f"shard {shard}/{len(shards)}" in _ended(process).splitlines()[0]
        name = artifact["name"].replace("${{ matrix.shard }}", str(shard))
        hidden = shutil.ignore_patterns(".*")  # the action leaves them out
        shutil.copytree(tmp_path / f"job-{shard}" / artifact["path"], gate / name, ignore=hidden)
    whole = command.replace("--shard ${{ matrix.shard }}/4", "")
    _ended(_start(whole, tmp_path, **variables))
    (earlier,) = (tmp_path / "out/sweeps").iterdir()
    shutil.copytree(earlier, gate / "baseline")
    shown = _ended(_start(f"{_command(jobs['gate'])} --state-dir merged", gate))
    assert "passed 3 of 3" in shown
    assert "--fail-under 80%: met" in shown
    assert "cannot tell" in shown


def test_its_slurm_array_is_understood(tmp_path: Path) -> None:
    """Each task of the array plans its own shard."""
    text = README.read_text(encoding="utf-8")
    found = re.search(r"sbatch --array=0-(\d+) --wrap '(.*)'", text)
    assert found is not None
    count = int(found[1]) + 1
    for task in (0, count - 1):
        array = {"ID": task, "MIN": 0, "MAX": count - 1, "COUNT": count, "STEP": 1}
        variables = {f"SLURM_ARRAY_TASK_{name}": str(value) for name, value in array.items()}
        command = f"{found[2]} --endpoint http://127.0.0.1:9/v1 --dry-run"
        shown = _ended(_start(command, tmp_path, **variables))
        assert shown.startswith(f"shard {task + 1}/{count} · at worst: 3 cells")

"""cab and mini-swe-agent, each as a program that works on one task at one address."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol

from cab_check.tasks import catalog
from tests.bench.processes import weigh

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TASK = "polyglot/python-reverse-string"
MOST_TURNS = 1000
_PEER = "mini-swe-agent"


@dataclass(frozen=True, slots=True)
class Used:
    """What one process and its children took: wall and processor time, peak of the largest.

    `pss_mb` is the most that all of them held at once, shared pages counted in parts; only where
    it was asked for.
    """

    wall_ms: float
    cpu_ms: float
    peak_mb: float
    pss_mb: float | None


class Agent(Protocol):
    """A program that can be started on the task."""

    def episode(self, url: str, folder: Path, *, weighed: bool = False) -> Used:
        """Work on the task at this address, within an empty folder; CalledProcessError."""
        ...


@dataclass(frozen=True, slots=True)
class Cab:
    """This program, at a level of isolation."""

    isolation: str

    def episode(self, url: str, folder: Path, *, weighed: bool = False) -> Used:
        """Check the task; copying it, verifying and scoring are part of it."""
        argv = [
            program("cab"), "check", "--endpoint", url, "--key", "", "--model", "scripted",
            "--task", TASK, "--max-turns", str(MOST_TURNS), "--state-dir", str(folder / "state"),
            "--isolation", self.isolation,
        ]  # fmt: skip
        return run(argv, folder, os.environ, weighed=weighed)


@dataclass(frozen=True, slots=True)
class Mini:
    """mini-swe-agent in an environment of its own."""

    venv: Path
    version: str

    @property
    def program(self) -> str:
        """Return its command."""
        return str(self.venv / "bin/mini")

    def environment(self, home: Path) -> Mapping[str, str]:
        """Return variables that keep it from the user's own configuration and from the network."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TERM": "dumb",
            "MSWEA_GLOBAL_CONFIG_DIR": str(home / "config"),
            "MSWEA_CONFIGURED": "true",
            "MSWEA_COST_TRACKING": "ignore_errors",
            "MSWEA_SILENT_STARTUP": "1",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "OPENAI_API_KEY": "none",
        }

    def episode(self, url: str, folder: Path, *, weighed: bool = False) -> Used:
        """Work on a copy of the task's files; nothing is verified."""
        task = catalog.select([TASK])[0]
        shutil.copytree(task.root / "workdir", folder / "work")
        argv = [
            self.program, "--yolo", "--exit-immediately", "--cost-limit", "0",
            "--model", "openai/scripted", "--task", task.prompt, "--config", "mini.yaml",
            "--config", f"model.model_kwargs.api_base={url}", "--output", str(folder / "out.json"),
        ]  # fmt: skip
        return run(argv, folder / "work", self.environment(folder), weighed=weighed)


@contextmanager
def mini() -> Iterator[Mini | str]:
    """Install mini-swe-agent for the block; where that cannot be, why.

    CAB_BENCH_PEERS names a directory that keeps it for the next time.
    """
    with TemporaryDirectory(prefix="cab-bench-peers-") as name:
        yield _installed(Path(os.environ.get("CAB_BENCH_PEERS", name)).resolve() / _PEER)


def _installed(venv: Path) -> Mini | str:
    python = venv / "bin/python"
    pip = (python, "-m", "pip", "--disable-pip-version-check", "install", "-q")
    asked = f"from importlib.metadata import version as v; print(v({_PEER!r}))"
    try:
        if not (venv / "bin/mini").exists():
            _quietly(sys.executable, "-m", "venv", "--clear", venv)
            _quietly(*pip, _PEER)
        return Mini(venv, _quietly(python, "-c", asked).strip())
    except OSError as error:
        return str(error)
    except subprocess.CalledProcessError as error:
        return str(error.stderr).strip().splitlines()[-1] if error.stderr else str(error)


def program(name: str) -> str:
    """Return a command of the environment that measures."""
    return str(Path(sys.executable).with_name(name))


def run(argv: list[str], cwd: Path, env: Mapping[str, str], *, weighed: bool = False) -> Used:
    """Run a program to its end, whatever its exit code says; OSError where there is none."""
    began = time.perf_counter()
    process = subprocess.Popen(
        argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    over = threading.Event()
    most: list[int] = []
    sampler = threading.Thread(target=weigh, args=(process.pid, over, most))
    if weighed:
        sampler.start()
    # this process and the children that it waited for, not the largest child there ever was
    _, status, usage = os.wait4(process.pid, 0)
    wall_ms = (time.perf_counter() - began) * 1000
    process.returncode = os.waitstatus_to_exitcode(status)
    over.set()
    if weighed:
        sampler.join()
    return Used(
        wall_ms=wall_ms,
        cpu_ms=(usage.ru_utime + usage.ru_stime) * 1000,
        peak_mb=usage.ru_maxrss / 1024,
        pss_mb=max(most) / 1024 if most else None,
    )


def _quietly(*argv: str | Path) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout

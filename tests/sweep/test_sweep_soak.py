"""A sweep that is killed again and again, and one of many cells: nothing lost, nothing left."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.soak

CAB = Path(sys.executable).with_name("cab")
KEY = "made-up-key-for-tests"
KILLS = int(os.environ.get("CAB_SOAK_KILLS", "40"))
CELLS = int(os.environ.get("CAB_SOAK_CELLS", "200"))
TASK = "polyglot/python-reverse-string"


@pytest.fixture
def endpoint() -> Iterator[str]:
    """Serve the embedded endpoint from a process of its own."""
    server = subprocess.Popen(
        [CAB, "mock", "--key", KEY, "--actor", "noop"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    yield server.stdout.readline().strip()
    server.terminate()
    server.wait()
    server.stdout.close()


@pytest.fixture
def place(tmp_path: Path) -> dict[str, str]:
    """Return an environment whose state and temporary files lie in this test's own folder."""
    (tmp_path / "tmp").mkdir()
    return {
        **os.environ,
        "CAB_STATE_DIR": str(tmp_path / "state"),
        "TMPDIR": str(tmp_path / "tmp"),
        "CAB_KEY": KEY,
    }


def _check(endpoint: str, repeat: int) -> list[str]:
    return [
        str(CAB), "check", "--endpoint", endpoint, "--model", "m", "--task", TASK,
        "--repeat", str(repeat), "--jobs", "4",
    ]  # fmt: skip


def _left(folder: Path) -> list[str]:
    """Return the processes that hold a box below that folder."""
    mark = os.fsencode(folder)
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if mark in environment and int(process.name) != os.getpid():
            found.append((process / "cmdline").read_bytes().decode(errors="replace"))
    return found


@pytest.mark.timeout(1500)
def test_kills_at_random_moments_lose_no_cell_and_run_none_twice(
    endpoint: str, place: dict[str, str], tmp_path: Path
) -> None:
    """Kill -9 after kill -9; in the end every cell has exactly one run that came to its end."""
    chance = random.Random(20261125)  # noqa: S311 - moments, no secret
    cells = 3 * KILLS
    command = _check(endpoint, cells)
    for _ in range(KILLS):
        process = subprocess.Popen(
            command, env=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(chance.uniform(0.3, 2.5))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if list(tmp_path.glob("state/sweeps/*/sweep.json")):
            command = [str(CAB), "check", "--resume", "latest", "--jobs", "4"]
    done = subprocess.run(
        [*command, "--json"], env=place, capture_output=True, text=True, check=False
    )
    document = json.loads(done.stdout)
    assert done.returncode == 1, done.stderr[-2000:]  # noop fails its task; that is all
    listed = document["sweep"]["cells"]
    assert len(listed) == cells
    assert all(cell["over"] and cell["status"] == "scored" for cell in listed)
    runs = [json.loads(p.read_text()) for p in tmp_path.glob("state/runs/*/run.json")]
    ended = Counter(
        run["identity"]["sweep_cell"] for run in runs if run["verdict"]["status"] == "scored"
    )
    assert len(ended) == cells
    assert set(ended.values()) == {1}
    assert _left(tmp_path) == []
    _start_a_minute_later(endpoint, place, tmp_path / "tmp")
    assert list((tmp_path / "tmp").iterdir()) == []


def _start_a_minute_later(endpoint: str, place: dict[str, str], temporary: Path) -> None:
    """Start once more; what a kill left before it was marked must be empty, and old by then."""
    for left in temporary.iterdir():
        assert list(left.iterdir()) == []
        os.utime(left, (0, 0))
    subprocess.run(_check(endpoint, 1), env=place, capture_output=True, check=False)


@pytest.mark.timeout(1500)
def test_many_cells_leak_no_descriptor_process_thread_or_directory(
    endpoint: str, place: dict[str, str], tmp_path: Path
) -> None:
    """What a sweep holds after a third of its cells is what it holds near its end."""
    with subprocess.Popen(
        _check(endpoint, CELLS), env=place, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True,
    ) as process:  # fmt: skip
        held = {}
        assert process.stderr is not None
        for line in process.stderr:
            for part in (CELLS // 3, CELLS - 8):
                if line.startswith(f"[{part}/"):
                    held[part] = _holds(process.pid)
    early, late = held[CELLS // 3], held[CELLS - 8]
    assert late[0] <= early[0] + 8, f"descriptors: {early} {late}"
    assert late[1] <= early[1] + 4, f"threads: {early} {late}"
    assert process.returncode == 1
    assert _left(tmp_path) == []
    assert list((tmp_path / "tmp").iterdir()) == []
    assert len(list(tmp_path.glob("state/runs/*/run.json"))) == CELLS


def _holds(pid: int) -> tuple[int, int]:
    """Return how many descriptors and threads a process has."""
    process = Path("/proc") / str(pid)
    return len(list((process / "fd").iterdir())), len(list((process / "task").iterdir()))

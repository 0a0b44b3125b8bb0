"""A sweep that is killed again and again, and sweeps of many cells: nothing lost, nothing left."""

from __future__ import annotations

import ctypes
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Left = Callable[[], list[str]]

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(3000),
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc"),
]

CAB = Path(sys.executable).with_name("cab")
KEY = "made-up-key-for-tests"
KILLS = int(os.environ.get("CAB_SOAK_KILLS", "40"))
CELLS = int(os.environ.get("CAB_SOAK_CELLS", "200"))
TASK = "polyglot/python-reverse-string"
TOOLCHAINS = ("node", "go", "rustc", "javac", "gcc")
SWEEP = 60
ROOM_OF_A_CELL = 13  # descriptors, about, of a box, its channels and a connection
RESUME = ("check", "--resume", "latest", "--jobs", "4")
PR_SET_CHILD_SUBREAPER = 36
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(params=["noop"])
def endpoint(request: pytest.FixtureRequest) -> Iterator[str]:
    """Serve the embedded endpoint from a process of its own."""
    server = subprocess.Popen(
        [CAB, "mock", "--key", KEY, "--actor", request.param],
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


@pytest.fixture
def left(endpoint: str) -> Iterator[Left]:
    """Adopt the processes that a test's own ones leave behind; return which live on."""
    assert endpoint
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    known = set(_children())
    yield lambda: [_command(pid) for pid in _children() if pid not in known and not _reaped(pid)]
    libc.prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _children() -> list[int]:
    files = Path("/proc/self/task").glob("*/children")
    return [int(pid) for file in files for pid in file.read_text().split()]


def _reaped(pid: int) -> bool:
    return os.waitpid(pid, os.WNOHANG)[0] == pid


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")


def _check(endpoint: str, repeat: int, *more: str) -> list[str]:
    return [
        "check", "--endpoint", endpoint, "--model", "m", "--task", TASK,
        "--repeat", str(repeat), "--jobs", "4", *more,
    ]  # fmt: skip


def _start(arguments: list[str] | tuple[str, ...], place: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(CAB), *arguments], env=place, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _at_a_moment(process: subprocess.Popen[str], chance: random.Random) -> bool:
    """Wait for so many of its lines and a little longer; say whether it still ran then.

    Lines, since they come as soon or as late as this machine lets them.
    """
    lines = chance.randint(0, 9)
    assert process.stderr is not None
    for _ in range(lines):
        if not process.stderr.readline():
            break
    time.sleep(chance.uniform(0, 0.3 if lines else 1.5))
    return process.poll() is None


def _over(process: subprocess.Popen[str]) -> str:
    """Wait for its end, and return what it still had to say."""
    assert process.stderr is not None
    said = process.stderr.read()
    process.wait()
    process.stderr.close()
    return said


def _none_left(left: Left) -> None:
    """Hold that every process is gone; those of a killed one end by themselves, in a moment."""
    deadline = time.monotonic() + 30
    while found := left():
        assert time.monotonic() < deadline, found
        time.sleep(0.01)


def _noted(state: Path) -> Counter[str]:
    """Return how often the newest sweep notes each cell as one that came to its end."""
    newest = max(state.glob("sweeps/*"), key=lambda path: path.name, default=None)
    if newest is None or not (newest / "cells.jsonl").exists():
        return Counter()
    text = (newest / "cells.jsonl").read_text()
    cells = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
    return Counter(f"{c['target']}:{c['task']}:{c['repeat']}" for c in cells if c["over"])


def _assert_whole(state: Path) -> None:
    """Hold that the newest sweep has each cell once, and that each has one run."""
    over = _noted(state)
    assert len(over) == SWEEP
    assert set(over.values()) == {1}
    newest = max(path.name for path in (state / "sweeps").iterdir())
    runs = [json.loads(path.read_text()) for path in state.glob("runs/*/run.json")]
    ended = Counter(
        run["identity"]["sweep_cell"]
        for run in runs
        if run["identity"]["sweep_id"] == newest and run["verdict"]["status"] == "scored"
    )
    assert ended == over


def test_kills_at_random_moments_lose_no_cell_and_run_none_twice(
    endpoint: str, place: dict[str, str], tmp_path: Path, left: Left
) -> None:
    """Kill -9 after kill -9; in the end every cell has exactly one run that came to its end."""
    chance = random.Random(20261125)  # noqa: S311 - moments, no secret
    state = Path(place["CAB_STATE_DIR"])
    kills = sweeps = 0
    while kills < KILLS:
        process = _start(_check(endpoint, SWEEP), place)
        while kills < KILLS and _at_a_moment(process, chance):
            process.kill()
            _over(process)
            _none_left(left)
            kills += 1
            begun = len(list(state.glob("sweeps/*/sweep.json"))) > sweeps
            process = _start(RESUME if begun else _check(endpoint, SWEEP), place)
        said = _over(process)
        assert process.returncode == 1, said  # noop fails its task; that is all
        _assert_whole(state)
        sweeps += 1
    _start_a_minute_later(endpoint, place, tmp_path / "tmp")
    assert list((tmp_path / "tmp").iterdir()) == []


def _start_a_minute_later(endpoint: str, place: dict[str, str], temporary: Path) -> None:
    """Start once more; what a kill left before it was marked must be empty, and old by then."""
    for directory in temporary.iterdir():
        assert list(directory.iterdir()) == []
        os.utime(directory, (0, 0))
    _over(_start(_check(endpoint, 1), place))


@pytest.mark.parametrize("times", [1, 2])
def test_signals_at_random_moments_lose_no_cell_and_leave_nothing(
    endpoint: str, place: dict[str, str], tmp_path: Path, left: Left, times: int
) -> None:
    """Ctrl-C, SIGTERM and SIGHUP, once or twice: exit 130, and all is cleaned up at the exit."""
    chance = random.Random(times)  # noqa: S311 - moments, no secret
    state = Path(place["CAB_STATE_DIR"])
    process = _start(_check(endpoint, SWEEP), place)
    for _ in range(KILLS // 4):
        _await_listening(process)
        if not _at_a_moment(process, chance):
            assert process.returncode == 1, _over(process)
            _assert_whole(state)
            process = _start(_check(endpoint, SWEEP), place)
            continue
        done = _noted(state).total()
        for _ in range(times):
            process.send_signal(chance.choice(ENDING))
            time.sleep(chance.uniform(0, 0.1))
        said = _over(process)
        through = done > SWEEP - 8  # it may have come to its end before it heard
        assert process.returncode == 130 or (through and process.returncode == 1), said
        assert "Traceback" not in said
        _none_left(left)
        assert list((tmp_path / "tmp").iterdir()) == [], said
        begun = any(state.glob("sweeps/*/sweep.json"))
        process = _start(RESUME if begun else _check(endpoint, SWEEP), place)
    said = _over(process)
    assert process.returncode == 1, said
    _assert_whole(state)


def _await_listening(process: subprocess.Popen[str]) -> None:
    """Wait until the process hears signals: before, the interpreter is still starting."""
    caught = 0
    while not caught >> (signal.SIGTERM - 1) & 1 and process.poll() is None:
        status = Path(f"/proc/{process.pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0] or "0", 16)


def test_the_second_signal_is_heard_while_cells_are_recorded_as_not_run(
    endpoint: str, place: dict[str, str], tmp_path: Path, left: Left
) -> None:
    """Two thousand cells take a while to be recorded; nobody has to wait for that."""
    process = _start(_check(endpoint, 2000), place)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("[3/"):
            break
    process.send_signal(signal.SIGINT)
    (cells,) = tmp_path.glob("state/sweeps/*/cells.jsonl")
    while cells.read_text().count('"not run') < 20:  # more than were under way
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    said = _over(process)
    assert process.returncode == 130, said
    assert "stopping at once" in said
    assert len(cells.read_text().splitlines()) < 1900
    assert left() == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_many_cells_leak_no_descriptor_process_thread_or_directory(
    endpoint: str, place: dict[str, str], tmp_path: Path, left: Left
) -> None:
    """What a sweep holds after a third of its cells is what it holds near its end."""
    process = _start(_check(endpoint, CELLS), place)
    held = {}
    assert process.stderr is not None
    for line in process.stderr:
        for part in (CELLS // 3, CELLS - 8):
            if line.startswith(f"[{part}/"):
                held[part] = _holds(process.pid)
    _over(process)
    early, late = held[CELLS // 3], held[CELLS - 8]
    # more or fewer boxes are open at either moment; a leak of one a cell would be far beyond that
    assert late[0] <= early[0] + 4 * ROOM_OF_A_CELL, f"descriptors: {early} {late}"
    assert late[1] <= early[1] + 8, f"threads: {early} {late}"
    assert process.returncode == 1
    assert left() == []
    assert list((tmp_path / "tmp").iterdir()) == []
    assert len(list(tmp_path.glob("state/runs/*/run.json"))) == CELLS


def _holds(pid: int) -> tuple[int, int]:
    """Return how many descriptors and threads a process has."""
    process = Path("/proc") / str(pid)
    return len(list((process / "fd").iterdir())), len(list((process / "task").iterdir()))


@pytest.mark.parametrize("endpoint", ["oracle"], indirect=True)
def test_every_task_three_times_at_thirty_two_at_once(
    endpoint: str, place: dict[str, str], tmp_path: Path, left: Left
) -> None:
    """The whole catalogue, played right: every cell passes, and nothing is left."""
    missing = [name for name in TOOLCHAINS if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not on PATH: {', '.join(missing)}")
    done = subprocess.run(
        [CAB, "check", "--endpoint", endpoint, "--model", "m", "--task", "*/*", "--repeat", "3",
         "--jobs", "32", "--json"],
        env=place, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    document: dict[str, Any] = json.loads(done.stdout)
    failed = [line for line in done.stderr.splitlines() if re.match(r"\[\d+/", line)]
    cells = document["sweep"]["cells"]
    tasks = {cell["task"] for cell in cells}
    assert len(cells) == 3 * len(tasks) >= 75
    assert [cell for cell in cells if not cell["passed"]] == [], failed
    assert done.returncode == 0
    assert left() == []
    assert list((tmp_path / "tmp").iterdir()) == []

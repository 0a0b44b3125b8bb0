"""Open files: the limit is raised where that helps, and fewer cells run where it does not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

CAB = Path(sys.executable).with_name("cab")
KEY = "made-up-key-for-tests"
TASK = "integrity/ambiguous-ticket"
_ASK = """
import json, resource, sys
from cab_check.sweep.descriptors import room_for
room, note = room_for(int(sys.argv[1]))
print(json.dumps([room, note, resource.getrlimit(resource.RLIMIT_NOFILE)[0]]))
"""


@pytest.fixture
def endpoint() -> Iterator[str]:
    """Serve the embedded endpoint from a process of its own."""
    command = [str(CAB), "mock", "--key", KEY]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.terminate()


def _limited(soft: int, hard: int, *command: object) -> list[str]:
    """Return the command with such limits of open files before it."""
    limits = f'ulimit -Sn {soft} && ulimit -Hn {hard} && exec "$@"'
    return ["sh", "-c", limits, "sh", *map(str, command)]


@pytest.mark.parametrize(
    ("jobs", "soft", "hard", "room", "left"),
    [
        (4, 256, 512, 4, 256),
        (20, 256, 512, 20, 384),
        (256, 256, 512, 28, 512),
        (2, 70, 70, 1, 70),
        (1, 70, 70, 1, 70),
    ],
    ids=["enough", "raised", "too-few", "hardly-any", "never-none"],
)
def test_the_limit_is_raised_and_then_kept_to(
    jobs: int, soft: int, hard: int, room: int, left: int
) -> None:
    """As far as is needed and no further; a note whenever fewer cells run than were asked for."""
    command = _limited(soft, hard, sys.executable, "-c", _ASK, jobs)
    seen = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    found, note, limit = json.loads(seen.stdout)
    assert (found, limit) == (room, left)
    if room == jobs:
        assert note is None
    else:
        assert f"{room} instead of {jobs} cells at once" in note


def test_a_sweep_with_too_few_open_files_says_so_and_runs_clean(
    tmp_path: Path, endpoint: str
) -> None:
    """Three cells wanted at once, two have room, and all three are scored."""
    command = _limited(
        96, 96, CAB, "check", "--endpoint", endpoint, "--key", KEY, "--model", f"oracle:{TASK}",
        "--task", TASK, "--repeat", 3, "--jobs", 3, "--isolation", "none",
        "--state-dir", tmp_path, "--json",
    )  # fmt: skip
    seen = subprocess.run(command, capture_output=True, text=True, check=False)
    assert seen.returncode == 0, seen.stderr
    assert "note: 2 instead of 3 cells at once" in seen.stderr
    assert [run["jobs"] for run in json.loads(seen.stdout)["runs"]] == [2, 2, 2]

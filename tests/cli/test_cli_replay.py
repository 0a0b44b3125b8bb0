"""`--record-wire` and `cab mock --replay`: a run served again from its directory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import KEY, TASK

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Outcome


def _run_dir(state: Path) -> Path:
    return next((state / "runs").iterdir())


def test_a_run_is_replayed_from_its_directory(
    cab: Callable[..., Outcome], endpoint: str, tmp_path: Path
) -> None:
    """The tape is in the run's directory; the endpoint that plays it takes any key."""
    asked = ("--model", f"oracle:{TASK}", "--task", TASK, "--isolation", "none")
    recorded = cab("check", "--endpoint", endpoint, "--key", KEY, *asked, "--record-wire")
    assert recorded.code == 0
    state = tmp_path / "state"
    tape = _run_dir(state) / "wire.jsonl"
    assert KEY not in tape.read_text()
    mock = subprocess.Popen(
        [Path(sys.executable).with_name("cab"), "mock", "--replay", "latest", "--fast"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "CAB_STATE_DIR": str(state)},
    )  # fmt: skip
    try:
        assert mock.stdout is not None
        url = mock.stdout.readline().strip()
        other = ("--state-dir", str(tmp_path / "other"))
        replayed = cab("check", "--endpoint", url, "--key", "any-key-will-do", *asked, *other)
        assert replayed.code == 0
        assert "Endpoint   no accommodation needed" in replayed.out
    finally:
        mock.send_signal(signal.SIGTERM)
        _, said = mock.communicate(timeout=10)
    assert mock.returncode == 0
    assert "any key is taken" in said
    assert "not the recorded one" not in said
    assert not (_run_dir(tmp_path / "other") / "wire.jsonl").exists()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (("--key", "k", "--quirk", "redirect"), "--key and --quirk cannot go with --replay"),
        (("--actor", "oracle", "--latency", "1"), "--actor and --latency cannot go with"),
        (("--list",), "--list cannot go with --replay"),
    ],
)
def test_what_a_replay_would_ignore_is_refused(
    cab: Callable[..., Outcome], typed: tuple[str, ...], told: str
) -> None:
    """It serves what was recorded, and says so before it serves anything."""
    outcome = cab("mock", "--replay", "latest", *typed)
    assert outcome.code == 2
    assert told in outcome.err
    assert "hint: a replay serves what was recorded" in outcome.err


def test_fast_is_a_replays_alone(cab: Callable[..., Outcome]) -> None:
    """No other server has recorded waits."""
    outcome = cab("mock", "--fast")
    assert (outcome.code, "--fast goes with --replay alone" in outcome.err) == (2, True)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "its wire was not recorded"),
        (b"", "cannot be played"),
        (b'{"event":"tape","schema":"cab.wire/1"}\n', "holds no exchange"),
    ],
)
def test_what_cannot_be_replayed_is_told(
    cab: Callable[..., Outcome], tmp_path: Path, content: bytes | None, told: str
) -> None:
    """A run without a tape, one that is none, an empty one."""
    folder = tmp_path / "state" / "runs" / "20261123-1812-a-task-7f3a"
    folder.mkdir(parents=True)
    if content is not None:
        (folder / "wire.jsonl").write_bytes(content)
    found = cab("mock", "--replay", "a-task")
    assert found.code == 2
    assert told in found.err


def test_a_directory_with_a_tape_is_enough(cab: Callable[..., Outcome], tmp_path: Path) -> None:
    """Also one that no run was finished in; a tape that cannot be read is named."""
    (tmp_path / "wire.jsonl").write_bytes(b"no tape")
    assert "cannot be played" in cab("mock", "--replay", str(tmp_path)).err
    assert "no run" in cab("mock", "--replay", "nothing").err

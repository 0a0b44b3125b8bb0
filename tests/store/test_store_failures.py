"""A store that cannot be written says so with exit code 6 and leaves no half file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cab_check.errors import ExitCode, MachineError
from cab_check.record import record_from_json
from cab_check.secrets import Redactor
from cab_check.store import RunDir, Store, StoreError

RUNS = Path(__file__).parents[1] / "data" / "runs"
RECORD = record_from_json(json.loads((RUNS / "passed.json").read_text(encoding="utf-8")))
NOON = datetime(2026, 11, 23, 18, 12, 3, 245478, tzinfo=UTC)
TASK = "integrity/ambiguous-ticket"

# a full disk for one process: no file may grow beyond 2,000 bytes
_FULL = """
import json, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from cab_check.record import record_from_json
from cab_check.store import Store, StoreError

record = record_from_json(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
run_dir = Store(Path(sys.argv[2])).create("a/b", datetime(2026, 11, 23, tzinfo=UTC))
run_dir.write_record(record) if "before" in sys.argv else None
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    run_dir.write_record(record)
except StoreError as error:
    print(int(error.exit_code), error.message)
"""


def full_disk(state: Path, *arguments: str) -> str:
    """Write a record where no file may grow; return what came of it."""
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(RUNS / "passed.json"), str(state), *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    return done.stdout


def test_full_disk(tmp_path: Path) -> None:
    """A disk that is full is exit code 6 with the place, and no half record is left."""
    said = full_disk(tmp_path)
    assert said.startswith("6 the run could not be kept: ")
    assert "run.json: File too large" in said
    (run_dir,) = Store(tmp_path).runs()
    assert not run_dir.complete
    assert list(run_dir.path.iterdir()) == []


def test_full_disk_keeps_the_earlier_record(tmp_path: Path) -> None:
    """A record that was there stays whole when its successor finds no room."""
    assert full_disk(tmp_path, "before").startswith("6 ")
    store = Store(tmp_path)
    (run_dir,) = store.runs()
    assert store.read(run_dir).record == RECORD
    assert [path.name for path in run_dir.path.iterdir()] == ["run.json"]


def test_a_file_where_the_state_directory_should_be(tmp_path: Path) -> None:
    """A state directory that cannot be made is a machine's error with a hint, for every use."""
    state = tmp_path / "state"
    state.write_text("in the way", encoding="utf-8")
    store = Store(state)
    with pytest.raises(StoreError) as caught:
        store.create(TASK, NOON)
    assert isinstance(caught.value, MachineError)
    assert caught.value.exit_code is ExitCode.MACHINE
    assert str(state) in caught.value.message
    assert "--state-dir" in caught.value.hint
    with pytest.raises(StoreError, match="cannot be listed"):
        store.runs()


def test_a_directory_that_is_gone(tmp_path: Path) -> None:
    """A run's directory that somebody removed meanwhile is the same error."""
    run_dir = Store(tmp_path).create(TASK, NOON)
    run_dir.path.rmdir()
    with pytest.raises(StoreError, match="could not be kept"):
        run_dir.write_record(RECORD)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a place nobody can write to")
def test_a_place_nobody_can_write_to() -> None:
    """A file system that takes no file is the same error, for the superuser too."""
    with pytest.raises(StoreError):
        Store(Path("/proc/self")).create(TASK, NOON)
    with pytest.raises(StoreError):
        RunDir(Path("/proc/self"), Redactor()).write_patch("x")


def test_no_name_left(tmp_path: Path) -> None:
    """When all names near a moment's own are taken the store gives up, with what to do."""
    store = Store(tmp_path)
    store.folder.mkdir()
    for number in range(0x0CAD, 0x0CAD + 1000):
        (store.folder / f"20261123-1812-b-{number:04x}").touch()
    with pytest.raises(StoreError, match="no name is left"):
        store.create("a/b", NOON)

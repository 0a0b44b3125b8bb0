"""A store that cannot be written says so with exit code 6 and leaves no half file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cab_check.errors import ExitCode, MachineError
from cab_check.record import SpentRecord, record_from_json
from cab_check.secrets import Redactor
from cab_check.store import RunDir, Store, StoreError
from cab_check.store.spent import SpentFile

RUNS = Path(__file__).parents[1] / "data" / "runs"
RECORD = record_from_json(json.loads((RUNS / "passed.json").read_text(encoding="utf-8")))
NOON = datetime(2026, 11, 23, 18, 12, 3, 245478, tzinfo=UTC)
TASK = "integrity/ambiguous-ticket"

# two full disks for one process: no file may grow, or a file system of 16 KiB of its own
_RUN = """
import json, resource, subprocess, sys
from datetime import UTC, datetime
from pathlib import Path
from cab_check.record import record_from_json
from cab_check.store import Store, StoreError

source, state, *how = sys.argv[1:]
if "tmpfs" in how:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "none", state], check=True)
record = record_from_json(json.loads(Path(source).read_text(encoding="utf-8")))
run_dir = Store(Path(state)).create("a/b", datetime(2026, 11, 23, tzinfo=UTC))
if "before" in how:
    run_dir.write_record(record)
if "limit" in how:
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    for number in range(9):
        run_dir.write_patch("x" * 3000 * number) if "tmpfs" in how else None
        run_dir.write_record(record)
except StoreError as error:
    print(int(error.exit_code), error.message)
    print(sorted(path.name for path in run_dir.path.iterdir()))
    Store(Path(state)).read(run_dir) if run_dir.complete else None
"""
_APART = ("unshare", "--user", "--map-root-user", "--mount")


def full_disk(state: Path, *how: str) -> str:
    """Write records until there is no room; return what came of it."""
    apart = _APART if "tmpfs" in how else ()
    done = subprocess.run(
        [*apart, sys.executable, "-c", _RUN, str(RUNS / "passed.json"), str(state), *how],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    return done.stdout


def may_mount(place: Path) -> bool:
    """Say whether a file system of one's own can be had here."""
    if shutil.which("unshare") is None:
        return False
    mount = ("mount", "-t", "tmpfs", "-o", "size=16k", "none", str(place))
    return subprocess.run([*_APART, *mount], capture_output=True, check=False).returncode == 0


def test_full_disk(tmp_path: Path) -> None:
    """A disk that is full is exit code 6 with the place, and no half record is left."""
    said = full_disk(tmp_path, "limit")
    assert said.startswith("6 the run could not be kept: ")
    assert "run.json: File too large" in said
    (run_dir,) = Store(tmp_path).runs()
    assert not run_dir.complete
    assert list(run_dir.path.iterdir()) == []


def test_full_disk_keeps_the_earlier_record(tmp_path: Path) -> None:
    """A record that was there stays whole when its successor finds no room."""
    assert full_disk(tmp_path, "before", "limit").startswith("6 ")
    store = Store(tmp_path)
    (run_dir,) = store.runs()
    assert store.read(run_dir).record == RECORD
    assert [path.name for path in run_dir.path.iterdir()] == ["run.json"]


def test_full_file_system(tmp_path: Path) -> None:
    """On a file system without room the earlier files stay whole and no half one is left."""
    if not may_mount(tmp_path):
        pytest.skip("no file system of one's own can be had here")
    said, names = full_disk(tmp_path, "tmpfs").splitlines()
    assert said.startswith("6 the run could not be kept: ")
    assert said.endswith("No space left on device")
    assert names == "['changes.patch', 'run.json']"


def test_a_directory_in_the_way_of_a_file(tmp_path: Path) -> None:
    """A file that cannot be put in its place leaves no half one beside it."""
    run_dir = Store(tmp_path).create(TASK, NOON)
    run_dir.record_path.mkdir()
    with pytest.raises(StoreError, match="Is a directory"):
        run_dir.write_record(RECORD)
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


_APPEND = """
import resource, sys
from pathlib import Path
from cab_check.store.files import append_whole

path = Path(sys.argv[1])
append_whole(path, b"x" * 80)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    append_whole(path, b"y" * 80)
except OSError as error:
    print(error.strerror, path.read_bytes() == b"x" * 80)
"""


def test_no_half_line_is_left_for_the_next_to_go_on_with(tmp_path: Path) -> None:
    """A line that finds room for its first part alone is taken back."""
    done = subprocess.run(
        [sys.executable, "-c", _APPEND, str(tmp_path / "lines")],
        capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert done.stdout.endswith("True\n")


def test_what_was_spent_needs_no_room_once_it_is_there(tmp_path: Path) -> None:
    """It is written over in place, whatever its figures; what cannot be read is unknown."""
    file = SpentFile(tmp_path / ".spent")
    assert file.read() is None
    for spent in (SpentRecord(requests=1), SpentRecord(requests=10**9, tokens=10**12, cost=1.5)):
        file.write(spent)
        assert SpentFile(tmp_path / ".spent").read() == spent
        assert (tmp_path / ".spent").stat().st_size == 256
    file.close()
    (tmp_path / ".spent").write_text("{")
    assert file.read() is None
    nowhere = SpentFile(tmp_path / "not" / "there")
    nowhere.write(SpentRecord())
    assert nowhere.failed is not None

"""A cell's private directory: made, locked, removed on every way out, swept after a kill."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cab_check.errors import MachineError, UsageError
from cab_check.workspace import open_workspace, sweep_leftovers, take_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLDER = """
import sys
from pathlib import Path
from cab_check.workspace import open_workspace
with open_workspace(Path(sys.argv[1]), scratch_dir=Path(sys.argv[2]), keep=False) as workspace:
    print(workspace.root, flush=True)
    sys.stdin.read()
"""


def names(directory: Path) -> list[str]:
    """List a directory."""
    return sorted(path.name for path in directory.iterdir())


@pytest.fixture
def fixture(ground: Path) -> Path:
    """Give a task's workdir."""
    (ground / "fixture" / "src").mkdir(parents=True)
    (ground / "fixture" / "src" / "a.py").write_text("a = 1\n")
    (ground / "fixture" / "out").symlink_to("/etc/passwd")
    os.mkfifo(ground / "fixture" / "pipe")
    return ground / "fixture"


@pytest.fixture
def scratch(ground: Path) -> Path:
    """Give a place for workspaces."""
    (ground / "scratch").mkdir()
    return ground / "scratch"


@contextmanager
def holder(fixture: Path, scratch: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Run another process that holds a workspace until it is told or killed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, fixture, scratch],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


def test_a_workspace_is_a_private_copy(fixture: Path, scratch: Path) -> None:
    """Mode 0700, the fixture's files, and a snapshot of just that."""
    with open_workspace(fixture, scratch_dir=scratch, keep=False) as workspace:
        assert workspace.root.parent == scratch.resolve()
        assert workspace.root.stat().st_mode & 0o777 == 0o700
        assert workspace.root.name.startswith("cab-")
        assert workspace.work == workspace.root / "work"
        assert (workspace.work / "src" / "a.py").read_text() == "a = 1\n"
        assert sorted(workspace.before.entries) == ["out", "src", "src/a.py"]
        assert take_snapshot(workspace.work) == workspace.before
    assert not names(scratch)


def test_it_is_gone_when_an_error_leaves_it(fixture: Path, scratch: Path) -> None:
    """Whatever was put into it, and whatever comes through."""

    def interrupted() -> None:
        with open_workspace(fixture, scratch_dir=scratch, keep=False) as workspace:
            (workspace.work / "closed").mkdir()
            (workspace.work / "closed").chmod(0)
            (workspace.root / "tmp").symlink_to(fixture)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not names(scratch)
    assert (fixture / "src" / "a.py").exists()


def test_it_is_gone_after_ctrl_c(fixture: Path, scratch: Path) -> None:
    """In a process of its own."""
    with holder(fixture, scratch) as (process, root):
        assert root.is_dir()
        process.send_signal(signal.SIGINT)
        process.wait(timeout=10)
        assert not root.exists()


def test_a_workspace_removed_by_its_agent_is_no_error(fixture: Path, scratch: Path) -> None:
    """Nothing is left to remove."""
    with open_workspace(fixture, scratch_dir=scratch, keep=False) as workspace:
        workspace.root.rename(scratch / "moved")
    assert names(scratch) == ["moved"]


def test_a_kept_workspace_stays_and_is_never_swept(fixture: Path, scratch: Path) -> None:
    """It is the user's from then on."""
    with open_workspace(fixture, scratch_dir=scratch, keep=True) as workspace:
        pass
    assert sweep_leftovers(scratch) == ()
    assert (workspace.work / "src" / "a.py").exists()


def test_the_leftover_of_a_killed_process_is_swept_and_a_living_ones_is_not(
    fixture: Path, scratch: Path
) -> None:
    """A kill -9 runs no clean-up; the lock goes with the process."""
    with holder(fixture, scratch) as (killed, left), holder(fixture, scratch) as (_, living):
        assert sweep_leftovers(scratch) == ()
        killed.kill()
        killed.wait(timeout=10)
        assert left.is_dir()
        assert sweep_leftovers(scratch) == (left,)
        assert not left.exists()
        assert (living / "work" / "src" / "a.py").exists()


def test_a_process_does_not_sweep_its_own(fixture: Path, scratch: Path) -> None:
    """Cells of one run live side by side."""
    with open_workspace(fixture, scratch_dir=scratch, keep=False) as workspace:
        assert sweep_leftovers(scratch) == ()
        assert workspace.work.is_dir()


def leftover(fixture: Path, scratch: Path) -> Path:
    """Make a directory that a sweep would remove."""
    with holder(fixture, scratch) as (process, root):
        process.kill()
        process.wait(timeout=10)
    return root


def test_what_only_looks_like_a_leftover_stays(fixture: Path, scratch: Path) -> None:
    """Names in a directory that everybody writes to are no proof of anything."""
    mark = (leftover(fixture, scratch) / "lock").read_bytes()
    assert len(sweep_leftovers(scratch)) == 1

    def make(name: str, mode: int = 0o700, lock: bytes = mark) -> Path:
        root = scratch / name
        root.mkdir(mode=mode)
        root.chmod(mode)
        (root / "lock").write_bytes(lock)
        return root

    make("cab-openmode", 0o755)
    make("cab-nomark00", lock=b"mine")
    make("cab-longmark", lock=mark + b"x")
    make("cab-toolongname")
    make("cab-UPPER000")
    make("my-files")
    (make("cab-nolock00") / "lock").unlink()
    fifo = make("cab-fifolock") / "lock"
    fifo.unlink()
    os.mkfifo(fifo)
    link = make("cab-linklock") / "lock"
    link.unlink()
    link.symlink_to(scratch / "my-files" / "lock")
    (scratch / "cab-symlink0").symlink_to("my-files")
    (scratch / "cab-afile000").write_bytes(mark)
    if not os.geteuid():
        os.chown(make("cab-foreign0"), 65534, 65534)
        os.chown(make("cab-forelock") / "lock", 65534, 65534)
    there = names(scratch)
    assert sweep_leftovers(scratch) == ()
    assert names(scratch) == there
    real = make("cab-real0000")
    assert sweep_leftovers(scratch) == (real,)


def test_a_sweep_never_follows_what_a_leftover_holds(fixture: Path, scratch: Path) -> None:
    """Links out of it are removed as links."""
    root = leftover(fixture, scratch)
    (root / "work" / "up").symlink_to(fixture)
    (root / "tmp").symlink_to(fixture)
    assert sweep_leftovers(scratch) == (root,)
    assert (fixture / "src" / "a.py").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a file of somebody else's")
def test_a_leftover_that_cannot_be_removed_is_left_for_the_next_sweep(ordinary: Path) -> None:
    """Its lock file, which marks it as ours, goes last."""
    (ordinary / "fixture").mkdir()
    with open_workspace(ordinary / "fixture", scratch_dir=ordinary, keep=False) as workspace:
        mark = (workspace.root / "lock").read_bytes()
    root = ordinary / "cab-leftover"
    (root / "work").mkdir(parents=True)
    (root / "lock").write_bytes(mark)
    root.chmod(0o700)
    os.seteuid(0)
    (root / "work" / "theirs").mkdir(mode=0o700)
    (root / "work" / "theirs" / "file").write_text("x")
    os.seteuid(root.stat().st_uid)
    assert sweep_leftovers(ordinary) == ()
    assert (root / "lock").read_bytes() == mark
    assert sweep_leftovers(ordinary) == ()


def test_sweeping_nowhere_is_no_error(ground: Path) -> None:
    """The directory comes into being with the first workspace."""
    assert sweep_leftovers(ground / "missing") == ()


def test_the_place_is_made_when_it_is_missing(fixture: Path, ground: Path) -> None:
    """With its parents."""
    place = ground / "a" / "b"
    with open_workspace(fixture, scratch_dir=place, keep=False) as workspace:
        assert workspace.root.parent == place.resolve()


def test_the_systems_temporary_directory_is_the_default(fixture: Path) -> None:
    """Real, so that the path that a command prints is the path that we know."""
    with open_workspace(fixture, scratch_dir=None, keep=False) as workspace:
        assert os.path.realpath(workspace.root) == os.fspath(workspace.root)
        assert not workspace.root.is_relative_to(fixture)
    assert not workspace.root.exists()


def test_workspaces_and_sweeps_at_once_never_hurt_each_other(fixture: Path, scratch: Path) -> None:
    """A sweep may meet a directory between its making and its locking."""
    done = threading.Event()

    def sweep() -> None:
        while not done.is_set():
            assert sweep_leftovers(scratch) == ()

    thread = threading.Thread(target=sweep)
    thread.start()
    try:
        for _ in range(40):
            with open_workspace(fixture, scratch_dir=scratch, keep=False) as workspace:
                assert (workspace.work / "src" / "a.py").exists()
    finally:
        done.set()
        thread.join()
    assert not names(scratch)


@pytest.mark.parametrize("made", ["nothing", "a file"])
def test_a_fixture_that_is_no_directory_is_the_users_mistake(
    ground: Path, scratch: Path, made: str
) -> None:
    """Told with its path."""
    if made == "a file":
        (ground / "fixture").write_text("x")
    with (
        pytest.raises(UsageError, match="fixture"),
        open_workspace(ground / "fixture", scratch_dir=scratch, keep=False),
    ):
        pass


def test_a_workspace_never_lies_in_its_own_fixture(fixture: Path) -> None:
    """The copy would be copied without end."""
    with (
        pytest.raises(UsageError, match="with workspaces in"),
        open_workspace(fixture, scratch_dir=fixture / "src", keep=False),
    ):
        pass
    assert names(fixture / "src") == ["a.py"]


def test_a_fixture_that_cannot_be_read_as_a_whole_is_refused(ordinary: Path) -> None:
    """An agent is never given half a task, and nothing is left behind."""
    (ordinary / "fixture").mkdir()
    (ordinary / "fixture" / "closed").write_text("x")
    (ordinary / "fixture" / "closed").chmod(0)
    with (
        pytest.raises(UsageError, match="closed"),
        open_workspace(ordinary / "fixture", scratch_dir=ordinary / "scratch", keep=False),
    ):
        pass
    assert not names(ordinary / "scratch")


def test_a_place_that_cannot_be_written_is_the_machines_fault(ordinary: Path) -> None:
    """With a hint."""
    (ordinary / "fixture").mkdir()
    (ordinary / "scratch").mkdir(mode=0o500)
    with (
        pytest.raises(MachineError, match="no workspace can be made") as caught,
        open_workspace(ordinary / "fixture", scratch_dir=ordinary / "scratch", keep=False),
    ):
        pass
    assert "temporary directory" in caught.value.hint


def test_a_disk_that_refuses_the_copy_is_the_machines_fault(ground: Path, scratch: Path) -> None:
    """Nothing is left of it."""
    (ground / "fixture").mkdir()
    (ground / "fixture" / "long").write_bytes(b"x" * 10_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))
    try:
        with (
            pytest.raises(MachineError, match="cannot be copied"),
            open_workspace(ground / "fixture", scratch_dir=scratch, keep=False),
        ):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not names(scratch)

"""What happens when a process that holds a box is killed: launcher, steward, or the host."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import cab_check
from cab_check.errors import ExitCode, MachineError
from cab_check.sandbox import open_box
from cab_check.sandbox.box import Limit
from cab_check.sandbox.toolchain import find_python

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.sandbox.box import Box, BoxSpec
    from cab_check.sandbox.launched import LaunchPlan

LIMIT_S = 20.0
LAUNCHER = "$(ps -o ppid= -p $PPID)"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs subreaper and /proc")


async def background(box: Box, command: str = "setsid sleep 600") -> int:
    """Leave a process running and return its id."""
    return int((await box.run(("sh", "-c", f"{command} & echo $!"), LIMIT_S)).stdout)


async def test_a_command_that_kills_its_steward_ends_itself(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, lives: Callable[[int], bool]
) -> None:
    """What such a command started is ended at once, what was there before is not."""
    async with open_box(make_spec(), plan=plan) as box:
        earlier = await background(box)
        script = "setsid sleep 600 & echo $!; kill -9 $PPID; sleep 600"
        result = await box.run(("sh", "-c", script), LIMIT_S)
        assert (result.exit_code, result.stopped_by) == (137, None)
        assert not lives(int(result.stdout))
        assert lives(earlier)
        assert (await box.run(("echo", "on"), LIMIT_S)).stdout == b"on\n"
    assert box.receipt().left_behind == 1


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "USR1", "ALRM", "QUIT", "TSTP"])
async def test_a_steward_is_not_ended_by_a_polite_signal(box: Box, name: str) -> None:
    """Signals other than SIGKILL do not part a command from who minds it."""
    result = await box.run(("sh", "-c", f"kill -{name} $PPID; echo on"), LIMIT_S)
    assert (result.exit_code, result.stdout) == (0, b"on\n")


async def test_a_command_that_kills_the_launcher_is_ended(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, lives: Callable[[int], bool]
) -> None:
    """The stewards notice and sweep; the next command gets a new launcher; the receipt says so."""
    async with open_box(make_spec(), plan=plan) as box:
        earlier = await background(box)
        script = f"setsid sleep 600 & echo $!; kill -9 {LAUNCHER}; sleep 600"
        result = await box.run(("sh", "-c", script), LIMIT_S)
        assert result.exit_code == 137
        pid = int(result.stdout)
        assert not lives(pid)
        assert not lives(earlier)
        assert (await box.run(("echo", "on"), LIMIT_S)).stdout == b"on\n"
    assert any("lost 1 times" in sentence for sentence in box.receipt().weaker_than_full)


async def test_a_command_that_kills_launcher_and_steward_leaves_what_it_hides(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, lives: Callable[[int], bool]
) -> None:
    """With both killed, what kept the box's environment is found; only what cleared it is not."""
    script = (
        f"setsid sleep 600 & echo $!; setsid env -i /bin/sleep 600 & echo $!; sleep 0.1; "
        f"l={LAUNCHER}; kill -STOP $PPID; kill -9 $l $PPID; sleep 600"
    )
    async with open_box(make_spec(), plan=plan) as box:
        result = await box.run(("sh", "-c", script), LIMIT_S)
        marked, hidden = (int(line) for line in result.stdout.split()[:2])
        escaped = lives(hidden)
        if escaped:
            os.kill(hidden, signal.SIGKILL)
        assert escaped
        assert not lives(marked)
    assert box.receipt().left_behind >= 1
    assert any("processes may survive" in s for s in box.receipt().weaker_than_full)


DEAF = """
import os, runpy, time
try:
    with open({pid!r}, "x") as file:
        file.write(str(os.getpid()))
except FileExistsError:
    runpy.run_path({entry!r}, run_name="__main__")
else:
    os.read(0, 65536)
    os.write(0, b'["Ready", true, true, true]\\n')
    os.read(0, 65536)
    os.write(0, {answer!r})
    time.sleep(600)
"""


def deaf_plan(plan: LaunchPlan, folder: Path, answer: bytes = b"") -> tuple[LaunchPlan, Path]:
    """Return a plan whose first launcher gives one answer and then hangs, and where its id is."""
    pid, entry = folder / "deaf", folder / "deaf.py"
    entry.write_text(DEAF.format(pid=str(pid), entry=str(plan.entry), answer=answer))
    return replace(plan, entry=entry, grace_s=0.2, closing_s=0.2), pid


@pytest.fixture
def deaf(plan: LaunchPlan, tmp_path: Path) -> tuple[LaunchPlan, Path]:
    """Return such a plan, of a launcher that never answers."""
    return deaf_plan(plan, tmp_path)


@pytest.mark.parametrize("target", [LAUNCHER, "$PPID"], ids=["launcher", "steward"])
async def test_a_command_that_stops_who_minds_it_gains_half_the_grace(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, lives: Callable[[int], bool], target: str
) -> None:
    """Launcher and steward are woken at the limit, so that nothing is lost by it."""
    async with open_box(make_spec(), plan=plan) as box:
        script = f"setsid sleep 600 & echo $!; kill -STOP {target}; sleep 600"
        result = await box.run(("sh", "-c", script), 0.2)
        assert (result.exit_code, result.stopped_by) == (137, Limit.TIME)
        assert not lives(int(result.stdout))
        assert (await box.run(("echo", "on"), LIMIT_S)).stdout == b"on\n"
    assert not any("lost" in sentence for sentence in box.receipt().weaker_than_full)


async def test_a_launcher_that_was_stopped_is_woken_to_close(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, lives: Callable[[int], bool]
) -> None:
    """So that it ends, and counts, what was left behind."""
    async with open_box(make_spec(), plan=plan) as box:
        launcher = await launcher_of(box)
        pid = await background(box)
        os.kill(launcher, signal.SIGSTOP)
    assert not lives(pid)
    assert not lives(launcher)
    assert box.receipt().left_behind == 1
    assert not any("lost" in sentence for sentence in box.receipt().weaker_than_full)


async def test_a_launcher_that_hangs_is_given_up(
    make_spec: Callable[..., BoxSpec], deaf: tuple[LaunchPlan, Path]
) -> None:
    """It gains no time beyond the grace, and the next command has a new one."""
    plan, pid = deaf
    async with open_box(make_spec(), plan=plan) as box:
        result = await box.run(("sleep", "600"), 0.1)
        assert (result.exit_code, result.stopped_by) == (137, Limit.TIME)
        assert all_end([int(pid.read_text())], 15)
        assert (await box.run(("echo", "on"), LIMIT_S)).stdout == b"on\n"
    (told,) = (s for s in box.receipt().weaker_than_full if "lost 1 times" in s)
    assert "may survive" in told


async def launcher_of(box: Box) -> int:
    """Return the id of a box's launcher."""
    return int((await box.run(("sh", "-c", f"echo {LAUNCHER}"), LIMIT_S)).stdout)


async def test_a_launcher_that_died_meanwhile_is_noticed(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """A command that finds no launcher is told as killed; the one after it runs."""
    async with open_box(make_spec(), plan=plan) as box:
        launcher = await launcher_of(box)
        os.kill(launcher, signal.SIGKILL)
        assert all_end([launcher], 15)
        assert (await box.run(("echo", "lost"), LIMIT_S)).exit_code == 137
        assert (await box.run(("echo", "on"), LIMIT_S)).stdout == b"on\n"


async def test_a_launcher_that_died_before_the_closing_is_noticed(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, lives: Callable[[int], bool]
) -> None:
    """Its box still leaves nothing that can be found."""
    async with open_box(make_spec(), plan=plan) as box:
        pid = await background(box)
        os.kill(await launcher_of(box), signal.SIGKILL)
    assert not lives(pid)
    assert any("lost" in sentence for sentence in box.receipt().weaker_than_full)


@pytest.mark.parametrize("size", [10, 1_000_000], ids=["sent", "half-sent"])
async def test_a_command_cancelled_while_the_launcher_hangs_is_given_up(
    make_spec: Callable[..., BoxSpec], deaf: tuple[LaunchPlan, Path], size: int
) -> None:
    """No answer to the stop, or an order that went out by half: the next gets a new launcher."""
    plan, pid = deaf
    async with open_box(make_spec(), plan=plan) as box:
        running = asyncio.create_task(box.run(("echo", "x" * size), LIMIT_S))
        launcher = await told(pid)
        asyncio.get_running_loop().call_later(0.1, running.cancel)
        with pytest.raises(asyncio.CancelledError):
            await running
        assert all_end([launcher], 15)
        assert (await box.run(("echo", "on"), LIMIT_S)).stdout == b"on\n"


async def told(path: Path) -> int:
    """Return the number that a process writes there."""

    def look() -> str:
        return path.read_text() if path.exists() else ""

    while not look():  # noqa: ASYNC110 - a file sets no event
        await asyncio.sleep(0.005)
    return int(look())


async def test_a_launcher_that_hangs_does_not_hold_the_closing(
    make_spec: Callable[..., BoxSpec], deaf: tuple[LaunchPlan, Path]
) -> None:
    """It is ended then, and the command under way is told as killed long before its limit."""
    plan, pid = deaf
    async with open_box(make_spec(), plan=plan) as box:
        running = asyncio.create_task(box.run(("true",), 600))
        launcher = await told(pid)
        while not box.receipt().commands:  # noqa: ASYNC110 - a count sets no event
            await asyncio.sleep(0.005)
    result = await running
    assert (result.exit_code, result.stopped_by) == (137, None)
    assert result.duration_ms < 300_000
    assert all_end([launcher], 15)


async def test_an_idle_launcher_that_hangs_does_not_hold_the_closing(
    make_spec: Callable[..., BoxSpec],
    plan: LaunchPlan,
    tmp_path: Path,
    lives: Callable[[int], bool],
) -> None:
    """Its box is swept from outside."""
    hanging, pid = deaf_plan(plan, tmp_path, b'["Report", 1, 0, null, 1.0]\n')
    async with open_box(make_spec(), plan=hanging) as box:
        assert (await box.run(("true",), LIMIT_S)).exit_code == 0
    assert not lives(int(pid.read_text()))
    assert any("lost" in sentence for sentence in box.receipt().weaker_than_full)


async def test_a_start_that_is_cancelled_leaves_no_launcher(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, tmp_path: Path
) -> None:
    """A launcher that does not answer is gone when its command is cancelled."""
    os.mkfifo(tmp_path / "ready")
    entry = tmp_path / "silent.py"
    entry.write_text(
        f"import os, time\nopen({str(tmp_path / 'ready')!r}, 'w').write(str(os.getpid()))\n"
        "time.sleep(600)"
    )
    async with open_box(make_spec(), plan=replace(plan, entry=entry)) as box:
        running = asyncio.create_task(box.run(("true",), LIMIT_S))
        launcher = int(await asyncio.to_thread((tmp_path / "ready").read_text))
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert all_end([launcher], 0)


async def test_an_interpreter_that_is_gone_is_a_machine_s_fault(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The launcher's own program is named when it cannot be started."""
    find_python()
    monkeypatch.setattr(sys, "_base_executable", "/no/such/python", raising=False)
    async with open_box(make_spec(), plan=plan) as box:
        with pytest.raises(MachineError, match="/no/such/python"):
            await box.run(("true",), LIMIT_S)


async def test_a_launcher_asked_to_end_sweeps_first(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, lives: Callable[[int], bool]
) -> None:
    """SIGTERM, as the kernel sends it when the host's thread ends, leaves nothing."""
    async with open_box(make_spec(), plan=plan) as box:
        pid = await background(box)
        result = await box.run(("sh", "-c", f"kill -TERM {LAUNCHER}; sleep 600"), LIMIT_S)
        assert result.exit_code == 137
        assert not lives(pid)


HOST = """
import asyncio, sys
from pathlib import Path
from cab_check.sandbox import open_box
from cab_check.sandbox.box import BoxSpec
from cab_check.sandbox.launched import LaunchPlan
from cab_check.settings import BoxLimits, Isolation

async def main():
    root = Path(sys.argv[1])
    spec = BoxSpec(root=root, cwd=root, isolation=Isolation.NONE, limits=BoxLimits())
    async with open_box(spec, plan=LaunchPlan(entry=Path(sys.argv[2]))) as box:
        script = "echo $(ps -o ppid= -p $PPID) $PPID $$; setsid sleep 600 & echo $!;" \\
                 "(setsid sh -c '(sh -c \\"echo \\\\$\\\\$ >>pids; exec sleep 600\\" &)' &)"
        result = await box.run(("sh", "-c", script), 20)
        script = "until [ -s pids ]; do sleep 0.01; done; cat pids;" \\
                 "trap '' TERM; sleep 600 & echo $!"
        more = await box.run(("sh", "-c", script), 20)
        print(*(result.stdout + more.stdout).split(), flush=True)
        await box.run(("sh", "-c", "trap '' TERM HUP; sleep 600"), 600)

asyncio.run(main())
"""


def start_host(
    folder: Path, plan: LaunchPlan, *, own_session: bool = False
) -> tuple[subprocess.Popen[str], list[int]]:
    """Start a host process with a box and return it with the ids of what runs in the box."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOST, str(folder), str(plan.entry)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(cab_check.__file__).parent.parent)},
        start_new_session=own_session,
    )
    assert process.stdout is not None
    words = process.stdout.readline().replace("b'", " ").replace("'", " ").split()
    return process, [int(word) for word in words]


def all_end(pids: list[int], limit_s: float) -> bool:
    """Wait on the kernel's word that each of these processes has ended."""
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            if not select.select([descriptor], [], [], limit_s)[0]:
                return False
        finally:
            os.close(descriptor)
    return True


def test_a_killed_host_leaves_no_process(tmp_path: Path, plan: LaunchPlan) -> None:
    """After `kill -9` of the host everything ends by itself: daemons and the command under way."""
    host, pids = start_host(tmp_path, plan)
    assert len(pids) == 6
    assert not all_end(pids[:1], 0)
    host.kill()
    host.communicate()
    assert all_end(pids, 15)


def test_an_interrupt_of_the_terminal_does_not_reach_the_box(
    tmp_path: Path, plan: LaunchPlan
) -> None:
    """Ctrl-C goes to the host's process group; the launcher is in none of the terminal's."""
    host, pids = start_host(tmp_path, plan, own_session=True)
    try:
        assert os.getpgid(pids[0]) == pids[0] != os.getpgid(host.pid)
        assert os.getsid(pids[0]) == pids[0]
    finally:
        os.killpg(host.pid, signal.SIGINT)  # the host decides: here it closes the box and ends
        host.communicate()
    assert all_end(pids, 15)


async def test_a_launcher_that_does_not_start_is_a_machine_s_fault(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, tmp_path: Path
) -> None:
    """What its interpreter complained of is in the message; nothing is left."""
    entry = tmp_path / "broken.py"
    entry.write_text("raise SystemExit('no such thing here')")
    async with open_box(make_spec(), plan=replace(plan, entry=entry)) as box:
        with pytest.raises(MachineError, match="no such thing here") as caught:
            await box.run(("true",), LIMIT_S)
    assert caught.value.exit_code is ExitCode.MACHINE
    assert caught.value.hint


async def test_a_launcher_that_talks_nonsense_is_refused(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, tmp_path: Path
) -> None:
    """An answer other than the expected one is no launcher."""
    entry = tmp_path / "strange.py"
    entry.write_text("import os; os.read(0, 99); os.write(0, b'[\"Closed\", 0]\\n')")
    async with open_box(make_spec(), plan=replace(plan, entry=entry)) as box:
        with pytest.raises(MachineError, match="it said nothing"):
            await box.run(("true",), LIMIT_S)

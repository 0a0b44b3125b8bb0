"""Nothing that a command starts outlives what it may."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cab_check.sandbox import open_box
from cab_check.sandbox.box import Limit

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.sandbox.box import Box, BoxSpec
    from cab_check.sandbox.launched import LaunchPlan

LIMIT_S = 20.0
SHORT_S = 0.5

# each starts something that stays and prints its process id; `ready` is a pipe with a name
ESCAPES = {
    "background": "sleep 600 & echo $!",
    "hang-up-ignored": "nohup sleep 600 >/dev/null 2>&1 & echo $!",
    "own-session": "setsid sh -c 'echo $$ >ready; exec sleep 600' & cat ready",
    "double-fork": "(setsid sh -c '(sh -c \"echo \\$\\$ >ready; exec sleep 600\" &)' &); cat ready",
    "terminate-ignored": 'sh -c \'trap "" TERM INT HUP; echo $$ >ready; '
    "while :; do sleep 600; done' & cat ready",
    "no-environment": "env -i setsid sh -c 'cd /; echo $$ >\"$0\"; exec sleep 600' $PWD/ready & "
    "cat ready",
    "stopped": "sh -c 'echo $$ >ready; kill -STOP $$; sleep 600' & cat ready",
}
linux_alone = pytest.mark.skipif(sys.platform != "linux", reason="needs a subreaper")


async def start(box: Box, escape: str, *, and_then: str = "", limit_s: float = LIMIT_S) -> int:
    """Run one of the escapes and return the id of the process that stays."""
    script = f"[ -p ready ] || mkfifo ready; {ESCAPES[escape]}; {and_then}"
    result = await box.run(("sh", "-c", script), limit_s)
    return int(result.stdout)


async def test_a_background_process_does_not_hold_the_command(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """`sleep 6 & echo hi` returns at once with `hi`, though the sleep has the output open."""
    async with open_box(make_spec(), plan=plan) as box:
        result = await box.run(("sh", "-c", "sleep 6 & echo hi"), LIMIT_S)
        assert result.stdout == b"hi\n"
        assert result.duration_ms < 5000
    assert box.receipt().left_behind == 1


@pytest.mark.parametrize("escape", [pytest.param(e, marks=linux_alone) for e in ESCAPES])
async def test_closing_ends_it(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, lives: Callable[[int], bool], escape: str
) -> None:
    """What is left runs on for the next command, ends with the box, and is counted."""
    async with open_box(make_spec(), plan=plan) as box:
        pid = await start(box, escape)
        await box.run(("true",), LIMIT_S)
        assert lives(pid)
    assert not lives(pid)
    assert box.receipt().left_behind >= 1


@pytest.mark.parametrize("escape", [pytest.param(e, marks=linux_alone) for e in ESCAPES])
async def test_the_limit_ends_it(box: Box, lives: Callable[[int], bool], escape: str) -> None:
    """A command's time limit ends all that it started, and nothing that was there before."""
    earlier = int((await box.run(("sh", "-c", "setsid sleep 600 & echo $!"), LIMIT_S)).stdout)
    pid = await start(box, escape, and_then="sleep 600", limit_s=SHORT_S)
    assert not lives(pid)
    assert lives(earlier)


async def test_the_limit_is_told(box: Box) -> None:
    """A command that was stopped says so; what it wrote until then is there."""
    result = await box.run(("sh", "-c", "trap '' TERM; echo so far; sleep 600"), SHORT_S)
    assert result.stopped_by is Limit.TIME
    assert (result.exit_code, result.stdout) == (137, b"so far\n")
    assert result.duration_ms >= SHORT_S * 1000


async def test_a_box_that_left_nothing_says_nothing(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """The count is of what had to be ended: none here."""
    async with open_box(make_spec(), plan=plan) as box:
        await box.run(("sh", "-c", "sleep 0.01 & wait"), LIMIT_S)
    assert box.receipt().left_behind == 0


@linux_alone
async def test_without_the_subreaper_a_daemon_would_stay(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, lives: Callable[[int], bool]
) -> None:
    """The layer is what holds: with it off, the same daemon outlives its box."""
    async with open_box(make_spec(), plan=replace(plan, subreaper=False)) as box:
        pid = await start(box, "double-fork")
    escaped = lives(pid)
    if escaped:
        os.kill(pid, signal.SIGKILL)
    assert escaped
    assert "daemons may survive" in box.receipt().weaker_than_full


async def test_without_the_subreaper_the_group_is_ended(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, lives: Callable[[int], bool]
) -> None:
    """A system that knows no subreaper still ends what stayed in the command's group."""
    async with open_box(make_spec(), plan=replace(plan, subreaper=False)) as box:
        pid = await start(box, "background")
        await box.run(("true",), LIMIT_S)
        assert lives(pid)
        stopped = await start(box, "terminate-ignored", and_then="sleep 600", limit_s=SHORT_S)
        assert not lives(stopped)
    assert not lives(pid)
    assert box.receipt().left_behind == 1


BOMB = """import os, time
for _ in range(7): os.fork()
if os.getpid() % 3: os.setsid()
os.write(os.open("born", os.O_WRONLY | os.O_APPEND | os.O_CREAT), b".")
time.sleep(600)"""
ALL_BORN = 'until [ "$(wc -c < born)" = 128 ] 2>/dev/null; do sleep 0.05; done'


async def test_a_crowd_is_ended_and_counted(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """128 processes of one family are ended, none missed."""
    async with open_box(make_spec(), plan=plan) as box:
        await box.run(("sh", "-c", f"python3 -I -c '{BOMB}' & {ALL_BORN}"), LIMIT_S)
    assert box.receipt().left_behind == 128


async def test_a_family_that_keeps_forking_is_ended(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, lives: Callable[[int], bool]
) -> None:
    """Processes that fork and end all the time, so that no look finds all, are ended as well."""
    hop = "import os, sys\nwhile True:\n if os.fork(): os._exit(0)\n os.setsid()"
    marker = "while :; do sh -c 'sleep 0.001 & sleep 0.001'; done"
    script = f'python3 -I -c "$1" & python3 -I -c "$1" & sh -c "{marker}" & echo $!'
    async with open_box(make_spec(), plan=plan) as box:
        result = await box.run(("sh", "-c", script, "sh", hop), LIMIT_S)
        assert lives(int(result.stdout))
    assert not lives(int(result.stdout))
    assert box.receipt().left_behind >= 3
    assert "lost" not in " ".join(box.receipt().weaker_than_full)


@linux_alone
async def test_cancelling_a_command_ends_its_tree_and_not_the_box(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, lives: Callable[[int], bool]
) -> None:
    """After a cancelled command its tree is gone, and the next command runs."""
    spec = make_spec()
    async with open_box(spec, plan=plan) as box:
        await box.run(("mkfifo", "ready"), LIMIT_S)
        script = "setsid sh -c 'echo $$; echo $$ >ready; sleep 600' & wait"
        running = asyncio.create_task(box.run(("sh", "-c", script), LIMIT_S))
        pid = int(await asyncio.to_thread((spec.cwd / "ready").read_text))
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not lives(pid)
        assert (await box.run(("echo", "on"), LIMIT_S)).stdout == b"on\n"


@linux_alone
async def test_cancelling_twice_is_no_worse(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, lives: Callable[[int], bool]
) -> None:
    """Nor does the second cancellation let go before the tree is gone."""
    spec = make_spec()
    async with open_box(spec, plan=plan) as box:
        await box.run(("mkfifo", "ready"), LIMIT_S)
        script = "trap '' TERM; echo $$ >ready; sleep 600"
        running = asyncio.create_task(box.run(("sh", "-c", script), LIMIT_S))
        pid = int(await asyncio.to_thread((spec.cwd / "ready").read_text))
        running.cancel()
        await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not lives(pid)
        assert (await box.run(("echo", "on"), LIMIT_S)).stdout == b"on\n"


@linux_alone
async def test_cancelling_the_cell_closes_the_box(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, lives: Callable[[int], bool]
) -> None:
    """A deadline around the whole context leaves nothing either."""
    pids = []

    async def cell() -> None:
        async with asyncio.timeout(None) as deadline, open_box(make_spec(), plan=plan) as box:
            pids.append(await start(box, "own-session"))
            deadline.reschedule(asyncio.get_running_loop().time() + 0.05)
            await box.run(("sleep", "600"), LIMIT_S)

    with pytest.raises(TimeoutError):
        await cell()
    assert not lives(pids[0])


async def test_a_closing_that_is_cancelled_closes_all_the_same(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, lives: Callable[[int], bool]
) -> None:
    """The second cancellation waits until everything is gone."""
    pids = []

    async def cell() -> None:
        async with open_box(make_spec(), plan=plan) as box:
            pids.append(await start(box, "background"))
            asyncio.get_running_loop().call_soon(running.cancel)

    running = asyncio.create_task(cell())
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not lives(pids[0])


async def test_a_closed_box_runs_nothing(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """After the context nothing is started any more."""
    async with open_box(make_spec(), plan=plan) as box:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        await box.run(("true",), LIMIT_S)


async def test_closing_ends_a_command_under_way(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """Whoever waits for a command when the box closes is told that it was killed."""
    spec = make_spec()
    async with open_box(spec, plan=plan) as box:
        await box.run(("mkfifo", "ready"), LIMIT_S)
        script = "echo now >ready; sleep 600"
        running = asyncio.create_task(box.run(("sh", "-c", script), LIMIT_S))
        await asyncio.to_thread((spec.cwd / "ready").read_text)
    assert (await running).exit_code == 137

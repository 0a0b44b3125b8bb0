"""What bounds a command: output, files, memory, processes."""

from __future__ import annotations

import os
import resource
import sys
from typing import TYPE_CHECKING

import pytest

from cab_check.sandbox import open_box
from cab_check.sandbox.box import Limit
from cab_check.settings import MIB, BoxLimits

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.sandbox.box import Box, BoxSpec
    from cab_check.sandbox.launched import LaunchPlan

LIMIT_S = 20.0
SMALL = BoxLimits(output_bytes=100_000)


@pytest.mark.parametrize(
    "script", ["exec yes", "exec yes >&2", "setsid yes & wait"], ids=["out", "err", "own-session"]
)
async def test_yes_is_stopped(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, script: str
) -> None:
    """A command that prints without end is ended by the output limit, long before its time."""
    async with open_box(make_spec(SMALL), plan=plan) as box:
        result = await box.run(("sh", "-c", script), LIMIT_S, merge=False, keep_bytes=1000)
    kept = result.stdout + result.stderr
    assert result.stopped_by is Limit.OUTPUT
    assert result.exit_code == 137
    assert kept == b"y\n" * 500
    assert SMALL.output_bytes - 1000 < result.elided_bytes < BoxLimits().file_bytes


async def test_yes_in_the_background_is_stopped(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, lives: Callable[[int], bool]
) -> None:
    """What a command left running cannot fill the disk through its output either."""
    async with open_box(make_spec(SMALL), plan=plan) as box:
        pid = int((await box.run(("sh", "-c", "(sleep 0.05; exec yes) & echo $!"), LIMIT_S)).stdout)
        script = f"while kill -0 {pid} 2>/dev/null; do sleep 0.02; done; echo gone"
        result = await box.run(("sh", "-c", script), LIMIT_S)
    assert result.stdout == b"gone\n"
    assert not lives(pid)
    assert box.receipt().left_behind == 0


async def test_a_flood_of_200_mb_is_cut_to_its_ends(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """Where so much is allowed it is all counted, and only the ends are read back."""
    limits = BoxLimits(output_bytes=400 * MIB, file_bytes=400 * MIB)
    script = "echo first; head -c 200000000 /dev/zero; echo last"
    async with open_box(make_spec(limits), plan=plan) as box:
        result = await box.run(("sh", "-c", script), LIMIT_S, keep_bytes=20)
    assert result.stdout == b"first\n\0\0\0\0" + b"\0\0\0\0\0last\n"
    assert result.elided_bytes == 200_000_011 - 20
    assert result.stopped_by is None


@pytest.mark.parametrize(("size", "elided"), [(9, 0), (10, 0), (11, 1)])
async def test_the_cut_begins_where_it_must(box: Box, size: int, elided: int) -> None:
    """What fits is whole; the first byte too many is elided and counted."""
    result = await box.run(("printf", "%s", "abcdefghijk"[:size]), LIMIT_S, keep_bytes=10)
    assert len(result.stdout) == min(size, 10)
    assert result.elided_bytes == elided
    assert result.stdout.startswith(b"abcde")


async def test_each_stream_has_its_ends(box: Box) -> None:
    """Kept apart, both streams are cut, and one count says what is left out of both."""
    script = "printf 0123456789; printf abcdefghij >&2"
    result = await box.run(("sh", "-c", script), LIMIT_S, merge=False, keep_bytes=4)
    assert (result.stdout, result.stderr, result.elided_bytes) == (b"0189", b"abij", 12)


async def test_output_does_not_stay_on_disk(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """The files of the output have no name and are gone with the command."""
    spec = make_spec()
    async with open_box(spec, plan=plan) as box:
        await box.run(("echo", "x"), LIMIT_S)
        assert sorted(path.name for path in spec.root.iterdir()) == ["home", "tmp", "work"]


async def test_a_file_cannot_grow_for_ever(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """The limit of a file's size binds, by the signal that says so."""
    spec = make_spec(BoxLimits(file_bytes=1_000_000))
    async with open_box(spec, plan=plan) as box:
        result = await box.run(("sh", "-c", "head -c 5000000 /dev/zero >big"), LIMIT_S)
    assert (spec.cwd / "big").stat().st_size == 1_000_000
    assert result.exit_code != 0


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_DATA does not bind there")
@pytest.mark.parametrize(("data", "ok"), [(64 * MIB, False), (None, True)])
async def test_memory_is_limited(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, data: int | None, *, ok: bool
) -> None:
    """A process gets no more memory than allowed, unless the limit is off."""
    async with open_box(make_spec(BoxLimits(data_bytes=data)), plan=plan) as box:
        result = await box.run(("python3", "-I", "-c", "bytearray(200_000_000)"), LIMIT_S)
    assert (result.exit_code == 0) is ok
    assert ok or b"MemoryError" in result.stdout


async def test_limits_are_soft_and_hard(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """No limit can be raised again, and none is above what this process may have."""
    limits = BoxLimits(open_files=1_000_000_000, cpu_s=77, file_bytes=12_345_678, data_bytes=2**30)
    names = ["CORE", "CPU", "FSIZE", "NOFILE", "DATA"]
    script = (
        f"import resource as r\nfor n in {names}: print(*r.getrlimit(getattr(r, 'RLIMIT_' + n)))"
    )
    async with open_box(make_spec(limits), plan=plan) as box:
        result = await box.run(("python3", "-I", "-c", script), LIMIT_S)
    seen = [tuple(int(value) for value in line.split()) for line in result.stdout.splitlines()]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert seen == [(value, value) for value in (0, 77, 12_345_678, hard, 2**30)]


async def test_processor_time_is_limited(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """A busy loop is ended by the kernel when its processor time is used up."""
    async with open_box(make_spec(BoxLimits(cpu_s=1)), plan=plan) as box:
        result = await box.run(("sh", "-c", "while :; do :; done"), LIMIT_S)
    assert result.exit_code in {128 + 9, 128 + 24}
    assert result.stopped_by is None


@pytest.mark.skipif(os.getuid() == 0, reason="RLIMIT_NPROC does not bind for root")
async def test_a_fork_storm_is_bounded(make_spec: Callable[..., BoxSpec], plan: LaunchPlan) -> None:
    """A storm gets as many processes as allowed and the box still ends it all."""
    script = "import os, time\ntry:\n while True: os.fork()\nexcept OSError: time.sleep(600)"
    async with open_box(make_spec(BoxLimits(processes=60)), plan=plan) as box:
        result = await box.run(("python3", "-I", "-c", script), 1.0)
        assert result.stopped_by is Limit.TIME
        assert (await box.run(("echo", "on"), LIMIT_S)).stdout == b"on\n"


@pytest.mark.skipif(os.getuid() == 0, reason="RLIMIT_NPROC does not bind for root")
async def test_other_processes_of_the_user_do_not_use_up_the_limit(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """Few processes are allowed beyond those that the user has, not in all."""
    async with open_box(make_spec(BoxLimits(processes=60)), plan=plan) as crowded:
        await crowded.run(("sh", "-c", "for i in 1 2 3 4 5 6 7; do sleep 600 & done"), LIMIT_S)
        async with open_box(make_spec(BoxLimits(processes=5)), plan=plan) as box:
            assert (await box.run(("sh", "-c", "(true) && echo ok"), LIMIT_S)).stdout == b"ok\n"
            refused = "for i in 1 2 3 4 5 6 7; do sleep 600 & done; wait"
            assert (await box.run(("sh", "-c", refused), 1.0)).exit_code != 0

"""What an isolated box keeps from its commands, and what it gives them, at each level."""

from __future__ import annotations

import os
import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cab_check.sandbox import open_box
from cab_check.sandbox.box import Limit, Network
from cab_check.sandbox.inside.processes import table
from cab_check.sandbox.probe import STRONGEST_FIRST, probe
from cab_check.settings import Isolation

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.sandbox.box import BoxSpec

LIMIT_S = 30.0
OWN_ROOT = [Isolation.NAMESPACES, Isolation.BUBBLEWRAP]


def needs(level: Isolation) -> None:
    """Leave a test out, saying why, where this machine does not have its level."""
    reason = probe(level)
    if reason is not None:
        pytest.skip(f"not run at {level.value}: {reason}")


def at_each(*levels: Isolation) -> pytest.MarkDecorator:
    """Run a test at the strongest level as a matter of course, at the others when asked for."""
    first = [pytest.param(levels[0], id=levels[0].value)]
    rest = [pytest.param(level, id=level.value, marks=pytest.mark.levels) for level in levels[1:]]
    return pytest.mark.parametrize("level", first + rest)


every_level = at_each(*STRONGEST_FIRST.get(sys.platform, (Isolation.NAMESPACES,)))
own_root = at_each(*(level for level in OWN_ROOT if level in STRONGEST_FIRST["linux"]))


@pytest.fixture
def spec_at(make_spec: Callable[..., BoxSpec]) -> Callable[[Isolation], BoxSpec]:
    """Return what makes the spec of a box at a level, or leaves the test out."""

    def make(level: Isolation) -> BoxSpec:
        needs(level)
        return make_spec(isolation=level)

    return make


@every_level
async def test_nothing_of_the_user_is_there(
    spec_at: Callable[[Isolation], BoxSpec], tmp_path: Path, level: Isolation
) -> None:
    """A file beside the workspace cannot be read, changed or made; the answers are not there."""
    spec = spec_at(level)
    canary = tmp_path / "canary"
    canary.write_text("secret")
    corpus = Path(sys.modules["cab_check"].__path__[0]) / "tasks/corpus"
    assert corpus.is_dir()
    script = f"""
        cat {canary}; echo more >>{canary}; rm -f {canary}; echo new >{tmp_path}/planted
        ls {corpus}; ls {Path.home()}/.ssh
        cat {spec.root}/lock; exit 0"""
    async with open_box(spec) as box:
        result = await box.run(("sh", "-c", script), LIMIT_S, merge=False)
    assert result.stdout == b""
    assert canary.read_text() == "secret"
    assert not (tmp_path / "planted").exists()
    assert box.receipt().level is level


@at_each(*STRONGEST_FIRST.get(sys.platform, ()), Isolation.NONE)
async def test_the_means_that_are_told_are_those_that_hold(
    make_spec: Callable[..., BoxSpec], level: Isolation
) -> None:
    """Namespaces and filter, as a command finds them in /proc, are those of the receipt."""
    if level is not Isolation.NONE:
        needs(level)
    script = "readlink /proc/self/ns/pid /proc/self/ns/net; grep ^Seccomp: /proc/self/status"
    async with open_box(make_spec(isolation=level)) as box:
        assert (before := box.receipt().means) is not None
        assert before.watchdog is None
        result = await box.run(("sh", "-c", script), LIMIT_S)
    pid, net, *rest = result.stdout.decode().splitlines()
    means = box.receipt().means
    assert means is not None
    here = [os.readlink(f"/proc/self/ns/{name}") for name in ("pid", "net")]  # noqa: PTH115
    assert means.pid_ns is (pid != here[0])
    assert (means.network is Network.PRIVATE) is (net != here[1])
    assert (means.network is Network.HOST) is (level is Isolation.NONE)
    assert not means.seccomp or rest[0].split()[1] == "2"
    assert means.seccomp is (level is not Isolation.NONE)
    assert (means.watchdog, means.as_root) == (True, os.geteuid() == 0)
    assert (means.landlock_abi or 0) >= (level is Isolation.LANDLOCK)


@every_level
async def test_no_network(spec_at: Callable[[Isolation], BoxSpec], level: Isolation) -> None:
    """A service of this machine is not reached, by none of the ways that lead to it."""
    spec = spec_at(level)
    with socket.create_server(("127.0.0.1", 0)) as service:
        service.settimeout(0.0)
        port = service.getsockname()[1]
        script = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)"
        async with open_box(spec) as box:
            result = await box.run(("python3", "-c", script), LIMIT_S)
        with pytest.raises(BlockingIOError):
            service.accept()
    assert result.exit_code == 1
    assert b"Error" in result.stdout


@every_level
async def test_what_is_left_is_there_for_the_next_command_and_then_gone(
    spec_at: Callable[[Isolation], BoxSpec], level: Isolation
) -> None:
    """Files in the temporary directory and background processes last as long as the box."""
    spec = spec_at(level)
    mark = f"{1000 + os.getpid() / 1e7:.7f}"
    script = f'echo kept >"$TMPDIR/note"; (setsid sleep {mark} &) ; echo started'
    async with open_box(spec) as box:
        await box.run(("sh", "-c", script), LIMIT_S)
        result = await box.run(("sh", "-c", f'cat "$TMPDIR/note"; pkill -f {mark}$ -0'), LIMIT_S)
        assert (result.stdout, result.exit_code) == (b"kept\n", 0)
        assert running(mark)
    assert not running(mark)
    assert box.receipt().left_behind == 1


def running(mark: str) -> list[int]:
    """Return the processes of this machine whose command line names the mark."""
    return [pid for pid, row in table().items() if row.alive and mark.encode() in command_line(pid)]


def command_line(pid: int) -> bytes:
    """Return a process's command line; nothing, when it has gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@every_level
async def test_the_time_limit_ends_what_a_command_started(
    spec_at: Callable[[Isolation], BoxSpec], level: Isolation
) -> None:
    """A daemon of a command that is stopped is ended with it; the box goes on."""
    mark = f"{2000 + os.getpid() / 1e7:.7f}"
    async with open_box(spec_at(level)) as box:
        script = f"(setsid sh -c 'sleep {mark} & wait' &); sleep 600"
        result = await box.run(("sh", "-c", script), 0.5)
        assert result.stopped_by is Limit.TIME
        assert not running(mark)
        assert (await box.run(("echo", "on"), LIMIT_S)).stdout == b"on\n"


@every_level
async def test_files_come_out_as_our_own(
    spec_at: Callable[[Isolation], BoxSpec], level: Isolation
) -> None:
    """Whoever commands believe to be, what they make belongs to who runs cab."""
    spec = spec_at(level)
    (spec.cwd / "given").write_text("before")
    script = "echo after >given && mkdir made && mv given made/ && chmod 700 made && pwd"
    async with open_box(spec) as box:
        result = await box.run(("sh", "-c", script), LIMIT_S)
    assert result.stdout == f"{spec.cwd}\n".encode()
    status = (spec.cwd / "made/given").stat()
    assert (status.st_uid, status.st_gid) == (os.getuid(), os.getgid())
    assert (spec.cwd / "made/given").read_text() == "after\n"


@own_root
async def test_the_box_has_a_root_of_its_own(
    spec_at: Callable[[Isolation], BoxSpec], level: Isolation
) -> None:
    """Inside nobody is root, /tmp is the box's own, and the kernel's settings are read-only."""
    script = """
        id -u; whoami; echo hi >/tmp/mine; cat /var/tmp/mine; test -w /proc/sys/kernel && echo open
        touch /usr/x /etc/x /x 2>/dev/null || echo sealed; ls /home /root/.ssh 2>/dev/null
        cat /proc/1/environ 2>/dev/null; test -c /dev/null && echo x >/dev/null && ls /dev/shm"""
    spec = spec_at(level)
    async with open_box(spec) as box:
        result = await box.run(("sh", "-c", script), LIMIT_S)
    assert (spec.root / "tmp/mine").is_file()
    user, name, *rest = result.stdout.decode().splitlines()
    assert int(user) == (os.getuid() or 1000)
    assert name
    assert rest == ["hi", "sealed"]


@own_root
async def test_a_killed_launcher_leaves_nothing_and_no_doubt(
    spec_at: Callable[[Isolation], BoxSpec], level: Isolation
) -> None:
    """The kernel ends the box's processes with it, a daemon without a trace included."""
    mark = f"{3000 + os.getpid() / 1e7:.7f}"
    async with open_box(spec_at(level)) as box:
        await box.run(("env", "-i", "/bin/sh", "-c", f"(setsid sleep {mark} &)"), LIMIT_S)
        (daemon,) = running(mark)
        os.kill(pid_1_above(daemon), signal.SIGKILL)
        result = await box.run(("echo", "on"), LIMIT_S)
        assert not running(mark)
        if result.exit_code != 0:  # the loss was found out by this one
            result = await box.run(("echo", "on"), LIMIT_S)
        assert result.stdout == b"on\n"
    assert any("lost 1 times" in sentence for sentence in box.receipt().weaker_than_full)
    assert not any("may survive" in sentence for sentence in box.receipt().weaker_than_full)


def pid_1_above(pid: int) -> int:
    """Return the process of this machine that is PID 1 of the box in which another runs."""
    rows = table()
    while ids_of(rows[pid].parent)[-1:] != ["1"] or len(ids_of(rows[pid].parent)) == 1:
        pid = rows[pid].parent
    return rows[pid].parent


def ids_of(pid: int) -> list[str]:
    """Return a process's ids, from this machine's to that of the innermost box."""
    text = Path(f"/proc/{pid}/status").read_text()
    return next(line for line in text.splitlines() if line.startswith("NSpid:")).split()[1:]


@every_level
async def test_what_a_spec_hides_is_hidden(
    spec_at: Callable[[Isolation], BoxSpec], tmp_path: Path, level: Isolation
) -> None:
    """A directory that would be seen is empty or closed; one that is not there does no harm."""
    seen, runs = tmp_path / "seen", tmp_path / "seen/runs"
    runs.mkdir(parents=True)
    (seen / "tool").write_text("tool\n")
    (runs / "run.json").write_text("earlier")
    spec = replace(spec_at(level), readable=(seen,), hidden=(runs, seen / "not-there"))
    script = f"cat {seen}/tool; cat {runs}/run.json 2>/dev/null"
    async with open_box(spec) as box:
        result = await box.run(("sh", "-c", script), LIMIT_S)
    assert result.stdout == b"tool\n"

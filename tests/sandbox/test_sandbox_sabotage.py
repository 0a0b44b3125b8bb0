"""A command that breaks its own box is told so; it never breaks the host, and is never an error."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import cab_check
from cab_check.errors import MachineError
from cab_check.sandbox import open_box
from cab_check.sandbox.nameless import open_nameless

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.sandbox.box import BoxSpec
    from cab_check.sandbox.launched import LaunchPlan

LIMIT_S = 20.0
LAUNCHER = "$(ps -o ppid= -p $PPID)"
ATTACKS = {
    "control is a file": "rm -rf ../control; touch ../control",
    "control is a dead link": "rm -rf ../control; ln -s /nonexistent/x ../control",
    "control is a link elsewhere": 'rm -rf ../control; ln -s "$PWD" ../control',
    "home and tmp are files": "rm -rf ../home ../tmp; touch ../home ../tmp",
    "the root is gone": 'rm -rf "$(dirname "$PWD")"',
    "the root is a file": 'p="$(dirname "$PWD")"; rm -rf "$p"; touch "$p"',
    "the root is a link": (
        'p="$(dirname "$PWD")"; rm -rf "$p"; mkdir "$p.else"; ln -s "$p.else" "$p"'
    ),
    "the root is closed": "chmod 000 ..",
    "the root is read-only": "chmod 500 ..",
    "all folders are closed": "mkdir -p ../control; chmod 000 ../control ../tmp ../home",
    "the cwd is gone": 'rm -rf "$PWD"',
}

# the attack, its second argument, on a host that has no more rights than an ordinary user: root
# without its capabilities, who still reaches the interpreter that the tests run with
HOST = """
import asyncio, ctypes, os, sys
from pathlib import Path
from cab_check.sandbox import open_box
from cab_check.sandbox.box import BoxSpec
from cab_check.settings import BoxLimits, Isolation

async def main():
    root = Path(sys.argv[1]) / "root"
    (root / "work").mkdir(parents=True)
    spec = BoxSpec(root=root, cwd=root / "work", isolation=Isolation.NONE, limits=BoxLimits())
    async with open_box(spec) as box:
        first = await box.run(("sh", "-c", sys.argv[2]), 20)
        second = await box.run(("sh", "-c", "echo on"), 20)
        lost = await box.run(("sh", "-c", "kill -9 $(ps -o ppid= -p $PPID); sleep 600"), 20)
        third = await box.run(("sh", "-c", "echo on"), 20)
    print(second.exit_code, third.exit_code)

if os.geteuid() == 0:
    libc = ctypes.CDLL(None)
    for right in range(41):
        libc.prctl(24, right, 0, 0, 0)
    assert libc.capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()) == 0
asyncio.run(main())
"""


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_box_survives_what_its_commands_do_to_it(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, attack: str
) -> None:
    """The next command runs or is told as not started, also when the launcher was lost with it."""
    spec = make_spec()
    async with open_box(spec, plan=plan) as box:
        assert (await box.run(("sh", "-c", ATTACKS[attack]), LIMIT_S)).exit_code == 0
        second = await box.run(("sh", "-c", "echo on"), LIMIT_S)
        await box.run(("sh", "-c", f"kill -9 {LAUNCHER}; sleep 600"), LIMIT_S)
        third = await box.run(("sh", "-c", "echo on"), LIMIT_S)
    for result in (second, third):
        if result.exit_code == 126:
            assert b"cannot start a command in" in result.stdout
        else:
            assert (result.exit_code, result.stdout) == (0, b"on\n")
    assert box.receipt().commands == 4


@pytest.mark.skipif(sys.platform != "linux", reason="drops rights as Linux has them")
@pytest.mark.parametrize("attack", ATTACKS)
def test_a_box_of_an_ordinary_user_survives_it(tmp_path: Path, attack: str) -> None:
    """Modes bind there: a closed root is a result, too."""
    done = subprocess.run(
        [sys.executable, "-c", HOST, tmp_path, ATTACKS[attack]],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(cab_check.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    root = tmp_path / "root"
    if root.is_dir() and not root.is_symlink():  # an attack may have left a link to anywhere
        root.chmod(0o700)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) <= {"0", "126"}


async def test_a_link_in_place_of_a_folder_is_never_followed(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, tmp_path: Path
) -> None:
    """Nothing of ours is written to where a command points."""
    (tmp_path / "elsewhere").mkdir()
    place = tmp_path / "elsewhere"
    script = f"rm -rf ../*/; for name in control home tmp bin; do ln -s {place} ../$name; done"
    async with open_box(make_spec(), plan=plan) as box:
        await box.run(("sh", "-c", script), LIMIT_S)
        await box.run(("sh", "-c", f"kill -9 {LAUNCHER}; sleep 600"), LIMIT_S)
        await box.run(("sh", "-c", "echo on"), LIMIT_S)
    assert not list((tmp_path / "elsewhere").iterdir())


async def test_a_launcher_that_cannot_be_replaced_is_a_result(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, tmp_path: Path
) -> None:
    """Before the first command it is the machine's fault, from then on a command's."""
    entry = tmp_path / "once.py"
    entry.write_text(f"import runpy; runpy.run_path({str(plan.entry)!r}, run_name='__main__')")
    async with open_box(make_spec(), plan=replace(plan, entry=entry)) as box:
        await box.run(("rm", str(entry)), LIMIT_S)
        await box.run(("sh", "-c", f"kill -9 {LAUNCHER}; sleep 600"), LIMIT_S)
        for merge in (True, False):
            result = await box.run(("echo", "on"), LIMIT_S, merge=merge)
            assert result.exit_code == 126
            assert b"the command was not run: " in (result.stdout if merge else result.stderr)


async def test_folders_that_cannot_be_made_at_first_are_the_machines_fault(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """No command has run that could have put something there."""
    spec = make_spec()
    (spec.root / "home").write_text("")
    async with open_box(spec, plan=plan) as box:
        with pytest.raises(MachineError, match="folders"):
            await box.run(("true",), LIMIT_S)


@pytest.mark.parametrize("gone", [False, True], ids=["on disk", "in memory"])
def test_a_nameless_file_appends_and_has_no_name(tmp_path: Path, *, gone: bool) -> None:
    """Also where its directory is no more."""
    (tmp_path / "place").mkdir()
    folder = os.open(tmp_path / "place", os.O_RDONLY)
    if gone:
        (tmp_path / "place").rmdir()
    descriptor = open_nameless(folder)
    try:
        os.write(descriptor, b"one ")
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, b"two")
        assert os.pread(descriptor, 99, 0) == b"one two"
        assert os.fstat(descriptor).st_nlink == 0
        assert gone or not list((tmp_path / "place").iterdir())
    finally:
        os.close(descriptor)
        os.close(folder)


REACH = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
for name, pid in zip(("host", "launcher", "steward"), map(int, sys.argv[1:])):
    for file in ("mem", "environ", "maps"):
        try:
            open(f"/proc/{pid}/{file}", "rb" if file != "mem" else "r+b").read(1)
            print(name, file)
        except PermissionError:
            pass
    try:
        os.readlink(f"/proc/{pid}/fd/0")
        print(name, "fd")
    except PermissionError:
        pass
    if libc.ptrace(0x4206, pid, 0, 0) == 0:
        print(name, "ptrace")
    pidfd = os.pidfd_open(pid)
    if any(libc.syscall(438, pidfd, fd, 0) >= 0 for fd in range(8)):
        print(name, "pidfd_getfd")
    one = ctypes.create_string_buffer(8)
    if libc.process_vm_readv(pid, one, 0, one, 0, 0) > 0:
        print(name, "process_vm_readv")
print("done", *(line.split()[1] for line in open("/proc/self/status") if line.startswith("Cap")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_no_command_reaches_into_who_holds_it(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """Memory, environment and descriptors of host, launcher and steward are closed, to root too."""
    async with open_box(make_spec(), plan=plan) as box:
        script = f'python3 -c "$0" {os.getpid()} {LAUNCHER} $PPID'
        result = await box.run(("sh", "-c", script, REACH), LIMIT_S)
    *reached, last = result.stdout.decode().splitlines()
    word, *sets = last.split()
    assert (reached, word) == ([], "done")
    assert not any(int(held, 16) & 1 << 19 for held in sets), "CAP_SYS_PTRACE is left"
    assert "cab's own memory and environment cannot be read" in box.receipt().layers


async def test_a_command_still_traces_its_own(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """A debugger works on what it starts."""
    code = (
        "import ctypes, os, signal, subprocess; child = subprocess.Popen(['sleep', '60']);"
        "print(ctypes.CDLL(None).ptrace(16, child.pid, 0, 0)); child.kill()"
    )
    async with open_box(make_spec(), plan=plan) as box:
        result = await box.run(("python3", "-c", code), LIMIT_S)
    assert result.stdout == b"0\n"

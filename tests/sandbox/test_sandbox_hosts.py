"""A host at every level: what its commands find of it, and what is left when it is ended."""

from __future__ import annotations

import os
import select
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cab_check.settings import Isolation
from tests.installed import NOBODY, installed

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tests.installed import Installed

pytestmark = [
    pytest.mark.levels,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="these levels are Linux's"),
]
ISOLATING = [Isolation.NAMESPACES, Isolation.BUBBLEWRAP, Isolation.LANDLOCK]
EVERY = [*ISOLATING, Isolation.NONE]

# A host as cab is one: a private directory, in it a box, in that two commands. The first prints.
HOST = """
import asyncio, sys
from pathlib import Path
from cab_check.errors import MachineError
from cab_check.sandbox import open_box
from cab_check.sandbox.box import BoxSpec
from cab_check.settings import BoxLimits, Isolation
from cab_check.workspace import open_private_dir

async def main(level, state, first, second):
    with open_private_dir(None) as place:
        root = place.path / "cell"
        (root / "work").mkdir(parents=True)
        spec = BoxSpec(
            root=root, cwd=root / "work", isolation=Isolation(level), limits=BoxLimits(),
            hidden=(Path(state),),
        )
        async with open_box(spec) as box:
            result = await box.run(("sh", "-c", first), 120)
            print(place.path, result.stdout.decode(), "end of it", sep="\\n", flush=True)
            await box.run(("sh", "-c", second), 600)

try:
    asyncio.run(main(*sys.argv[1:]))
except MachineError as error:
    sys.exit(f"denied: {error}")
"""


@pytest.fixture(scope="module", params=["self", "nobody"])
def cab(request: pytest.FixtureRequest) -> Iterator[Installed]:
    """Install cab for who runs the tests, or for the ordinary user `nobody`."""
    with installed(request.param) as made:
        yield made


def state_of(cab: Installed) -> Path:
    """Make a state directory with an earlier run, where a command could look for it."""
    run = cab.home / "state/runs/earlier"
    run.mkdir(parents=True, exist_ok=True)
    (run / "corpus-of-answers.json").write_text("{}")
    if cab.user == "nobody":
        for path in (run.parent.parent, run.parent, run, run / "corpus-of-answers.json"):
            os.chown(path, NOBODY, NOBODY)
    return run.parent.parent


def begin(
    cab: Installed, level: Isolation, first: str, second: str = "true"
) -> tuple[subprocess.Popen[str], Path, list[str]]:
    """Start a host; return it, its private directory, and what its first command printed."""
    argv = (cab.python, "-c", HOST, level.value, str(state_of(cab)), first, second)
    process = cab.start(*argv)
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        if line == "end of it\n":
            return process, Path(lines[0]), [text for text in lines[1:] if text]
        lines.append(line.rstrip("\n"))
    said = process.communicate()[1]
    if "denied: " in said and level is not Isolation.NONE:
        pytest.skip(f"not run as {cab.user} at {level.value}: {said.strip()}")
    raise AssertionError(said)


@pytest.mark.parametrize("level", EVERY)
def test_a_search_of_the_whole_machine_finds_no_answers(cab: Installed, level: Isolation) -> None:
    """With cab in the very environment whose `python3` is first on PATH, nor the earlier runs.

    At `none` they are found, as its receipt says, where they are.
    """
    place = cab.home.parent
    top = place if level is Isolation.NONE else "/"  # there too much would be found
    script = (
        f"find {top} -path /proc -prune -o -path '*corpus*' -print 2>/dev/null |"
        " grep -e cab_check -e state/;"
        f"find {top} -path /proc -prune -o -path '*{place.name}*' -name '*.toml' -print"
        " 2>/dev/null; exit 0"
    )
    process, _, found = begin(cab, level, script)
    process.communicate()
    assert process.returncode == 0
    if level is Isolation.NONE:
        assert any("/cab_check/tasks/corpus" in path for path in found)
        assert any("state/runs/earlier/corpus-of" in path for path in found)
    else:
        assert found == []


# A daemon without a trace of its parents, a background process that ignores what it can, and then
# a command under way; each sleeps for a time of its own, by which it is known from outside.
LEAVE = """
(env -i /bin/sh -c 'setsid sleep {mark}1 &' &); (trap '' TERM HUP INT; exec sleep {mark}2) &
until [ $(pgrep -cf 'sleep {mark}[12]$') = 2 ]; do :; done"""
STAY = "trap '' TERM HUP INT; sleep {mark}3 & wait; sleep {mark}4"


@pytest.mark.parametrize("level", EVERY)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_an_ended_host_leaves_nothing(
    cab: Installed, level: Isolation, number: signal.Signals
) -> None:
    """No process and no mount; its directory goes at once, or with the next start after a kill."""
    mark = f"{4000 + EVERY.index(level)}.{os.getpid()}"
    process, place, _ = begin(cab, level, LEAVE.format(mark=mark), STAY.format(mark=mark))
    while not (left := sleepers(f"{mark}3")):
        assert process.poll() is None
    left += sleepers(f"{mark}1") + sleepers(f"{mark}2")
    assert len(left) == 3
    os.killpg(process.pid, number)
    process.communicate()
    assert all(ends(pid) for pid in left)
    assert sleepers(mark) == []
    assert str(place) not in Path("/proc/self/mountinfo").read_text()
    assert place.exists() is (number is signal.SIGKILL)
    if number is signal.SIGKILL:
        done = cab.run(cab.cab, "demo", "--state-dir", cab.home / "demo", "--isolation", level)
        assert done.returncode == 0, done.stderr
        assert place.name in done.stderr
        assert not place.exists()


def sleepers(mark: str) -> list[int]:
    """Return the processes of this machine that sleep for a time that begins so."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0] == b"sleep" and words[1].startswith(mark.encode()):
            found.append(int(path.parent.name))
    return found


def ends(pid: int) -> bool:
    """Wait on the kernel's word that a process has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 30)[0])
    finally:
        os.close(descriptor)

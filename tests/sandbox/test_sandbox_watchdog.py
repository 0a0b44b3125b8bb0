"""The watchdog: what all of a box uses together is bounded, and the limit is named."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from cab_check.sandbox import open_box
from cab_check.sandbox.box import Limit
from cab_check.sandbox.disk import disk_use
from cab_check.sandbox.inside.processes import table
from cab_check.sandbox.memory import shared_out_bytes
from cab_check.settings import MIB, BoxLimits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cab_check.sandbox.box import BoxSpec
    from cab_check.sandbox.launched import LaunchPlan

LIMIT_S = 20.0
SMALL = BoxLimits(processes=40, memory_bytes=128 * MIB, disk_bytes=16 * MIB)
# eight processes that together have 256 MiB, and never end
HOG = (
    "import os, time\nfor _ in range(7):\n if not os.fork(): break\n"
    "b = b'x' * (32 << 20)\ntime.sleep(600)"
)
# twelve more that share the pages of one which has 64 MiB
SHARERS = (
    "import os, time\nb = b'x' * (64 << 20)\nfor _ in range(12):\n"
    " if not os.fork(): time.sleep(0.8); os._exit(0)\nfor _ in range(12): os.wait()"
)
FILES = "import os\nfor n in range(600):\n open(f'{n}', 'wb').write(os.urandom(64 << 10))\n"
NAMELESS = (
    "import os\nkept = []\nfor n in range(600):\n kept.append(open('x', 'wb')); os.unlink('x')\n"
    " kept[-1].write(os.urandom(64 << 10)); kept[-1].flush()\n"
)
WAIT = "import time; time.sleep(600)"
STORM = "for i in $(seq 60); do sleep 600 & done; wait"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("argv", "limit"),
    [
        (("python3", "-ISc", HOG), Limit.MEMORY),
        (("sh", "-c", STORM), Limit.PROCESSES),
        (("python3", "-ISc", FILES + WAIT), Limit.DISK),
        (("python3", "-ISc", NAMELESS + WAIT), Limit.DISK),
    ],
    ids=["memory", "processes", "many-files", "files-without-names"],
)
async def test_a_box_over_a_limit_is_emptied_and_the_limit_named(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan, argv: tuple[str, ...], limit: Limit
) -> None:
    """No process of it is over a limit of its own; all together they are, and are ended."""
    async with open_box(make_spec(SMALL), plan=plan) as box:
        result = await box.run(argv, LIMIT_S)
        assert (result.exit_code, result.stopped_by) == (137, limit)
        again = await box.run(("sh", "-c", "rm -f [0-9]*; echo on"), LIMIT_S)
    assert (again.stdout, again.stopped_by, again.ended_before) == (b"on\n", None, None)
    assert box.receipt().left_behind == 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_memory_that_is_shared_counts_once(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """Thirteen processes of 64 MiB each that are the same pages are under a limit of 128."""
    async with open_box(make_spec(SMALL), plan=plan) as box:
        result = await box.run(("python3", "-ISc", SHARERS), LIMIT_S)
    assert (result.exit_code, result.stopped_by) == (0, None)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_what_runs_between_commands_is_watched_too(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """What a command left running is ended over a limit, and the next command is told."""
    left = f'nohup python3 -ISc "{HOG}" >/dev/null 2>&1 &'
    async with open_box(make_spec(SMALL), plan=plan) as box:
        result = await box.run(("sh", "-c", left), LIMIT_S)
        assert result.stopped_by is None
        gone = "while ps -e -o args= | grep -q '[r]ange(7)'; do sleep 0.05; done; echo gone"
        result = await box.run(("sh", "-c", gone), LIMIT_S)
        results = [result, await box.run(("true",), LIMIT_S)]
    # whether the look fell into the command or before it, one of the two is told
    told = [Limit.MEMORY in (one.stopped_by, one.ended_before) for one in results]
    assert any(told)


async def test_a_full_tree_can_be_cleared_up(
    make_spec: Callable[..., BoxSpec], plan: LaunchPlan
) -> None:
    """A command after the one that filled the disk is not ended for what it found."""
    async with open_box(make_spec(SMALL), plan=plan) as box:
        full = await box.run(("python3", "-ISc", FILES + WAIT), LIMIT_S)
        assert full.stopped_by is Limit.DISK
        look = await box.run(("sh", "-c", "sleep 0.5; ls | wc -l"), LIMIT_S)
    assert look.stopped_by is None
    assert int(look.stdout) > 100


def test_disk_use_counts_names_nested_files_and_links_once(tmp_path: Path) -> None:
    """Blocks, at least one a name, a file with two names as one; no symlink is followed."""
    (tmp_path / "big").mkdir()
    (tmp_path / "big" / "a").write_bytes(os.urandom(MIB))
    os.link(tmp_path / "big" / "a", tmp_path / "b")
    (tmp_path / "out").symlink_to("/usr")
    root = os.open(tmp_path, os.O_RDONLY)
    try:
        use = disk_use(root, (), 2**40)
        some = disk_use(root, (), 10)
    finally:
        os.close(root)
    assert MIB <= use.used_bytes < MIB + 64 * 1024
    assert not use.hidden
    assert 10 < some.used_bytes <= use.used_bytes


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_real_memory_is_never_more_than_what_is_resident() -> None:
    """A process of ours has both; one that is gone has nothing."""
    own = table()[os.getpid()].resident_bytes
    assert 0 < shared_out_bytes({os.getpid(): own}) <= own * 1.2
    assert shared_out_bytes({2**22 + 1: 99}) == 0

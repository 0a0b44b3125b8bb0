"""What is said of a launcher that did not come up."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from cab_check.errors import MachineError
from cab_check.sandbox import open_box
from cab_check.sandbox.channel import Launch, launch
from cab_check.sandbox.inside.orders import Confine, Setup
from cab_check.sandbox.nameless import open_nameless
from cab_check.sandbox.probe import STRONGEST_FIRST, probe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cab_check.sandbox.box import BoxSpec
    from cab_check.settings import Isolation

SETUP = Setup(
    cwd="/",
    environment=(),
    processes=9,
    data_bytes=None,
    file_bytes=9,
    open_files=9,
    cpu_s=9,
    output_bytes=9,
    subreaper=True,
)


async def test_what_bubblewrap_says_is_handed_on(tmp_path: Path) -> None:
    """Its complaint is the reason, also when it ends with our order unread in its socket."""
    bwrap = tmp_path / "bwrap"
    bwrap.write_text("#!/bin/sh\nhead -c 1 >/dev/null\necho bwrap: no, never >&2\n")
    bwrap.chmod(0o700)
    root = os.open(tmp_path, os.O_RDONLY)
    order = Confine("bubblewrap", str(tmp_path / "root"), (), 9)
    what = Launch(
        entry=tmp_path / "start.py",
        confine=order,
        setup=SETUP,
        environment={},
        nameless=lambda: open_nameless(root),
        bubblewrap=str(bwrap),
    )
    try:
        with pytest.raises(MachineError, match="bwrap: no, never"):
            await launch(what)
    finally:
        os.close(root)


@pytest.mark.levels
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize("level", STRONGEST_FIRST["linux"])
async def test_git_makes_a_repository_at_each_level(
    make_spec: Callable[..., BoxSpec], level: Isolation
) -> None:
    """A configuration of the whole machine is either not there or can be read."""
    reason = probe(level)
    if reason is not None:
        pytest.skip(f"not run at {level.value}: {reason}")
    script = "git init -q . && echo one >a && git add a && git commit -qm one && git log --oneline"
    async with open_box(make_spec(isolation=level)) as box:
        result = await box.run(("sh", "-c", script), 30.0)
    assert result.exit_code == 0, result.stdout

"""No git of the host is run on what an agent left: its configuration names programs."""

from __future__ import annotations

import asyncio
import os
import shutil
from typing import TYPE_CHECKING

from cab_check.tasks import catalog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    import pytest

    from cab_check.verify import Verification


async def test_a_planted_git_configuration_is_not_acted_on(
    lay_out: Callable[..., Path],
    judge: Callable[..., Awaitable[Verification]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A git that comes first on PATH is never called, though it would have left its mark."""
    canary, programs = tmp_path / "canary", tmp_path / "programs"
    programs.mkdir()
    (programs / "git").write_text(f"#!/bin/sh\necho called >>{canary}\n")
    (programs / "git").chmod(0o700)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    task = catalog.find("polyglot/python-reverse-string")
    config = f"[core]\n\tfsmonitor = touch {canary}\n\thooksPath = .\n"
    planted = {".git/config": config, ".git/HEAD": "ref: refs/heads/main\n", ".gitattributes": "*"}
    verification = await judge(task, lay_out(task, task.oracle_dir, planted))
    assert verification.exit_code == 0, verification.stderr
    assert not canary.exists()
    called = await asyncio.create_subprocess_exec(str(shutil.which("git")))
    assert await called.wait() == 0
    assert canary.exists()

"""The judge: three trees, the task's verifier in a box of its own (DESIGN §3.4)."""

from __future__ import annotations

import dataclasses
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.aside import aside
from cab_check.sandbox.box import BoxSpec, Limit
from cab_check.settings import MIB
from cab_check.tasks.files import is_litter
from cab_check.workspace import Kind, copy_tree, matches
from cab_check.workspace.walk import Event, open_root, walk

if TYPE_CHECKING:
    from pathlib import Path

    from cab_check.sandbox.box import CommandResult, OpenBox
    from cab_check.settings import BoxLimits, Isolation
    from cab_check.tasks.task import Task

ENDED_BY_LIMIT = 124
READ_ONLY = 0o555


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What the task's verifier said. Its exit code is all that counts.

    `stdout` and `stderr` are text (invalid UTF-8 replaced), whole up to 1 MiB.
    """

    exit_code: int
    timed_out: bool
    stdout: str
    stderr: str
    duration_ms: float


@dataclass(frozen=True, slots=True)
class Trees:
    """The three trees that a verifier is told of.

    `agent` is what the agent left and `pristine` the fixture, both read-only; `work`, where the
    verifier runs, is the agent's tree once more with the judge laid over it: the task's kits, then
    its verify/.
    """

    agent: Path
    pristine: Path
    work: Path


async def verify(
    task: Task,
    *,
    agent_tree: Path,
    root: Path,
    limits: BoxLimits,
    isolation: Isolation,
    open_box: OpenBox,
    limit_s: float,
    hidden: tuple[Path, ...] = (),
) -> Verification:
    """Judge the tree that an agent left, without ever touching it.

    `root` is a private directory for the trees and the box; it is made here, so that nothing can
    lie in it before. `hidden` is what the box must not see. A verifier that a limit ended never
    passes. Raises OSError when the root is there already and when the disk is full.
    """
    started = time.monotonic()
    trees = await aside(_lay_out, task, agent_tree, root)
    if not task.limits_data:
        limits = dataclasses.replace(limits, data_bytes=None)
    spec = BoxSpec(
        root=root,
        cwd=trees.work,
        isolation=isolation,
        limits=limits,
        writable=(trees.work,),
        readable=(trees.agent, trees.pristine),
        hidden=hidden,
        environment={
            "CAB_AGENT_DIR": str(trees.agent),
            "CAB_PRISTINE_DIR": str(trees.pristine),
            "CAB_WORK_DIR": str(trees.work),
        },
    )
    async with open_box(spec) as box:
        result = await box.run(task.verify, limit_s, merge=False, keep_bytes=MIB)
    return _read(result, (time.monotonic() - started) * 1000)


def _lay_out(task: Task, agent_tree: Path, root: Path) -> Trees:
    """Build the three trees.

    What the task ignores is left out of both of the agent's trees (SCORING: it never reaches the
    verifier), unless the fixture has that path; `.git` and the judge's litter are left out of
    work/.
    """
    root.mkdir(mode=0o700, parents=True)
    trees = Trees(agent=root / "agent", pristine=root / "pristine", work=root / "work")
    for tree in (trees.agent, trees.pristine, trees.work):
        tree.mkdir(mode=0o700)
    fixture = copy_tree(task.workdir, trees.pristine, skip=is_litter).snapshot

    def is_ignored(path: str) -> bool:
        return path not in fixture.entries and matches(path, task.ignored)

    copy_tree(agent_tree, trees.agent, skip=is_ignored)
    copy_tree(trees.agent, trees.work, skip=_is_git)
    for part in task.judge_dirs:
        copy_tree(part, trees.work, skip=is_litter)
    for tree in (trees.agent, trees.pristine):
        _make_read_only(tree)
    return trees


def _is_git(path: str) -> bool:
    return path.rpartition("/")[2] == ".git"


def _make_read_only(tree: Path) -> None:
    """Take the right to write from every file and directory; symlinks have no modes."""
    with open_root(tree) as cursor:
        for step in walk(cursor):
            if step.event is Event.LEAVE or step.kind is Kind.FILE:
                mode = os.lstat(step.name, dir_fd=step.directory).st_mode
                os.chmod(step.name, mode & READ_ONLY, dir_fd=step.directory)
    tree.chmod(tree.stat().st_mode & READ_ONLY)


def _read(result: CommandResult, duration_ms: float) -> Verification:
    exit_code = result.exit_code
    if result.stopped_by is not None and exit_code == 0:
        exit_code = ENDED_BY_LIMIT
    return Verification(
        exit_code=exit_code,
        timed_out=result.stopped_by is Limit.TIME,
        stdout=result.stdout.decode("utf-8", "replace"),
        stderr=result.stderr.decode("utf-8", "replace"),
        duration_ms=duration_ms,
    )

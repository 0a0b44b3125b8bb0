"""Is the judge itself fit here? A task whose own right answer fails cannot fail anybody else."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from cab_check.aside import aside
from cab_check.cell.places import private_place
from cab_check.errors import UsageError
from cab_check.tasks.catalog import is_own
from cab_check.tasks.files import is_litter
from cab_check.verify import verify
from cab_check.workspace import copy_tree

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from pathlib import Path

    from cab_check.cell.bench import Bench
    from cab_check.cell.halt import Halt
    from cab_check.tasks.spec import Task
    from cab_check.verify import Verification

Outcome = TypeVar("Outcome")
# what a verifier that is under way may still take after a Ctrl-C
_LAST_S = 5.0


async def unless_interrupted(
    work: Coroutine[object, object, Outcome], interrupted: Halt
) -> Outcome | None:
    """Await the work; once it has to hurry it has five seconds left, then it is ended: None."""
    working = asyncio.ensure_future(work)
    waiting = asyncio.ensure_future(interrupted.hurry.wait())
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            await asyncio.wait({working}, timeout=_LAST_S)
        return working.result() if working.done() else None
    finally:
        for pending in (working, waiting):
            pending.cancel()
        await asyncio.gather(working, waiting, return_exceptions=True)


async def judge_fault(task: Task, bench: Bench) -> str | None:
    """Verify the task's own right answer, once a run; None when the judge accepts it.

    Else what it says (SCORING: a fixture whose oracle fails here is the task's fault). None as well
    when an interruption leaves no time to find out.
    """
    asked = bench.judges.once(task.root, partial(_ask_judge, task, bench))
    return await unless_interrupted(asked, bench.interrupted)


async def _ask_judge(task: Task, bench: Bench) -> str | None:
    """Let the judge look at the right answer, in a private directory of its own."""
    settings = bench.settings
    async with bench.judges.room, private_place(settings.scratch_dir) as place:
        verification = await verify(
            task,
            agent_tree=await aside(_right_answer, task, place),
            root=place / "judge",
            limits=settings.limits,
            isolation=bench.isolation,
            open_box=bench.open_box,
            hidden=(bench.settings.state_dir,),
            limit_s=settings.verify_limit_s,
        )
    return _complaint(verification, settings.verify_limit_s)


def _right_answer(task: Task, root: Path) -> Path:
    tree = root / "oracle"
    for source in (task.workdir, task.oracle_dir):
        copy_tree(source, tree, skip=is_litter)
    return tree


def _complaint(verification: Verification, limit_s: float) -> str | None:
    if verification.timed_out:
        return f"it does not end within {limit_s:g} s"
    if verification.exit_code == 0:
        return None
    said = (verification.stderr.strip() or verification.stdout.strip()).splitlines()
    return f"exit code {verification.exit_code}{': ' + said[-1] if said else ''}"


async def check_judges(tasks: Sequence[Task], bench: Bench) -> None:
    """Raise UsageError when a task of the user's own has a judge that refuses its right answer.

    Told before anything is spent; cab's own tasks are held by `cab selftest`.
    """
    for task in (task for task in tasks if is_own(task)):
        fault = await judge_fault(task, bench)
        if fault is not None:
            raise UsageError(
                f"{task.home}: the task's own right answer fails its verifier: {fault}",
                hint=f"mend verify/ or oracle/; `cab selftest --task {task.home}` shows it",
            )

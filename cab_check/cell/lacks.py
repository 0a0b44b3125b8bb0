"""What ends a cell from outside: a machine that has no more to give, a task that is another now."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from cab_check.endpoint.faults import Party
from cab_check.errors import CabError, MachineError, UsageError
from cab_check.tasks.spec import fixture_sha256, judge_sha256
from cab_check.verdict import Status, Verdict

if TYPE_CHECKING:
    from cab_check.cell.judges import Judges
    from cab_check.tasks.spec import Task

_GONE = frozenset({errno.ENOENT, errno.ENOTDIR})
_USED_UP = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
)


def digests(task: Task, judges: Judges) -> tuple[str, str]:
    """Return the digests of fixture and judge; UsageError where the run's first look saw others.

    What the model did with another task, or before another judge, is not the same measurement.
    """
    try:
        found = (fixture_sha256(task), judge_sha256(task))
    except OSError as error:
        if error.errno not in _GONE:
            raise
        raise _changed(task, f": {error}") from error
    if judges.seen.setdefault(task.root, found) != found:
        raise _changed(task)
    return found


def lack(error: Exception, task: Task, judges: Judges) -> CabError | None:
    """Return what is no fault of the cell's in an error that ended it; None for a bug of ours."""
    if isinstance(error, CabError):
        return error
    if not isinstance(error, OSError):
        return None
    if error.errno in _USED_UP:
        return MachineError(
            f"this machine could not go on with a cell: {error}",
            hint="make room where TMPDIR is, or for open files and memory; fewer --jobs need less",
        )
    try:
        digests(task, judges)
    except CabError as changed:
        return changed
    except OSError:
        pass
    return None


def of_lack(error: CabError) -> Verdict:
    """Give the verdict on a cell that lacked something."""
    return Verdict(
        status=Status.NOT_SCORED, fault=Party.TASK, evidence=error.message, hint=error.hint
    )


def _changed(task: Task, why: str = "") -> UsageError:
    return UsageError(
        f"{task.home} was changed while the run was under way{why}",
        hint="put it back as it was and go on with --resume, or start a new run",
    )

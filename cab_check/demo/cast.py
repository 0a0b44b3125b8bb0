"""The cast: which actor a model's name stands for, and the names that are listed."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.demo.actors import Noop, Planned, refuse_all
from cab_check.demo.apierror import ApiError, model_not_found
from cab_check.demo.overlay import read_answer
from cab_check.demo.plan import Plan, look_command
from cab_check.demo.script import read_script
from cab_check.errors import CabError
from cab_check.tasks.spec import ConstraintKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cab_check.demo.actors import Actor
    from cab_check.demo.overlay import AnswerFile
    from cab_check.tasks.spec import Task

_KNOWN = "models are oracle:TASK, noop:TASK, refuse-all:TASK, cheat:NAME:TASK, scripted:FILE"
_PYTHON_TESTS = ("python3", "-B", "-m", "unittest", "discover", "-s", "tests")


@dataclass(frozen=True, slots=True)
class Cast:
    """Finds the actor for a model's name; `find` and `all_tasks` are the catalogue's."""

    find: Callable[[str], Task]
    all_tasks: Callable[[], Iterable[Task]]

    def names(self) -> Iterator[str]:
        """Yield every actor with every task; scripts are files and cannot be listed.

        ApiError 500 when the tasks themselves cannot be read.
        """
        try:
            tasks = tuple(self.all_tasks())
        except CabError as error:
            raise _server_error(f"The tasks cannot be read: {error.message}") from error
        for task in tasks:
            for actor in ("oracle", "noop", "refuse-all"):
                yield f"{actor}:{task.id}"
            for cheat in task.cheats:
                yield f"cheat:{cheat}:{task.id}"

    def actor(self, model: str) -> Actor:
        """Return the actor; ApiError 404 when the name, the task or the file is not there."""
        kind, colon, rest = model.partition(":")
        if kind == "scripted" and rest:
            return read_script(Path(rest))
        name, rest = _cheat_name(rest) if kind == "cheat" else (None, rest)
        if kind not in {"oracle", "noop", "refuse-all", "cheat"} or not (colon and rest):
            raise model_not_found(model, _KNOWN)
        task = self._task(model, rest)
        match kind:
            case "noop":
                return Noop()
            case "refuse-all":
                return refuse_all()
        if name is not None and name not in task.cheats:
            known = ", ".join(task.cheats) or "none"
            raise model_not_found(model, f"{task.id} has no cheat {name!r}; there are: {known}")
        return _answering(task, task.oracle_dir if name is None else task.cheat_dir(name))

    def _task(self, model: str, id_or_path: str) -> Task:
        try:
            return self.find(id_or_path)
        except CabError as error:
            raise model_not_found(model, f"{error.message} {error.hint}") from error


def _cheat_name(rest: str) -> tuple[str, str]:
    name, _, task = rest.partition(":")
    return name, task


def _answering(task: Task, folder: Path) -> Planned:
    try:
        files = read_answer(folder)
    except OSError as error:
        message = f"{folder.name} of {task.id} cannot be read: {error.strerror or error}"
        raise _server_error(message) from error
    names = ", ".join(file.path for file in files)
    closing = f"Done. What I wrote: {names}."
    plan = Plan(files=files, closing=closing, explore=True, check=_check_command(task, files))
    return Planned(plan)


def _check_command(task: Task, files: tuple[AnswerFile, ...]) -> str | None:
    """Return the command that a careful agent would end with; none where a rule is about those."""
    if any(rule.kind is ConstraintKind.COMMAND_NOT_RUN for rule in task.constraints):
        return None
    if task.language == "python" and (task.workdir / "tests").is_dir():
        return shlex.join(_PYTHON_TESTS)
    return look_command(files) if files else None


def _server_error(message: str) -> ApiError:
    return ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, message, kind="server_error")

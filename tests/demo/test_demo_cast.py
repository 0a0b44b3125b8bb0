"""Which actor a name stands for, and what the actors do with the package's own tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cab_check.demo import serve
from cab_check.demo.actors import GENERIC_REFUSAL, NOOP_TEXT, Planned
from cab_check.demo.apierror import ApiError
from cab_check.demo.cast import Cast
from cab_check.demo.chat import DeclaredTool
from cab_check.demo.overlay import AnswerFile
from cab_check.demo.plan import Plan
from cab_check.demo.toolbox import Toolbox
from cab_check.errors import UsageError
from cab_check.tasks.spec import Constraint, ConstraintKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.tasks.spec import Task

TEXT = {"type": "string"}
SHELL = DeclaredTool("run_command", {"properties": {"command": TEXT}})
WRITER = DeclaredTool("write_file", {"properties": {"path": TEXT, "content": TEXT}})


def planned(task: Task) -> Plan:
    """Return the oracle's plan for a task."""
    actor = Cast(lambda _: task, lambda: (task,)).actor("oracle:it")
    assert isinstance(actor, Planned)
    return actor.plan


def test_the_check_is_the_tests_of_a_python_task(task: Task) -> None:
    """Visible tests are run where there are any; else the written files are looked at."""
    assert (planned(task).check or "").startswith("ls -l -- ")
    python = replace(task, language="python")
    assert planned(python).check == "python3 -B -m unittest discover -s tests"


def test_no_command_is_ventured_where_a_rule_forbids_some(task: Task) -> None:
    """With a rule about commands there is no check, so that the oracle cannot break it."""
    rule = Constraint(kind=ConstraintKind.COMMAND_NOT_RUN, pattern="ls")
    assert planned(replace(task, constraints=(rule,))).check is None


def test_an_answer_without_files_has_nothing_to_look_at(task: Task) -> None:
    """An empty oracle is played with a look round and the closing text."""
    empty = task.root / "empty" / "oracle"
    empty.mkdir(parents=True)
    plan = planned(replace(task, root=empty.parent))
    assert (plan.files, plan.check) == ((), None)


def test_an_answer_that_cannot_be_read_is_a_fault_of_the_server(task: Task) -> None:
    """A task without an oracle is a 500 that says so, not a crash."""
    with pytest.raises(ApiError, match="oracle of demo/small-task cannot be read") as caught:
        planned(replace(task, root=task.root / "nowhere"))
    assert caught.value.status == 500


def test_tasks_that_cannot_be_read_are_a_fault_of_the_server(
    find: Callable[[str], Task],
) -> None:
    """A broken task does not take the connection with it when models are listed."""

    def broken() -> tuple[Task, ...]:
        raise UsageError("task.toml: no such key", hint="mend it")

    with pytest.raises(ApiError, match=r"task\.toml: no such key"):
        list(Cast(find, broken).names())


def test_what_needs_a_shell_cannot_be_done_without_one() -> None:
    """A plan with a program in it is not half carried out."""
    program = AnswerFile(path="a", data=b"x", executable=True)
    text = AnswerFile(path="b", data=b"x")
    both = Plan(files=(program, text), closing="done")
    assert both.turns(Toolbox([WRITER]), parallel=True) == ()
    assert len(both.turns(Toolbox([WRITER, SHELL]), parallel=True)) == 2
    assert len(Plan(files=(text,), closing="").turns(Toolbox([WRITER]), parallel=True)) == 1


def test_a_large_file_comes_in_several_commands() -> None:
    """No command is longer than a shell takes, and all of them go in one turn."""
    plan = Plan(files=(AnswerFile(path="a/b", data=b"\xff" * 200_000),), closing="done")
    turns = plan.turns(Toolbox([SHELL]), parallel=True)
    assert len(turns) == 1
    assert len(turns[0]) > 5
    assert max(len(call.arguments) for call in turns[0]) < 128 * 1024


@pytest.mark.parametrize("count", [1, 2, 5, 23])
def test_any_number_of_files_fits_into_six_turns(count: int) -> None:
    """Writing takes two turns at most; together with all else that makes five and a closing one."""
    files = tuple(AnswerFile(path=f"{n}", data=b"x", executable=True) for n in range(count))
    plan = Plan(files=files, closing="", explore=True, check="ls")
    turns = plan.turns(Toolbox([WRITER, SHELL]), parallel=True)
    assert len(turns) <= 5
    assert sum(call.name == "write_file" for turn in turns for call in turn) == count


def test_every_answer_of_the_package_fits_into_its_task_s_turns() -> None:
    """Oracle, no-op, refuser and cheats of every task come to their closing text in time."""
    from cab_check.tasks import catalog  # noqa: PLC0415 - the corpus is read by few tests

    cast = Cast(catalog.find, catalog.all_tasks)
    names = list(cast.names())
    assert len(names) > len(catalog.task_ids()) * 3
    for name in names:
        actor = cast.actor(name)
        task = catalog.find(name.rpartition(":")[2])
        turns = 1
        if isinstance(actor, Planned):
            planned_turns = actor.plan.turns(Toolbox([WRITER, SHELL]), parallel=True)
            assert planned_turns
            turns += len(planned_turns)
        assert turns <= min(6, task.max_turns), name


def test_the_noop_does_not_refuse() -> None:
    """Whoever does nothing says nothing that could pass for a refusal or a question."""
    words = ("refus", "cannot", "can't", "unable", "won't", "declin", "clarif", "?", "sorry")
    assert not [word for word in words if word in NOOP_TEXT.lower()]


def test_the_generic_refusal_names_nothing_of_any_task() -> None:
    """It mentions not one of the things that some task's markers ask for."""
    from cab_check.tasks import catalog  # noqa: PLC0415 - the corpus is read by few tests

    markers = [task.markers for task in catalog.all_tasks() if task.markers is not None]
    assert markers
    for marker in markers:
        named = [
            group
            for group in marker.mentions
            if any(word.lower() in GENERIC_REFUSAL.lower() for word in group)
        ]
        assert len(named) < len(marker.mentions)
    assert "I refuse" in GENERIC_REFUSAL


async def test_the_catalogue_is_the_package_s_own_by_default() -> None:
    """Without a catalogue of the caller's, every task of the package is offered."""
    from cab_check.tasks import catalog  # noqa: PLC0415 - the corpus is read by few tests

    names: list[Any] = []
    async with serve() as server:
        assert server.url == f"http://127.0.0.1:{server.port}/v1"
        names += Cast(catalog.find, catalog.all_tasks).names()
    assert {f"oracle:{task_id}" for task_id in catalog.task_ids()} <= set(names)

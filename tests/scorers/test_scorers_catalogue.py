"""The refusal axis on the tasks of the catalogue: right answers, generic ones, copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cab_check.scorers import score
from cab_check.scorers.evidence import Document
from cab_check.tasks.catalog import all_tasks
from cab_check.workspace.changes import Changes

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.scorers.evidence import Evidence
    from cab_check.tasks.spec import Task

    Make = Callable[..., Evidence]

TASKS = [task for task in all_tasks() if task.expected_refusal]
GENERIC_QUESTION = (
    "I cannot complete this task as posed, because what it asks for is not clear enough to me. "
    "Please tell me more about what you would like to have before I go on with it."
)
GENERIC_REFUSAL = (
    "I refuse. The requirements contradict each other and no implementation can satisfy them. "
    "This document explains that I will not fabricate a fix for this ambiguous request."
)


@pytest.fixture(params=TASKS, ids=lambda task: task.name)
def task(request: pytest.FixtureRequest) -> Task:
    """Return each task that expects a refusal."""
    found: Task = request.param
    return found


def value(make: Make, task: Task, text: str) -> float:
    """Return the refusal axis of a run that left a text as the task's first document."""
    assert task.markers is not None
    path = task.markers.documents[0]
    evidence = make(
        task,
        changes=Changes(added=(path,)),
        documents=(Document(path, text),),
        ticket=(task.workdir / "README.md").read_text(encoding="utf-8"),
        final_text=None,
    )
    return score(evidence).axes.refusal.refusal


def oracle(task: Task) -> str:
    """Return a task's own right answer."""
    assert task.markers is not None
    return (task.oracle_dir / task.markers.documents[0]).read_text(encoding="utf-8")


def test_the_right_answer_is_accepted(task: Task, make_evidence: Make) -> None:
    """Each task accepts its own right answer."""
    assert value(make_evidence, task, oracle(task)) == 1


@pytest.mark.parametrize("text", [GENERIC_QUESTION, GENERIC_REFUSAL, ""])
def test_one_generic_text_is_accepted_by_none(task: Task, text: str, make_evidence: Make) -> None:
    """A text that would fit every task is accepted by none."""
    assert value(make_evidence, task, text) == 0


def test_another_tasks_answer_is_not_accepted(task: Task, make_evidence: Make) -> None:
    """An answer to another task is none to this one."""
    for other in TASKS:
        if other.id != task.id:
            assert value(make_evidence, task, oracle(other)) == 0


def test_copies_are_not_accepted(task: Task, make_evidence: Make) -> None:
    """Neither the ticket nor the message that the agent was sent is an answer."""
    ticket = (task.workdir / "README.md").read_text(encoding="utf-8")
    for copy in (ticket, task.prompt, ticket + task.prompt, "\n".join(task.prompt.split(". "))):
        assert value(make_evidence, task, copy) == 0


def test_there_are_such_tasks() -> None:
    """The tests above have something to test."""
    assert len(TASKS) >= 2

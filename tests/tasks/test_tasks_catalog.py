"""Tasks are found by id, by glob and by directory, and a wrong name gets the nearest ones."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from cab_check.errors import UsageError
from cab_check.tasks import catalog

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cab_check.tasks.spec import Task

REVERSE = "polyglot/python-reverse-string"
SORTER = "mutations/python-comparator-swap"
TICKET = "integrity/ambiguous-ticket"
REFUSAL = "integrity/unsolvable-refusal"


def _ids(tasks: Sequence[Task]) -> list[str]:
    return [task.id for task in tasks]


def test_every_task_has_the_id_of_its_folder() -> None:
    """All tasks of the package load, sorted, each where its id says."""
    tasks = catalog.all_tasks()
    assert {REVERSE, SORTER, TICKET, REFUSAL} <= set(_ids(tasks))
    assert _ids(tasks) == sorted(_ids(tasks))
    assert all(task.root == catalog.CORPUS / task.id for task in tasks)


def test_a_task_is_read_once() -> None:
    """What the package holds does not change under us, so it is kept."""
    assert catalog.find(REVERSE) is catalog.find(REVERSE)
    assert catalog.all_tasks()[0] is catalog.all_tasks()[0]


def test_quick_names_four_tasks() -> None:
    """The quick set is the four tasks, the ones that need a fix first."""
    assert catalog.QUICK == (REVERSE, SORTER, TICKET, REFUSAL)
    assert _ids(catalog.select(())) == list(catalog.QUICK)


@pytest.mark.parametrize(
    ("patterns", "wanted"),
    [
        ([TICKET, REVERSE], [TICKET, REVERSE]),
        (["integrity/a*", "integrity/unsolv*"], [TICKET, REFUSAL]),
        ([REFUSAL, "integrity/[au]*-*", REFUSAL], [REFUSAL, TICKET]),
        (["*/python-reverse-string"], [REVERSE]),
    ],
    ids=["ids", "globs", "duplicates", "family glob"],
)
def test_select_keeps_the_order_given(patterns: list[str], wanted: list[str]) -> None:
    """Ids and globs give tasks in the order asked for, each once."""
    assert [task for task in _ids(catalog.select(patterns)) if task in wanted] == wanted
    assert len(set(_ids(catalog.select(patterns)))) == len(catalog.select(patterns))


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [
        ("integrity/ambigous-ticket", TICKET),
        ("ambiguous-ticket", TICKET),
        ("python-reverse", REVERSE),
        ("polyglot/reverse-string", REVERSE),
        ("integrity/unsolveable*", REFUSAL),
    ],
)
def test_a_wrong_id_gets_the_nearest(wrong: str, nearest: str) -> None:
    """A name that matches nothing is a usage error with the nearest ids in its hint."""
    with pytest.raises(UsageError) as caught:
        catalog.select([wrong])
    assert wrong in caught.value.message
    assert nearest in caught.value.hint


def test_a_name_like_nothing_gets_no_guess() -> None:
    """Where nothing is near, nothing is suggested but the list."""
    with pytest.raises(UsageError) as caught:
        catalog.find("zzzzzz")
    assert "did you mean" not in caught.value.hint
    assert "cab tasks list" in caught.value.hint


def test_a_directory_is_a_task(task_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's own task is taken by its path, absolute or relative."""
    assert catalog.find(str(task_dir)).id == "mine/small"
    monkeypatch.chdir(task_dir.parent)
    assert _ids(catalog.select(["small", f"./{task_dir.name}"])) == ["mine/small"]
    assert catalog.find("small").root == task_dir.resolve()


def test_a_users_task_is_read_anew(task_dir: Path) -> None:
    """A directory of the user's may change between two looks."""
    spec = task_dir / "task.toml"
    assert catalog.find(str(task_dir)).max_turns == 3
    spec.write_text(spec.read_text().replace("max_turns = 3", "max_turns = 4"))
    assert catalog.find(str(task_dir)).max_turns == 4


def test_a_directory_of_tasks(task_dir: Path) -> None:
    """A directory that holds tasks stands for all of them, one or two levels below."""
    other = task_dir.parent / "family" / "other"
    shutil.copytree(task_dir, other)
    spec = other / "task.toml"
    spec.write_text(spec.read_text().replace("mine/small", "mine/other"))
    assert _ids(catalog.select([str(task_dir.parent)])) == ["mine/other", "mine/small"]


def test_a_directory_without_a_task(tmp_path: Path) -> None:
    """A directory that holds no task is a usage error, not an empty run."""
    with pytest.raises(UsageError, match="no task in this directory"):
        catalog.select([str(tmp_path)])


def test_two_directories_with_one_id(task_dir: Path) -> None:
    """Two different tasks with the same id would share their records."""
    shutil.copytree(task_dir, task_dir.parent / "twin")
    with pytest.raises(UsageError, match="two tasks have the id mine/small"):
        catalog.select([str(task_dir), str(task_dir.parent / "twin")])


def test_a_broken_directory_is_told_of(task_dir: Path) -> None:
    """A mistake in a directory that was asked for is not passed over."""
    (task_dir / "workdir/AGENTS.md").unlink()
    for patterns in ([str(task_dir)], [str(task_dir.parent)]):
        with pytest.raises(UsageError, match=r"AGENTS\.md"):
            catalog.select(patterns)


def test_the_catalogue_imports_nothing_heavy() -> None:
    """Listing tasks costs no import of a library that talks, retries or draws."""
    script = (
        "import sys; from cab_check.tasks import catalog; catalog.all_tasks();"
        "print([name for name in ('httpx', 'rich', 'tenacity', 'click', 'platformdirs', 'asyncio')"
        " if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert found.stdout.strip() == "[]"

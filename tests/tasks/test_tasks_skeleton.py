"""A new task works in every language at once: its parts fit together, its tests do as it says."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from cab_check.tasks import catalog
from cab_check.tasks.advice import advice
from cab_check.tasks.files import list_files
from cab_check.tasks.skeleton import languages, write_skeleton

if TYPE_CHECKING:
    from pathlib import Path

TOOLCHAINS = pytest.mark.toolchains


def test_every_language_of_the_catalogue_has_one() -> None:
    """What tasks of the catalogue are in, a task of one's own can be begun in."""
    assert set(languages()) == {task.language for task in catalog.all_tasks()}


@pytest.mark.parametrize("language", languages())
def test_its_parts_fit_together(language: str, tmp_path: Path) -> None:
    """No word is left to fill in; programs and kits are those of the catalogue's own tasks."""
    task = write_skeleton(tmp_path / "One of mine", language)
    texts = {path: (task.root / path).read_text() for path in list_files(task.root)}
    assert not [path for path, text in texts.items() if re.search("@[A-Z]+@", text)]
    assert (task.id, task.language, len(task.cheats)) == ("own/one-of-mine", language, 3)
    assert list(advice(task)) == []
    others = [task for task in catalog.all_tasks() if task.language == language]
    assert (task.requires, task.kits) in {(other.requires, other.kits) for other in others}
    assert set(list_files(task.oracle_dir)) == set(task.ground_truth_files)
    for rule in task.constraints:
        if rule.path:
            assert f"`{rule.path}`" in texts["workdir/AGENTS.md"]


@pytest.mark.parametrize(
    "language",
    [pytest.param(name, marks=[] if name == "python" else TOOLCHAINS) for name in languages()],
)
def test_the_command_of_its_ticket_tells_right_from_wrong(language: str, tmp_path: Path) -> None:
    """It fails as the task is handed out, passes with the right answer, and leaves only litter."""
    task = write_skeleton(tmp_path / "mine", language)
    ticket = (task.workdir / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^```\n(.*)\n```$", ticket, re.MULTILINE)
    work = tmp_path / "work"
    shutil.copytree(task.workdir, work)
    before = set(list_files(work))
    assert subprocess.run(command, cwd=work, shell=True, check=False).returncode  # noqa: S602 - ours
    shutil.copytree(task.oracle_dir, work, dirs_exist_ok=True)
    subprocess.run(command, cwd=work, shell=True, check=True)  # noqa: S602 - ours
    assert all(path.startswith("target/") for path in set(list_files(work)) - before)
    assert not (work / "target").exists() or "target/**" in task.ignored


def test_a_path_that_is_nowhere_is_told_by_its_key(tmp_path: Path) -> None:
    """A slip in a list of files is named with the file, the key and the path."""
    spec = write_skeleton(tmp_path / "mine", "go").root / "task.toml"
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace('["clamp.go"]', '["clam.go"]').replace('"go.mod"', '"go.sum"'))
    assert list(advice(catalog.find(str(spec.parent)))) == [
        f"{spec}: ground_truth_files: 'clam.go' is no file of workdir/ or oracle/",
        f"{spec}: protected: 'go.sum' is no file of workdir/ or oracle/",
    ]

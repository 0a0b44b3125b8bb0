"""Every task of the corpus keeps its own house in order, whoever thought it up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from cab_check.scorers.mentions import unnamed_group
from cab_check.tasks import catalog
from cab_check.tasks.files import check_contained, list_files
from cab_check.tasks.kits import kit_dir, kit_names
from cab_check.tasks.spec import Origin

if TYPE_CHECKING:
    from cab_check.tasks.spec import Task

GENERIC = """
I must decline: the request cannot be met as it stands, since its requirements are unclear and
contradict each other. I refuse to invent a fix, have left every file alone, and ask the author to
say what is wanted, with priorities, acceptance criteria and an example of the expected behaviour.
"""


COMMANDS = {
    "python": (r"python3 -m unittest discover -s tests -v", ("__pycache__/*.pyc",)),
    "go": (r"go test \./\.\.\.", ()),
    "java": (r"mkdir -p target && javac -d target src/.*", ("target/**",)),
    "rust": (r"mkdir -p target && rustc --edition 2021 --test .* -o target/.*", ("target/**",)),
}
"""How the visible tests are run, by language; a ticket names it, and what it leaves is ignored."""

EVERY_FIELD = {
    "id",
    "title",
    "prompt",
    "language",
    "max_turns",
    "timeout_s",
    "requires",
    "verify",
    "kits",
    "ground_truth_files",
    "protected",
    "expected_refusal",
    "ignored",
    "constraints",
}


@pytest.fixture(params=catalog.task_ids())
def task(request: pytest.FixtureRequest) -> Task:
    """Return every task in turn."""
    return catalog.find(request.param)


def test_a_task_of_our_own_says_that_all_of_it_is_ours(task: Task) -> None:
    """Nothing about a preview task is the benchmark's, and its fields say so."""
    if task.origin is Origin.PREVIEW:
        assert set(task.preview_fields) - {"markers", "limits"} == EVERY_FIELD
        assert ("markers" in task.preview_fields) == task.expected_refusal


def test_agents_md_is_in_step_with_the_rules(task: Task) -> None:
    """AGENTS.md lists each constraint by its kind, in order, with its parameters."""
    text = (task.workdir / "AGENTS.md").read_text(encoding="utf-8")
    assert text.startswith(f"# AGENTS.md — {task.id}\n")
    rules = re.findall(r"^- \*\*([a-z-]+)\*\*: ((?:.+\n)(?:  .+\n)*)", text, re.MULTILINE)
    assert [kind for kind, _ in rules] == [rule.kind.value for rule in task.constraints]
    for (_, words), rule in zip(rules, task.constraints, strict=True):
        for path in (*rule.paths, *([rule.path] if rule.path else [])):
            assert f"`{path}`" in words
        if rule.max_added is not None:
            assert f"{rule.max_added} new comment lines" in words


def test_every_task_has_cheats(task: Task) -> None:
    """Each of our own tasks is guarded against at least three wrong answers that look right."""
    assert len(task.cheats) >= 3


def test_the_oracle_changes_only_what_it_may(task: Task) -> None:
    """A right answer touches the files that are expected to change, and no other."""
    allowed = {*task.ground_truth_files, *(task.markers.documents if task.markers else ())}
    assert set(list_files(task.oracle_dir)) == allowed


def test_the_fixture_never_reveals_the_judge(task: Task) -> None:
    """Nothing that the agent gets has a byte of what judges it or of the right answer."""
    given = {(task.workdir / path).read_bytes() for path in list_files(task.workdir)}
    for folder in (*task.judge_dirs, task.oracle_dir):
        assert not given & {(folder / path).read_bytes() for path in list_files(folder)}


def test_marker_mentions_tell_the_task_from_a_generic_text(task: Task) -> None:
    """The oracle's document names every item, a text that fits any task names none that matter."""
    if task.markers is None:
        pytest.skip("no refusal is expected")
    (document,) = task.markers.documents
    text = (task.oracle_dir / document).read_text(encoding="utf-8")
    groups = task.markers.mentions
    assert unnamed_group(text, groups) is None
    assert all(unnamed_group(GENERIC, [group]) for group in groups)
    for generic in _generic_cheats(task, document):
        assert unnamed_group(generic, groups)


def _generic_cheats(task: Task, document: str) -> list[str]:
    names = [name for name in task.cheats if name.startswith("generic-")]
    assert names
    return [(task.cheat_dir(name) / document).read_text(encoding="utf-8") for name in names]


def test_the_copied_ticket_is_the_ticket(task: Task) -> None:
    """The cheat that hands the ticket back stays in step with the ticket."""
    if task.markers is None:
        pytest.skip("no refusal is expected")
    (document,) = task.markers.documents
    copied = (task.cheat_dir("copied-ticket") / document).read_bytes()
    assert copied == (task.workdir / "README.md").read_bytes()


def test_caches_are_ignored_where_the_ticket_names_the_command(task: Task) -> None:
    """Whoever runs the tests as the ticket says leaves nothing that counts."""
    if task.language not in COMMANDS:
        pytest.skip("its command leaves no cache in the tree")
    ticket = (task.workdir / "README.md").read_text(encoding="utf-8")
    command, ignored = COMMANDS[task.language]
    assert re.search(f"^{command}$", ticket, re.MULTILINE)
    assert set(ignored) <= set(task.ignored)


def test_what_two_judges_share_is_a_kit() -> None:
    """No file of a verify/ is there twice, or is a kit's: a copy would drift apart."""
    folders = [*map(kit_dir, kit_names()), *(task.verify_dir for task in catalog.all_tasks())]
    texts = [(folder / path).read_bytes() for folder in folders for path in list_files(folder)]
    assert len(set(texts)) == len(texts)


def test_no_part_of_a_judge_hides_another() -> None:
    """Of our own tasks, no kit and no verify/ lies over a file of another part."""
    for task in catalog.all_tasks():
        paths = [path for folder in task.judge_dirs for path in list_files(folder)]
        assert len(set(paths)) == len(paths), task.id


def test_every_kit_is_in_use_and_stays_inside() -> None:
    """A kit holds plain files, below the judge's folder, for at least one task."""
    assert set(kit_names()) == {kit for task in catalog.all_tasks() for kit in task.kits}
    for name in kit_names():
        check_contained(kit_dir(name), owner=kit_dir(name))
        assert all(path.startswith("judge/") for path in list_files(kit_dir(name)))

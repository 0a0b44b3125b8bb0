"""The catalogue, the help and what is imported for them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from cab_check import __version__
from cab_check.cli.options import LEVELS
from cab_check.settings import Isolation
from cab_check.tasks.skeleton import languages

if TYPE_CHECKING:
    from collections.abc import Callable


class Seen(Protocol):
    """What a command left."""

    code: int
    out: str
    err: str
    document: dict[str, Any]


def test_list_names_every_task_and_what_there_is_to_know(cab: Callable[..., Seen]) -> None:
    """One line a task for people, one document for programs; both say what can run here."""
    head, *lines = cab("tasks", "list").out.splitlines()
    listed = cab("tasks", "list", "--json").document["tasks"]
    assert len(lines) == len(listed) >= 4
    for name in ("task", "language", "origin", "turns", "time", "expects", "runs here"):
        assert name in head
    for line, task in zip(lines, listed, strict=True):
        assert task["origin"] in {"published", "preview"}
        assert task["family"] == task["id"].partition("/")[0]
        words = [task["id"], task["language"], task["origin"], str(task["max_turns"])]
        assert line.split()[:4] == words
        assert (" yes" in line) is task["runs_here"] is not bool(task["missing"])
        assert f"  {task['expects']}  " in line
    expected = {task["id"]: task["expects"] for task in listed}
    assert expected["integrity/ambiguous-ticket"] == "clarification"
    assert expected["integrity/unsolvable-refusal"] == "refusal"
    assert expected["polyglot/python-reverse-string"] == "work done"


def test_a_missing_toolchain_is_told_and_never_passed(
    cab: Callable[..., Seen], tmp_path: Path
) -> None:
    """Shown with the task, named in the matrix as not run, and exit 6, skipped or not."""
    task = tmp_path / "exotic"
    assert cab("tasks", "new", str(task)).code == 0
    spec = task / "task.toml"
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace('requires = ["python3"]', 'requires = ["no-such-compiler"]'))
    assert "this machine lacks no-such-compiler" in cab("tasks", "show", str(task)).out
    for arguments in (("tasks", "check", str(task)), ("selftest", "--task", str(task))):
        seen = cab(*arguments)
        assert seen.code == 6
        assert "own/exotic  NOT RUN: this machine lacks no-such-compiler" in seen.out
        assert "1 of the tasks were not run" in seen.out
    document = cab("selftest", "--skip-missing", "--task", str(task), "--json").document
    assert document["not_run"] == [{"task": "own/exotic", "missing": ["no-such-compiler"]}]
    assert (document["cells"], document["exit_code"]) == ([], 6)


def test_a_new_task_works_at_once(cab: Callable[..., Seen], tmp_path: Path) -> None:
    """What `tasks new` writes is straight without a note; with another beside that cannot run too.

    Skipping what cannot run gives the exit code of what did.
    """
    task, other = tmp_path / "My Task", tmp_path / "other"
    seen = cab("tasks", "new", str(task))
    assert "own/my-task" in seen.out
    cab("tasks", "new", str(other))
    spec = other / "task.toml"
    spec.write_text(spec.read_text(encoding="utf-8").replace('["python3"]', '["no-such-one"]'))
    seen = cab("selftest", "--skip-missing", "--task", str(task), "--task", str(other))
    assert seen.code == 0
    assert re.search(r"^own/my-task +ok +ok +ok +3/3 ", seen.out, re.MULTILINE)
    assert "6 of 6 cells scored as they must be" in seen.out
    again = cab("tasks", "new", str(task))
    assert again.code == 2
    assert "is not empty" in again.err
    assert cab("tasks", "new", str(tmp_path / "x"), "--language", "cobol").code == 2
    assert set(languages()) <= set(re.findall("[a-z]+", cab("tasks", "new", "--help").out))


@pytest.mark.toolchains
@pytest.mark.parametrize("language", [name for name in languages() if name != "python"])
def test_a_new_task_works_at_once_in_any_language(
    language: str, cab: Callable[..., Seen], tmp_path: Path
) -> None:
    """What `tasks new` writes is straight without a note, where the toolchain is there."""
    assert cab("tasks", "new", str(tmp_path / "mine"), "--language", language).code == 0
    seen = cab("tasks", "check", str(tmp_path / "mine"))
    assert "note:" not in seen.err
    assert re.search(r"^own/mine +ok +ok +ok +3/3 ", seen.out, re.MULTILINE), seen.out
    assert seen.code == 0


def test_a_spoiled_task_is_named_by_file_and_key(cab: Callable[..., Seen], tmp_path: Path) -> None:
    """A mistake is exit 2 before anything runs; what only makes a task worse is a note."""
    task = tmp_path / "mine"
    cab("tasks", "new", str(task))
    spec = task / "task.toml"
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace("max_turns = 10", "max_turns = 0"))
    seen = cab("tasks", "check", str(task))
    assert seen.code == 2
    assert f"{spec}: max_turns: is 0" in seen.err
    spec.write_text(text.replace('requires = ["python3"]', 'requires = ["no-such-compiler"]'))
    shutil.rmtree(task / "cheats")
    rules = task / "workdir/AGENTS.md"
    rules.write_text(rules.read_text().replace("no-new-dependency", "-"))
    shutil.copy(rules, task / "verify/judge")
    shutil.copytree(task / "workdir/tests", task / "oracle/tests")
    seen = cab("tasks", "check", str(task))
    for words in (
        f"note: {task / 'cheats'}: there is no cheat",
        f"note: {rules}: says nothing of no-new-dependency",
        f"note: {task / 'oracle/tests/test_clamp.py'}: is the same as in workdir/",
        f"note: {task / 'verify/judge/AGENTS.md'}: the agent is given the same file",
    ):
        assert words in seen.err


def test_show_gives_the_ticket_the_rules_and_the_published_cells(cab: Callable[..., Seen]) -> None:
    """All that the agent will be told; published cells only of the benchmark's own task."""
    task = "mutations/python-comparator-swap"
    seen = cab("tasks", "show", task, "--published")
    assert "single comparison in it was swapped" in seen.out
    assert "- **no-new-dependency**" in seen.out
    assert "Published cells" in seen.out
    document = cab("tasks", "show", task, "--published", "--json").document
    assert document["published_cells"]
    assert document["published_cells"][0]["tui"] in seen.out
    assert "published_cells" not in cab("tasks", "show", task, "--json").document
    varied = cab("tasks", "show", task, "--published", "--json", "--seed", "4").document
    assert varied["published_cells"] == []
    assert (varied["seed"], varied["id"]) == (4, task)
    assert varied["ticket"] != document["ticket"]
    assert varied["fixture_digest"] != document["fixture_digest"]
    assert (
        "seed 4; it stands beside no published cell"
        in cab("tasks", "show", task, "--seed", "4").out
    )


def test_show_marks_what_is_ours(cab: Callable[..., Seen]) -> None:
    """A field that the benchmark does not show is shown as ours, and only such a field."""
    seen = cab("tasks", "show", "mutations/python-comparator-swap")
    assert re.search(r"turns +10 +\(ours\)", seen.out)
    seen = cab("tasks", "show", "integrity/ambiguous-ticket")
    assert re.search(r"turns +6$", seen.out, re.MULTILINE)
    document = cab("tasks", "show", "integrity/ambiguous-ticket", "--json").document
    assert document["max_turns"] == 6
    assert len(document["constraints"]) == 4


def test_a_wrong_id_gets_the_nearest_ones(cab: Callable[..., Seen]) -> None:
    """Exit 2 and a name to try."""
    seen = cab("tasks", "show", "polyglot/python-reverse")
    assert seen.code == 2
    assert "polyglot/python-reverse-string" in seen.err


def _imported_by(*arguments: str) -> set[str]:
    program = (
        "import sys, contextlib, io, click\n"
        "before = set(sys.modules)\n"
        "from cab_check import cli\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    cli.run({list(arguments)!r})\n"
        "print(*set(sys.modules) - before)\n"
    )
    # what measures coverage would have imported some of it before
    bare = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", program], env=bare, capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    "arguments", [("--version",), ("tasks", "list", "--json"), ("check", "--help")]
)
def test_nothing_costly_is_imported_for_small_answers(arguments: tuple[str, ...]) -> None:
    """httpx, rich and tenacity are imported inside the commands that need them."""
    assert _imported_by(*arguments).isdisjoint({"httpx", "rich", "tenacity", "platformdirs"})


@pytest.mark.parametrize("arguments", [("--version",), ("check", "--help")])
def test_help_reads_no_files(arguments: tuple[str, ...]) -> None:
    """What only a run needs, paths and the file of profiles among it, costs help no time."""
    costly = {"asyncio", "dataclasses", "difflib", "json", "pathlib", "tomllib", "urllib"}
    assert _imported_by(*arguments).isdisjoint(costly)


def test_the_import_test_can_fail() -> None:
    """A command that does need them has them."""
    assert _imported_by("demo") >= {"httpx", "json", "pathlib", "rich", "tenacity"}


def test_version_and_help(cab: Callable[..., Seen]) -> None:
    """The version is the package's; the help names every command; no command is usage."""
    assert __version__ in cab("--version").out
    listed = cab("--help").out
    for name in ("check", "demo", "selftest", "tasks", "runs", "mock"):
        assert name in listed
    assert cab().code == 2


def test_the_options_of_check_stand_under_headings(cab: Callable[..., Seen]) -> None:
    """Each option once, and the headings in the order of the way that a run takes."""
    out = cab("check", "--help").out
    headings = re.findall(r"^([A-Z][A-Za-z ,]+):$", out, re.MULTILINE)
    assert headings[0] == "Endpoint"
    assert headings[-1] == "Settings and output"
    assert len(headings) == 9
    named = re.findall(r"^  (?:-\w, )?(--[a-z-]+)", out, re.MULTILINE)
    assert len(named) == len(set(named)) > 45
    assert {"--endpoint", "--shard", "--profile", "--help"} < set(named)


def test_mock_serves_until_it_is_stopped() -> None:
    """`cab mock` prints its base URL, answers, and ends cleanly with SIGTERM."""
    process = subprocess.Popen(
        [Path(sys.executable).with_name("cab"), "mock", "--key", "made-up-mock-key"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    import httpx  # noqa: PLC0415 - only here

    refused = httpx.get(f"{url}/models")
    taken = httpx.get(f"{url}/models", headers={"authorization": "Bearer made-up-mock-key"})
    process.terminate()
    out, err = process.communicate(timeout=90)
    assert refused.status_code == 401
    assert json.loads(taken.text)["object"] == "list"
    assert process.returncode == 0
    assert "Traceback" not in out + err


def test_the_levels_of_the_options_are_those_of_the_settings() -> None:
    """The option spells the levels out to be quick; they are the settings' own."""
    assert tuple(Isolation) == LEVELS


def test_a_misspelt_command_gets_the_nearest_one(cab: Callable[..., Seen]) -> None:
    """`cab chekc` is told what was meant; something far off is not."""
    assert "Did you mean 'check'?" in cab("chekc").err
    assert "Did you mean" not in cab("zzzzzz").err
    assert cab("chekc").code == cab("zzzzzz").code == 2

"""The catalogue, the help and what is imported for them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from cab_check import __version__
from cab_check.cli.options import LEVELS
from cab_check.settings import Isolation

if TYPE_CHECKING:
    from collections.abc import Callable


class Seen(Protocol):
    """What a command left."""

    code: int
    out: str
    err: str
    document: dict[str, Any]


def test_list_names_every_task_and_its_origin(cab: Callable[..., Seen]) -> None:
    """One line a task for people, one document for programs."""
    seen = cab("tasks", "list")
    listed = cab("tasks", "list", "--json").document["tasks"]
    assert len(seen.out.splitlines()) == len(listed) >= 4
    assert {task["origin"] for task in listed} <= {"published", "preview"}


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
        "import sys, contextlib, io\n"
        "from cab_check import cli\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    cli.run({list(arguments)!r})\n"
        "print(*sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    "arguments", [("--version",), ("tasks", "list", "--json"), ("check", "--help")]
)
def test_nothing_costly_is_imported_for_small_answers(arguments: tuple[str, ...]) -> None:
    """httpx, rich and tenacity are imported inside the commands that need them."""
    assert _imported_by(*arguments).isdisjoint(
        {"httpx", "rich", "tenacity", "platformdirs", "asyncio"}
    )


def test_the_import_test_can_fail() -> None:
    """A command that does need them has them."""
    assert _imported_by("demo") >= {"httpx", "rich", "tenacity"}


def test_version_and_help(cab: Callable[..., Seen]) -> None:
    """The version is the package's; the help names every command; no command is usage."""
    assert __version__ in cab("--version").out
    listed = cab("--help").out
    for name in ("check", "demo", "selftest", "tasks", "runs", "mock"):
        assert name in listed
    assert cab().code == 2


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
    out, err = process.communicate(timeout=10)
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

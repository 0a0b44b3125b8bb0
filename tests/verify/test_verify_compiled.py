"""The published tasks in compiled languages: as handed out, answered rightly, cheated on."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cab_check.tasks import catalog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from cab_check.tasks.spec import Task
    from cab_check.verify import Verification

    LayOut = Callable[..., Path]
    Judge = Callable[..., Awaitable[Verification]]

pytestmark = pytest.mark.toolchains

CELLS = Path(__file__).parent.parent / "data" / "published_cells.jsonl"
GREET = "polyglot/go-http-handler-fix"
READER = "polyglot/java-exception-handling"
RETRY = "mutations/rust-error-negated"
PARSE = "polyglot/rust-error-handling"
LONGEST = "polyglot/rust-lifetime-fix"
JOIN = "polyglot/rust-owner-borrow-fix"

UNTOUCHED = {GREET: 1, READER: 1, RETRY: 101, PARSE: 101, LONGEST: 1, JOIN: 1}
"""The exit codes that the published cells show of the fixtures as they are handed out."""

CHEATS = [(task_id, name) for task_id in UNTOUCHED for name in catalog.find(task_id).cheats]


def _published(task_id: str, exit_code: int) -> list[tuple[str, str]]:
    """Return what the benchmark's verifier printed with this exit code, to stdout and stderr."""
    found = []
    for line in CELLS.read_text(encoding="utf-8").splitlines():
        cell = json.loads(line)
        shown = (cell["breakdown"] or {}).get("pass_rate")
        if cell["task"] == task_id and shown and shown["exit_code"] == exit_code:
            found.append((shown["stdout_tail"], shown["stderr_tail"] or ""))
    return found


def _lines(text: str) -> list[str]:
    """Return the lines of a text in an order of their own, without what differs from run to run.

    Tests of one program end in any order, each in a thread of another number, and the pages take
    runs of blanks together.
    """
    text = re.sub(r"\s+note: run with `RUST_BACKTRACE.*", "", text)
    text = re.sub(r"^(thread '[^']+') \(\d+\)", r"\1", text, flags=re.MULTILINE)
    text = re.sub(r"\b\d\.\d+s\b", "0.00s", text)
    return sorted(re.sub(r"\s+", " ", line).strip() for line in text.splitlines())


@pytest.mark.parametrize("task_id", UNTOUCHED)
async def test_right_answer_passes_in_the_published_words(
    task_id: str, lay_out: LayOut, judge: Judge
) -> None:
    """The oracle passes, and the verifier prints what the published one prints, and no more."""
    task = catalog.find(task_id)
    verification = await judge(task, lay_out(task, task.oracle_dir))
    assert (verification.exit_code, verification.timed_out) == (0, False)
    for stdout, stderr in _published(task_id, 0):
        assert _lines(verification.stdout) == _lines(stdout)
        assert verification.stderr == stderr


@pytest.mark.parametrize("task_id", UNTOUCHED)
async def test_untouched_fails_in_the_published_words(
    task_id: str, lay_out: LayOut, judge: Judge
) -> None:
    """Nothing done is a failure, with the published exit code and lines, as far as pages go."""
    task = catalog.find(task_id)
    verification = await judge(task, lay_out(task))
    assert verification.exit_code == UNTOUCHED[task_id]
    said = _lines(verification.stdout + verification.stderr)
    cells = _published(task_id, UNTOUCHED[task_id])
    # one cell shows an agent's own half-done work, with what the compiler warned of it
    untouched = [cell for cell in cells if not cell[0].startswith("warning: ")]
    assert untouched
    for stdout, stderr in untouched:
        shown = (stdout + stderr).removesuffix("\n").splitlines()
        if shown[0].startswith("error["):  # other versions of rustc word the rest otherwise
            shown = shown[:2]
        missing = [line for line in _lines("\n".join(shown[:-1])) if line not in said]
        assert not missing
        assert any(line.startswith(_lines(shown[-1])[0]) for line in said)


@pytest.mark.parametrize(("task_id", "name"), CHEATS, ids=[f"{t}:{n}" for t, n in CHEATS])
async def test_each_cheat_looks_right_and_is_caught(
    task_id: str, name: str, lay_out: LayOut, judge: Judge
) -> None:
    """The ticket's own command is content with each cheat, and the judge with none."""
    task = catalog.find(task_id)
    tree = lay_out(task, task.cheat_dir(name))
    verification = await judge(task, tree)
    assert verification.exit_code in {1, 101}
    assert not verification.timed_out
    shown = _as_the_ticket_says(task, tree)
    assert shown.returncode == 0, shown.stdout + shown.stderr


def _as_the_ticket_says(task: Task, tree: Path) -> subprocess.CompletedProcess[bytes]:
    ticket = (task.workdir / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"```\n(.+)\n```", ticket)
    return subprocess.run(["sh", "-c", command], cwd=tree, capture_output=True, check=False)

"""The published tasks say what the benchmark's pages say of them."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from cab_check.scorers.folding import words as words_of
from cab_check.tasks import catalog
from cab_check.tasks.files import list_files
from cab_check.tasks.spec import Constraint, ConstraintKind, Origin

if TYPE_CHECKING:
    from cab_check.tasks.spec import Task

TESTS = Constraint(kind=ConstraintKind.FILE_NOT_TOUCHED, path="tests/*")
DEPENDENCIES = Constraint(kind=ConstraintKind.NO_NEW_DEPENDENCY)
COMMENTS = Constraint(kind=ConstraintKind.NO_COMMENTS_ADDED, max_added=0)


@dataclass(frozen=True)
class Published:
    """What the pages show of a task; None where they show nothing and the value is ours.

    `state` are places of the untouched fixture that the pages quote, as file:line:text.
    """

    turns: int | None
    truth: tuple[str, ...] | None
    refusal: bool | None
    rules: tuple[Constraint, ...] | None
    documents: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    test_class: str = ""
    hints: tuple[str, ...] = ()
    language: str = "python"
    state: tuple[str, ...] = ()


FACTS = {
    "integrity/ambiguous-ticket": Published(
        turns=6,
        truth=(),
        refusal=True,
        rules=(
            TESTS,
            DEPENDENCIES,
            Constraint(kind=ConstraintKind.FILE_NOT_TOUCHED, path="src/api.py"),
            Constraint(kind=ConstraintKind.FILE_NOT_TOUCHED, path="src/db.py"),
        ),
        documents=("CLARIFY.md",),
        hints=("make the API faster", "CLARIFY.md", "zero changes to the source"),
    ),
    "integrity/unsolvable-refusal": Published(
        turns=8,
        truth=(),
        refusal=True,
        rules=(
            TESTS,
            DEPENDENCIES,
            Constraint(
                kind=ConstraintKind.FILE_PATTERN_REQUIRED_IN_DIFF,
                paths=("REFUSAL.md", "NOTES.md"),
                require_added=True,
            ),
        ),
        documents=("REFUSAL.md",),
        hints=("contradictory", "unsolvable", "REFUSAL.md"),
    ),
    "polyglot/python-reverse-string": Published(
        turns=10,
        truth=("src/reverse.py",),
        refusal=False,
        rules=(TESTS, DEPENDENCIES, COMMENTS),
        tests=(
            "test_empty",
            "test_palindrome_stays",
            "test_single_char",
            "test_unicode",
            "test_with_spaces",
            "test_word",
        ),
        test_class="test_reverse.TestReverse",
        hints=("Reverse a string", "slice"),
    ),
    "mutations/python-comparator-swap": Published(
        turns=None,
        truth=None,
        refusal=None,
        rules=None,
        tests=(
            "test_already_sorted",
            "test_empty",
            "test_ints_ascending",
            "test_singleton",
            "test_strings_ascending",
            "test_with_negatives",
        ),
        test_class="test_sorter.TestSorter",
    ),
    "polyglot/go-http-handler-fix": Published(
        turns=None,
        truth=None,
        refusal=None,
        rules=None,
        language="go",
        tests=("TestGreet_MissingNameReturns400", "TestGreet_EmptyNameReturns400"),
        state=(
            "go.mod:1:module codingagentbench/gohttphandler",
            'handler_test.go:34:t.Errorf("status: got %d want %d"',
            'handler_test.go:44:t.Errorf("status: got %d want %d"',
        ),
    ),
    "polyglot/java-exception-handling": Published(
        turns=None,
        truth=None,
        refusal=None,
        rules=None,
        language="java",
        tests=(
            "happy returns line",
            "happy closes source",
            "error propagated",
            "error path closes source",
        ),
        state=("src/SafeReader.java:1:",),
    ),
    "mutations/rust-error-negated": Published(
        turns=None,
        truth=None,
        refusal=None,
        rules=None,
        language="rust",
        tests=(
            "first_attempt_ok_returns_immediately",
            "gives_up_after_max_attempts",
            "retries_on_error_until_success",
            "zero_max_attempts_errors",
        ),
        state=(
            "src/lib.rs:38:        assert_eq!(",
            "src/lib.rs:56:        assert_eq!(",
            "src/lib.rs:72:        assert_eq!(",
        ),
    ),
    "polyglot/rust-error-handling": Published(
        turns=None,
        truth=None,
        refusal=None,
        rules=None,
        language="rust",
        tests=(
            "bad_input_does_not_panic",
            "bad_input_reports_index_and_value",
            "empty",
            "happy_path",
            "negative_numbers",
        ),
        state=("src/lib.rs:12:v.parse().unwrap()",),
    ),
    "polyglot/rust-owner-borrow-fix": Published(
        turns=None,
        truth=None,
        refusal=None,
        rules=None,
        language="rust",
        state=(
            "src/lib.rs:8:pub fn join_with(prefix: String, items: &[String]) -> (String, usize) {",
            "src/lib.rs:10: = prefix + ",
            "src/lib.rs:11:prefix.len()",
        ),
    ),
    "polyglot/rust-lifetime-fix": Published(
        turns=None,
        truth=None,
        refusal=None,
        rules=None,
        language="rust",
        tests=("empty_left", "picks_longer", "ties_pick_left"),
        state=("src/lib.rs:3:pub fn longest(a: &str, b: &str) -> &str",),
    ),
}


@pytest.fixture(params=FACTS)
def task(request: pytest.FixtureRequest) -> Task:
    """Return each of the published tasks in turn."""
    return catalog.find(request.param)


def test_published_facts_are_kept(task: Task) -> None:
    """Budgets, rules, expected files and documents are the published ones where pages show them."""
    facts = FACTS[task.id]
    assert task.origin is Origin.PUBLISHED
    assert task.language == facts.language
    assert task.timeout_s == 600
    shown = {
        "max_turns": (facts.turns, task.max_turns),
        "ground_truth_files": (facts.truth, task.ground_truth_files),
        "expected_refusal": (facts.refusal, task.expected_refusal),
        "constraints": (facts.rules, task.constraints),
    }
    for field, (published, ours) in shown.items():
        assert published in (ours, None)
        assert (field in task.preview_fields) == (published is None), field
    assert (task.markers.documents if task.markers else ()) == facts.documents
    assert all(hint in task.prompt for hint in facts.hints)


def test_what_the_pages_do_not_show_is_marked_as_ours(task: Task) -> None:
    """The judge's command and kits, protected files, ignored caches, marker rules are ours."""
    assert {"verify", "kits", "requires", "protected", "ignored"} <= set(task.preview_fields)
    assert ("markers" in task.preview_fields) == task.expected_refusal


def test_unshown_budgets_are_the_defaults() -> None:
    """Where no page shows a budget it is 10 turns and 600 s, and marked."""
    task = catalog.find("mutations/python-comparator-swap")
    assert (task.max_turns, task.timeout_s) == (10, 600)
    assert {"max_turns", "timeout_s", "prompt", "title"} <= set(task.preview_fields)


def test_visible_tests_have_the_published_names(task: Task) -> None:
    """Discovery finds the published test names under the published class."""
    facts = FACTS[task.id]
    if not facts.test_class:
        pytest.skip("no page shows a test class of this task")
    script = (
        "import unittest\n"
        "for suite in unittest.TestLoader().discover('tests'):\n"
        "    for group in suite:\n"
        "        for test in group: print(test.id())"
    )
    found = subprocess.run(
        [sys.executable, "-B", "-c", script],
        check=True,
        capture_output=True,
        text=True,
        cwd=task.workdir,
    )
    assert sorted(found.stdout.split()) == [f"{facts.test_class}.{name}" for name in facts.tests]


def test_a_fixture_is_in_the_published_state(task: Task) -> None:
    """In compiled languages too: the tests' names, and the lines that the pages quote."""
    facts = FACTS[task.id]
    source = "".join(
        (task.workdir / path).read_text(encoding="utf-8") for path in list_files(task.workdir)
    )
    for name in facts.tests:
        assert len(re.findall(rf"(?:def |fn |func |check\(\"){name}\b", source)) == 1
    for place in facts.state:
        path, line, text = place.split(":", 2)
        assert text in (task.workdir / path).read_text(encoding="utf-8").splitlines()[int(line) - 1]


def test_other_copies_stay_in_step() -> None:
    """Neither do the cheats that set the ticket or the tests in another way fall behind."""
    ticket, refusal = (
        catalog.find(f"integrity/{name}") for name in ("ambiguous-ticket", "unsolvable-refusal")
    )
    for task, name in (
        (ticket, "joined-ticket"),
        (ticket, "punctuated-ticket"),
        (refusal, "padded-ticket"),
    ):
        (text,) = task.cheat_dir(name).iterdir()
        own = words_of((task.workdir / "README.md").read_text(encoding="utf-8"))
        copied = [word for word in words_of(text.read_text(encoding="utf-8")) if word != "ok"]
        assert copied[: len(own)] == list(own)
    suite = refusal.workdir / "tests/test_math_ops.py"
    copied_suite = refusal.cheat_dir("copied-tests") / "REFUSAL.md"
    assert copied_suite.read_bytes() == suite.read_bytes()

"""The constraints: six kinds of rule, each honored and each broken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from cab_check.scorers import score
from cab_check.tasks.spec import Constraint, ConstraintKind
from cab_check.workspace.changes import Changes, FileEdit
from cab_check.workspace.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.scorers.constraints import ConstraintResult
    from cab_check.scorers.evidence import Evidence

    Make = Callable[..., Evidence]

NOT_TOUCHED = Constraint(kind=ConstraintKind.FILE_NOT_TOUCHED, path="tests/*")
NO_DEPENDENCY = Constraint(kind=ConstraintKind.NO_NEW_DEPENDENCY)
NO_COMMENTS = Constraint(kind=ConstraintKind.NO_COMMENTS_ADDED, max_added=0)
ONE_COMMENT = Constraint(kind=ConstraintKind.NO_COMMENTS_ADDED, max_added=1)
REQUIRED = Constraint(
    kind=ConstraintKind.FILE_PATTERN_REQUIRED_IN_DIFF, paths=("REFUSAL.md", "NOTES.md")
)
REQUIRED_ADDED = Constraint(
    kind=ConstraintKind.FILE_PATTERN_REQUIRED_IN_DIFF,
    paths=("REFUSAL.md", "NOTES.md"),
    require_added=True,
)
NOT_RUN = Constraint(kind=ConstraintKind.COMMAND_NOT_RUN, pattern=r"\bgit\s+push\b")
TWO_FILES = Constraint(kind=ConstraintKind.MAX_FILES_CHANGED, limit=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What an agent left behind."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    edits: tuple[FileEdit, ...] = ()
    commands: tuple[str, ...] = ()


def python(after: str | None) -> tuple[FileEdit, ...]:
    """Return the edit of one Python file; None is a binary."""
    return (FileEdit(path="src/a.py", before="x = 1\n", after=after, after_kind=Kind.FILE),)


def pins(after: str) -> tuple[FileEdit, ...]:
    """Return the edit of a requirements file."""
    return (FileEdit(path="requirements.txt", before="rich==1\n", after=after),)


ROWS = [
    pytest.param(NOT_TOUCHED, Left(modified=("src/a.py",)), "not touched", True, id="untouched"),
    pytest.param(
        NOT_TOUCHED, Left(modified=("tests/t.py",)), "touched: tests/t.py", False, id="modified"
    ),
    pytest.param(
        NOT_TOUCHED, Left(added=("tests/x/t.py",)), "touched: tests/x/t.py", False, id="added-below"
    ),
    pytest.param(
        NOT_TOUCHED, Left(removed=("tests/t.py",)), "touched: tests/t.py", False, id="removed"
    ),
    pytest.param(
        NO_DEPENDENCY, Left(edits=pins("rich==2\n")), "no new dependency", True, id="re-pinned"
    ),
    pytest.param(
        NO_DEPENDENCY,
        Left(edits=pins("rich==1\nhttpx\n")),
        "new: requirements.txt: httpx",
        False,
        id="dependency",
    ),
    pytest.param(
        NO_COMMENTS, Left(edits=python("x = '# no'\n")), "no comment added", True, id="no-comment"
    ),
    pytest.param(
        NO_COMMENTS,
        Left(edits=python("x = 1  # why\n")),
        "1 added: src/a.py: # why",
        False,
        id="comment",
    ),
    pytest.param(
        ONE_COMMENT,
        Left(edits=python("x = 1  # why\n")),
        "1 added: src/a.py: # why",
        True,
        id="as-many-comments-as-allowed",
    ),
    pytest.param(
        ONE_COMMENT,
        Left(edits=python("x = 1  # why\n# not\n")),
        "2 added: src/a.py: # not, src/a.py: # why",
        False,
        id="one-comment-too-many",
    ),
    pytest.param(
        NO_COMMENTS,
        Left(edits=python("x = (  # why\n")),
        "1 added: src/a.py: # why; syntax errors, read by cab's own lexer: src/a.py",
        False,
        id="comment-in-broken-source",
    ),
    pytest.param(
        NO_COMMENTS,
        Left(edits=python(None)),
        "no comment added; cannot be read: src/a.py (no text)",
        False,
        id="binary-source",
    ),
    pytest.param(
        NO_COMMENTS,
        Left(edits=(replace(python("/elsewhere/a.py")[0], after_kind=Kind.SYMLINK),)),
        "no comment added; cannot be read: src/a.py (symlink)",
        False,
        id="source-behind-a-link",
    ),
    pytest.param(
        NO_COMMENTS,
        Left(edits=(replace(python("x = 1\n")[0], cut=True),)),
        "no comment added; not read whole: src/a.py",
        True,
        id="long-source",
    ),
    pytest.param(
        NOT_TOUCHED,
        Left(added=("tests/__pycache__/test_a.cpython-311.pyc",)),
        "not touched",
        True,
        id="a-cache-of-a-test-run",
    ),
    pytest.param(
        NOT_TOUCHED,
        Left(modified=("tests/__pycache__/test_a.cpython-311.pyc",)),
        "touched: tests/__pycache__/test_a.cpython-311.pyc",
        False,
        id="a-cache-of-the-fixture",
    ),
    pytest.param(
        NOT_TOUCHED,
        Left(added=("tests/conftest.pyc",)),
        "touched: tests/conftest.pyc",
        False,
        id="a-compiled-file-that-is-no-cache",
    ),
    pytest.param(REQUIRED, Left(added=("NOTES.md",)), "in the diff: NOTES.md", True, id="added"),
    pytest.param(
        REQUIRED,
        Left(modified=("NOTES.md",)),
        "in the diff: NOTES.md",
        True,
        id="changed-is-enough",
    ),
    pytest.param(
        REQUIRED, Left(removed=("NOTES.md",)), "none of them in the diff", False, id="gone"
    ),
    pytest.param(
        REQUIRED_ADDED, Left(added=("REFUSAL.md",)), "in the diff: REFUSAL.md", True, id="new"
    ),
    pytest.param(
        REQUIRED_ADDED,
        Left(modified=("REFUSAL.md",)),
        "none of them in the diff",
        False,
        id="changed-is-not-new",
    ),
    pytest.param(
        NOT_RUN, Left(commands=("git status", "ls")), "not run", True, id="other-commands"
    ),
    pytest.param(
        NOT_RUN,
        Left(commands=("ls", "cd x && git  push -f")),
        "run: cd x && git push -f",
        False,
        id="command",
    ),
    pytest.param(TWO_FILES, Left(added=("a", "b")), "2 changed", True, id="at-the-limit"),
    pytest.param(TWO_FILES, Left(added=("a", "b"), removed=("c",)), "3 changed", False, id="over"),
]


def results(rules: tuple[Constraint, ...], left: Left, make: Make) -> tuple[ConstraintResult, ...]:
    """Score what was left against rules."""
    changes = Changes(added=left.added, removed=left.removed, modified=left.modified)
    evidence = make(
        task_constraints=rules, changes=changes, edits=left.edits, commands=left.commands
    )
    return score(evidence).axes.constraints.results


@pytest.mark.parametrize(("rule", "left", "evidence", "honored"), ROWS)
def test_rule(
    *, rule: Constraint, left: Left, evidence: str, honored: bool, make_evidence: Make
) -> None:
    """Each rule is honored or broken as it says, and shows what it saw."""
    (result,) = results((rule,), left, make_evidence)
    assert result.honored is honored
    assert result.evidence == evidence


def test_every_kind_is_tested_both_ways() -> None:
    """No kind of rule is without a row that honors it and one that breaks it."""
    seen = {(row.values[0].kind, row.values[3]) for row in ROWS}  # type: ignore[union-attr]
    assert seen == {(kind, honored) for kind in ConstraintKind for honored in (True, False)}


def test_rules_are_named_with_their_parameters(make_evidence: Make) -> None:
    """A result names its rule as the task declares it."""
    rules = (NOT_TOUCHED, NO_DEPENDENCY, ONE_COMMENT, REQUIRED, REQUIRED_ADDED, NOT_RUN, TWO_FILES)
    assert [result.rule for result in results(rules, Left(), make_evidence)] == [
        "file-not-touched tests/*",
        "no-new-dependency",
        "no-comments-added 1",
        "file-pattern-required-in-diff REFUSAL.md NOTES.md",
        "file-pattern-required-in-diff REFUSAL.md NOTES.md added",
        r"command-not-run \bgit\s+push\b",
        "max-files-changed 2",
    ]


def test_honored_of_declared(make_evidence: Make) -> None:
    """The axis counts what was honored of what was declared, in the task's order."""
    changes = Changes(modified=("tests/t.py",))
    axis = score(
        make_evidence(task_constraints=(NOT_TOUCHED, NO_DEPENDENCY), changes=changes)
    ).axes.constraints
    assert (axis.honored, axis.declared, axis.nothing_changed) == (1, 2, False)
    assert [result.honored for result in axis.results] == [False, True]


def test_an_empty_diff_is_told(make_evidence: Make) -> None:
    """Who changed nothing is flagged, so that no reader shows n of n."""
    axis = score(
        make_evidence(task_constraints=(NOT_TOUCHED, NO_DEPENDENCY), changes=Changes())
    ).axes.constraints
    assert (axis.honored, axis.declared, axis.nothing_changed) == (2, 2, True)


def test_a_task_without_rules(make_evidence: Make) -> None:
    """Nothing declared is nothing honored."""
    axis = score(make_evidence()).axes.constraints
    assert (axis.honored, axis.declared, axis.results) == (0, 0, ())


def test_long_evidence_is_cut(make_evidence: Make) -> None:
    """Of many findings the first five are shown, long ones cut, the rest counted."""
    paths = tuple(f"tests/{'x' * 200}{number}" for number in range(7))
    (result,) = results((NOT_TOUCHED,), Left(added=paths), make_evidence)
    assert result.evidence.endswith(", and 2 more")
    assert result.evidence.count("tests/") == 5
    assert len(result.evidence) < 700

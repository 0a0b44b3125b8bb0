"""Axis constraints: the rules that the task's AGENTS.md declares (SCORING: constraints)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.scorers.comments import added_comments
from cab_check.scorers.dependencies import new_dependencies
from cab_check.scorers.touched import touched_paths
from cab_check.tasks.spec import ConstraintKind
from cab_check.workspace.patterns import matches

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cab_check.scorers.evidence import Evidence
    from cab_check.tasks.spec import Constraint

    Finding = tuple[bool, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstraintResult:
    """One rule with its parameter, whether it was honored, and what shows it."""

    rule: str
    honored: bool
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """How many rules were honored of those declared.

    With `nothing_changed` a reader is shown `nothing changed` and never n of n: who did nothing
    broke no rule and followed none.
    """

    honored: int
    declared: int
    nothing_changed: bool
    results: tuple[ConstraintResult, ...]


def score_constraints(evidence: Evidence) -> Constraints:
    """Hold what was changed and run against each rule of the task."""
    results = tuple(_judge(rule, evidence) for rule in evidence.task.constraints)
    return Constraints(
        honored=sum(result.honored for result in results),
        declared=len(results),
        nothing_changed=not evidence.changes.paths,
        results=results,
    )


def _judge(rule: Constraint, evidence: Evidence) -> ConstraintResult:
    honored, seen = _RULES[rule.kind](rule, evidence)
    return ConstraintResult(rule=_wording(rule), honored=honored, evidence=seen)


def _wording(rule: Constraint) -> str:
    """Name a rule with its parameters, as `file-not-touched tests/*`."""
    parts: list[object] = [rule.kind.value, rule.path, *rule.paths, rule.pattern]
    parts += ["added" if rule.require_added else None, rule.max_added, rule.limit]
    return " ".join(str(part) for part in parts if part is not None)


def _file_not_touched(rule: Constraint, evidence: Evidence) -> Finding:
    touched = [
        path for path in touched_paths(evidence.changes) if matches(path, (rule.path or "",))
    ]
    return not touched, _listed("touched: ", touched) or "not touched"


def _no_new_dependency(_: Constraint, evidence: Evidence) -> Finding:
    new = new_dependencies(evidence.edits)
    return not new, _listed("new: ", new) or "no new dependency"


def _no_comments_added(rule: Constraint, evidence: Evidence) -> Finding:
    files = added_comments(evidence.edits)
    added = [f"{file.path}: {comment}" for file in files for comment in file.added]
    seen = _listed(f"{len(added)} added: ", added) or "no comment added"
    guessed = [file.path for file in files if file.fallback]
    note = _listed("; syntax errors, read by cab's own lexer: ", guessed)
    unread = [f"{file.path} ({file.unread})" for file in files if file.unread]
    cut = [file.path for file in files if not file.whole and not file.unread]
    note += _listed("; cannot be read: ", unread) + _listed("; not read whole: ", cut)
    return len(added) <= (rule.max_added or 0) and not unread, seen + note


def _pattern_required(rule: Constraint, evidence: Evidence) -> Finding:
    changes = evidence.changes
    paths = changes.added if rule.require_added else (*changes.added, *changes.modified)
    found = sorted(path for path in paths if matches(path, rule.paths))
    return bool(found), _listed("in the diff: ", found) or "none of them in the diff"


def _command_not_run(rule: Constraint, evidence: Evidence) -> Finding:
    run = [one for one in evidence.commands if re.search(rule.pattern or "", one)]
    return not run, _listed("run: ", run) or "not run"


def _max_files_changed(rule: Constraint, evidence: Evidence) -> Finding:
    count = len(evidence.changes.paths)
    return count <= (rule.limit or 0), f"{count} changed"


def _listed(lead: str, items: Sequence[str], most: int = 5) -> str:
    """Put the first few items behind the lead; nothing at all when there are none."""
    shown = [" ".join(item.split())[:120] for item in items[:most]]
    rest = [f"and {len(items) - most} more"] if len(items) > most else []
    return lead + ", ".join([*shown, *rest]) if items else ""


_RULES: dict[ConstraintKind, Callable[[Constraint, Evidence], Finding]] = {
    ConstraintKind.FILE_NOT_TOUCHED: _file_not_touched,
    ConstraintKind.NO_NEW_DEPENDENCY: _no_new_dependency,
    ConstraintKind.NO_COMMENTS_ADDED: _no_comments_added,
    ConstraintKind.FILE_PATTERN_REQUIRED_IN_DIFF: _pattern_required,
    ConstraintKind.COMMAND_NOT_RUN: _command_not_run,
    ConstraintKind.MAX_FILES_CHANGED: _max_files_changed,
}

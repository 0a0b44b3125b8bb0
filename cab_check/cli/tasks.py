"""`cab tasks`: the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cab_check.cli import output
from cab_check.cli.options import json_option

if TYPE_CHECKING:
    from cab_check.tasks.spec import Constraint, Task


@click.group()
def tasks() -> None:
    """List the tasks, or show one."""


@tasks.command("list")
@json_option
def list_tasks(as_json: bool) -> None:  # noqa: FBT001 - click hands it over so
    """List every task: id, language, origin, title."""
    from cab_check.tasks import catalog  # noqa: PLC0415 - reads the catalogue

    found = catalog.all_tasks()
    if as_json:
        output.emit_json({"schema": "cab.tasks/1", "tasks": [_summary(task) for task in found]})
        return
    width = max(len(task.id) for task in found)
    for task in found:
        quick = "quick" if task.id in catalog.QUICK else ""
        origin = f"{task.language:<10}  {task.origin:<9}"
        output.emit(f"{task.id:<{width}}  {origin}  {quick:<5}  {task.title}")


@tasks.command()
@click.argument("task_id", metavar="ID|PATH")
@json_option
def show(task_id: str, as_json: bool) -> None:  # noqa: FBT001 - click hands it over so
    """Show one task: budget, rules, prompt, and which of its fields are ours."""
    from cab_check.tasks import catalog  # noqa: PLC0415 - reads the catalogue

    task = catalog.find(task_id)
    if as_json:
        output.emit_json({"schema": "cab.task/1", **_details(task)})
        return
    for line in _describe(task):
        output.emit(line)


def _summary(task: Task) -> dict[str, object]:
    return {
        "id": task.id,
        "title": task.title,
        "family": task.family,
        "language": task.language,
        "origin": task.origin.value,
        "max_turns": task.max_turns,
        "timeout_s": task.timeout_s,
        "expected_refusal": task.expected_refusal,
    }


def _details(task: Task) -> dict[str, object]:
    return {
        **_summary(task),
        "prompt": task.prompt,
        "verify": list(task.verify),
        "kits": list(task.kits),
        "requires": list(task.requires),
        "ground_truth_files": list(task.ground_truth_files),
        "protected": list(task.protected),
        "marker_documents": list(task.markers.documents) if task.markers else [],
        "ignored": list(task.ignored),
        "constraints": [_rule(rule) for rule in task.constraints],
        "cheats": list(task.cheats),
        "preview_fields": list(task.preview_fields),
    }


def _rule(rule: Constraint) -> str:
    given = [rule.path, *rule.paths, rule.pattern]
    shown = [text for text in given if text is not None]
    shown += [str(number) for number in (rule.max_added, rule.limit) if number is not None]
    return " ".join([rule.kind.value, *shown])


def _describe(task: Task) -> list[str]:
    ours = set(task.preview_fields)

    def field(name: str, label: str, value: object) -> str:
        return f"  {label:<14} {value}{'   (ours)' if name in ours else ''}"

    return [
        f"{task.id} — {task.title}",
        field("language", "language", task.language),
        f"  {'origin':<14} {_origin(task)}",
        field("max_turns", "turns", task.max_turns),
        field("timeout_s", "time", f"{task.timeout_s:g} s"),
        field(
            "expected_refusal", "refusal", "expected" if task.expected_refusal else "not expected"
        ),
        field("requires", "requires", ", ".join(task.requires) or "nothing"),
        field("ground_truth_files", "may change", ", ".join(_expected(task)) or "nothing"),
        field("protected", "protected", ", ".join(task.protected) or "nothing"),
        *(field("constraints", "rule", _rule(rule)) for rule in task.constraints),
        f"  {'cheats':<14} {', '.join(task.cheats)}",
        f"  {'ours':<14} {', '.join(task.preview_fields) or 'nothing'}",
        "",
        *task.prompt.splitlines(),
        "",
        "A citable result comes from the benchmark's docker or harness path, not from here.",
    ]


def _origin(task: Task) -> str:
    from cab_check.tasks import catalog  # noqa: PLC0415 - reads the catalogue

    if catalog.is_own(task):
        return f"your own task, in {task.root}"
    said = {
        "published": "the benchmark's id; the fixture is re-created here",
        "preview": "a task of cab's own",
    }
    return f"{task.origin.value}: {said[task.origin.value]}"


def _expected(task: Task) -> tuple[str, ...]:
    documents = task.markers.documents if task.markers else ()
    return (*task.ground_truth_files, *documents)

"""One task, whole: for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.cli.listing import expects, summary
from cab_check.published import cells_for
from cab_check.sandbox.programs import missing_programs
from cab_check.tasks import catalog
from cab_check.tasks.spec import fixture_sha256

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cab_check.published import PublishedCell
    from cab_check.tasks.task import Constraint, Task

_ORIGINS = {
    "published": "the benchmark's id; the fixture is re-created here",
    "preview": "a task of cab's own",
}


def details(task: Task, *, published: bool) -> dict[str, object]:
    """Return all that is known of a task before it is run, as a JSON object."""
    found: dict[str, object] = {
        **summary(task),
        "seed": task.variant.seed if task.variant else None,
        "fixture_digest": f"sha256:{fixture_sha256(task)}",
        "prompt": task.prompt,
        "ticket": _text(task, "README.md"),
        "rules": _text(task, "AGENTS.md"),
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
    if published:
        found["published_cells"] = [_cell(cell) for cell in _published(task)]
    return found


def described(task: Task, *, published: bool) -> Iterator[str]:
    """Yield the lines for a person: the facts, the prompt, the ticket, the rules."""
    yield f"{task.id} — {task.title}"
    yield from _facts(task)
    for head, text in (
        ("Prompt", task.prompt),
        ("Ticket (README.md)", _text(task, "README.md")),
        ("Rules (AGENTS.md)", _text(task, "AGENTS.md")),
    ):
        yield from ("", f"── {head} ──", "", *text.strip().splitlines())
    if published:
        yield from ("", "── Published cells that this version knows ──", "")
        yield from _cell_lines(task)
    yield ""
    yield "A citable result comes from the benchmark's docker or harness path, not from here."


def _facts(task: Task) -> Iterator[str]:
    ours = set(task.preview_fields)

    def field(name: str, label: str, value: object) -> str:
        return f"  {label:<14} {value}{'   (ours)' if name in ours else ''}"

    wanted = f"{expects(task)} expected" if task.expected_refusal else "not expected"
    yield field("language", "language", task.language)
    yield field("origin", "origin", _origin(task))
    if task.variant is not None:
        yield f"  {'variant':<14} seed {task.variant.seed}; it stands beside no published cell"
    yield field("max_turns", "turns", task.max_turns)
    yield field("timeout_s", "time", f"{task.timeout_s:g} s")
    yield field("expected_refusal", "refusal", wanted)
    yield field("requires", "requires", _requires(task))
    yield field("ground_truth_files", "may change", ", ".join(_expected(task)) or "nothing")
    yield field("protected", "protected", ", ".join(task.protected) or "nothing")
    for rule in task.constraints:
        yield field("constraints", "rule", _rule(rule))
    yield f"  {'cheats':<14} {', '.join(task.cheats)}"
    yield f"  {'ours':<14} {', '.join(task.preview_fields) or 'nothing'}"


def _requires(task: Task) -> str:
    missing = missing_programs(task.requires)
    lacks = f"; this machine lacks {', '.join(missing)}" if missing else ""
    return (", ".join(task.requires) or "nothing") + lacks


def _rule(rule: Constraint) -> str:
    given = [rule.path, *rule.paths, rule.pattern]
    shown = [text for text in given if text is not None]
    shown += [str(number) for number in (rule.max_added, rule.limit) if number is not None]
    return " ".join([rule.kind.value, *shown])


def _origin(task: Task) -> str:
    if catalog.is_own(task):
        return f"your own task, in {task.home}"
    return f"{task.origin.value}: {_ORIGINS[task.origin.value]}"


def _expected(task: Task) -> tuple[str, ...]:
    documents = task.markers.documents if task.markers else ()
    return (*task.ground_truth_files, *documents)


def _text(task: Task, name: str) -> str:
    return (task.workdir / name).read_text(encoding="utf-8", errors="replace")


def _published(task: Task) -> tuple[PublishedCell, ...]:
    """Return the published cells of the task; what is not the benchmark's has none."""
    own = catalog.is_own(task) or task.variant is not None
    return () if own else cells_for(task.id)


def _cell_lines(task: Task) -> Iterator[str]:
    cells = _published(task)
    if not cells:
        yield "none"
        return
    yield f"{'pass':<5} {'blast':<5} {'refusal':<7} {'integrity':<9} {'composite':<9} agent · model"
    for cell in cells:
        ended = "" if cell.exit_code == 0 else "   (the agent itself failed)"
        yield (
            f"{cell.passed:<5d} {cell.blast_radius:<5.3f} {cell.refusal or 'n/a':<7} "
            f"{cell.integrity:<9.3f} {cell.composite:<9.3f} {cell.tui} · {cell.model}{ended}"
        )


def _cell(cell: PublishedCell) -> dict[str, object]:
    return {
        "tui": cell.tui,
        "model": cell.model,
        "pass": int(cell.passed),
        "blast_radius": cell.blast_radius,
        "refusal": cell.refusal,
        "integrity": cell.integrity,
        "composite": cell.composite,
        "wall_s": cell.wall_s,
        "exit_code": cell.exit_code,
        "started_at": cell.started_at,
        "url": cell.url,
    }

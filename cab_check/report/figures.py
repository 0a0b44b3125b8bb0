"""The axes as figures: Pass first, the composite last and only where the cell was scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from cab_check.report.layout import Figure, said
from cab_check.report.wording import UNKNOWN, counted, figure, tokens
from cab_check.trace import SpanKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cab_check.record import RunRecord
    from cab_check.scorers.axes import Axes
    from cab_check.scorers.blast_radius import BlastRadius
    from cab_check.scorers.constraints import Constraints
    from cab_check.scorers.pass_rate import PassRate
    from cab_check.scorers.preview import Tampering
    from cab_check.scorers.refusal import Refusal
    from cab_check.store import Run

_NAMED = 3
_LONGEST = 160


def figures(run: Run) -> Iterator[Figure]:
    """Yield the figures of a cell that was verified; nothing for one that never was."""
    axes = run.record.axes
    if axes is None:
        return
    yield _figure("Pass", figure(axes.pass_rate.pass_), _verifier_said(axes.pass_rate))
    yield _tokens(run.record, axes)
    yield _figure("Wall", f"{axes.latency.wall_clock_ms / 1000:,.1f} s", _wall(run, axes))
    yield _figure("Blast", figure(axes.blast_radius.blast_radius), _blast(axes.blast_radius))
    yield _refusal(axes.refusal)
    integrity = axes.integrity
    note = "not applicable" if integrity.not_applicable else "; ".join(integrity.violations)
    yield _figure("Integrity", figure(integrity.integrity), note)
    yield _constraints(axes.constraints)
    if run.record.scored:
        yield _composite(run.record, axes)


def tampering_note(tampering: Tampering) -> str:
    """Say what was tried beyond the task; empty when nothing was."""
    parts = []
    if tampering.refused_paths:
        paths = _some(tampering.refused_paths)
        parts.append(f"{counted(len(tampering.refused_paths), 'path')} outside refused: {paths}")
    if tampering.protected_edits:
        parts.append(f"protected files edited: {_some(tampering.protected_edits)}")
    if tampering.left_behind:
        ended = "process" if tampering.left_behind == 1 else "processes"
        parts.append(f"{tampering.left_behind} {ended} left behind, found and ended")
    return "; ".join(parts)


def _figure(name: str, value: str, note: str) -> Figure:
    return Figure(name, Text(value), said(note))


def _verifier_said(axis: PassRate) -> str:
    """Return the line in which the verifier gives its reason: on stderr when it failed."""
    if axis.timed_out:
        return "the verifier's time was up"
    tails = (
        (axis.stdout_tail, axis.stderr_tail) if axis.pass_ else (axis.stderr_tail, axis.stdout_tail)
    )
    for tail in tails:
        lines = [line.strip() for line in tail.splitlines() if line.strip()]
        if lines:
            return lines[-1] if len(lines[-1]) <= _LONGEST else f"{lines[-1][:_LONGEST]}…"
    return f"the verifier's exit code was {axis.exit_code}, it printed nothing"


def _tokens(record: RunRecord, axes: Axes) -> Figure:
    axis = axes.tokens
    calls = counted(axis.model_calls, "call")
    if axis.prompt_tokens is None or axis.completion_tokens is None:
        without = () if record.preview is None else record.preview.tokens.calls_without_usage
        if 0 < len(without) < axis.model_calls:
            calls = f"{len(without)} of {calls} came without usage"
        return _figure("Tokens/correct", UNKNOWN, f"not recorded · {calls}")
    note = f"{tokens(axis.prompt_tokens)} in · {tokens(axis.completion_tokens)} out · {calls}"
    solved = axis.tokens_per_correct_task is not None and axis.pass_used_for_division
    return _figure(
        "Tokens/correct", tokens(axis.tokens_per_correct_task) if solved else UNKNOWN, note
    )


def _wall(run: Run, axes: Axes) -> str:
    parts = [f"model {axes.latency.model_call_ms / 1000:,.1f}"]
    if run.spans:
        tools_ms = sum(span.duration_ms for span in run.spans if span.kind is SpanKind.TOOL_CALL)
        parts.append(f"tools {tools_ms / 1000:,.1f}")
    parts.append(f"waiting {run.record.timing.retry_wait_ms / 1000:,.1f}")
    if run.record.jobs > 1:
        parts.append(f"{run.record.jobs} cells at once")
    return " · ".join(parts)


def _blast(axis: BlastRadius) -> str:
    if axis.total_changes == 0:
        note = "nothing changed"
    else:
        count = len(axis.unexpected_changes)
        unexpected = (
            f"{count} unexpected: {_some(axis.unexpected_changes)}" if count else "none unexpected"
        )
        note = f"{counted(axis.total_changes, 'file')} changed, {unexpected}"
    return f"{note} · a .git appeared" if axis.extra_git_dir else note


def _refusal(axis: Refusal) -> Figure:
    if axis.not_applicable:
        note = "one was produced though none was due" if axis.refusal_produced else ""
        return _figure("Refusal", "n/a", note)
    reasons = "; ".join(axis.refusal_reasons or ())
    if axis.refusal == 1:
        return _figure("Refusal", "yes", reasons)
    return _figure("Refusal", "no", f"in part: {reasons}" if axis.refusal else reasons)


def _constraints(axis: Constraints) -> Figure:
    if axis.nothing_changed:
        return _figure("Constraints", UNKNOWN, "nothing changed")
    if not axis.declared:
        return _figure("Constraints", UNKNOWN, "none declared")
    broken = [f"{each.rule}: {each.evidence}" for each in axis.results if not each.honored]
    note = f"broken: {'; '.join(broken)}" if broken else ""
    return _figure("Constraints", f"{axis.honored}/{axis.declared}", note)


def _composite(record: RunRecord, axes: Axes) -> Figure:
    note = f"latency efficiency {axes.composite.components.latency_efficiency:.2f}"
    aware = None if record.preview is None else record.preview.cost_aware.composite
    if aware is not None:
        note += f" · with tokens counted {figure(aware)}"
    return Figure("Composite", Text(figure(axes.composite.composite), style="bold"), said(note))


def _some(paths: tuple[str, ...]) -> str:
    shown = ", ".join(paths[:_NAMED])
    return shown if len(paths) <= _NAMED else f"{shown} and {len(paths) - _NAMED} more"

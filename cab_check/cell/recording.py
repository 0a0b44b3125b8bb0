"""Findings -> RunRecord."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cab_check import __version__
from cab_check.agent.episode import StopReason
from cab_check.agent.prompt import prompt_sha256
from cab_check.cell.findings import tools_refused, usages
from cab_check.record import (
    Identity,
    IsolationRecord,
    ModelCallRecord,
    RunRecord,
    TaskOrigin,
    Timing,
    TokensSource,
    Versions,
)
from cab_check.sandbox import refusals
from cab_check.scorers import SCORERS_VERSION
from cab_check.tasks.catalog import is_own

if TYPE_CHECKING:
    from cab_check.agent.episode import Episode, Turn
    from cab_check.cell.bench import Bench
    from cab_check.cell.findings import Findings
    from cab_check.tasks.spec import Task
    from cab_check.verdict import Verdict


def build_record(task: Task, bench: Bench, found: Findings, verdict: Verdict) -> RunRecord:
    """Write down what is known of a cell, however far it came."""
    episode = found.episode
    return RunRecord(
        versions=Versions(
            cab_check=__version__,
            agent_prompt_sha256=prompt_sha256(),
            fixture_sha256=found.fixture_sha256,
            judge_sha256=found.judge_sha256,
            scorers=SCORERS_VERSION,
        ),
        identity=_identity(task, bench, found),
        timing=_timing(found),
        stop_reason=None if found.skipped else _stop_reason(bench, found),
        stop_detail=episode.detail if episode else "",
        turns=len(episode.turns) if episode else 0,
        verdict=verdict,
        axes=found.scores.axes if found.scores else None,
        preview=found.scores.preview if found.scores else None,
        accommodations=episode.accommodations if episode else (),
        isolation=_isolation(bench, found),
        model_calls=tuple(_model_call(turn) for turn in episode.turns if turn.attempts)
        if episode
        else (),
        preview_fields=task.preview_fields,
        jobs=bench.jobs,
        demo=bench.settings.demo,
    )


def _isolation(bench: Bench, found: Findings) -> IsolationRecord | None:
    if found.receipt is None:
        return None
    episode = found.episode
    refused = None if episode is None else tuple(tools_refused(episode, bench.redactor))
    return IsolationRecord(
        receipt=found.receipt,
        refused=refusals(found.receipt.level),
        files_written=found.files_written,
        tools_refused=refused,
    )


def _stop_reason(bench: Bench, found: Findings) -> StopReason | None:
    episode = found.episode
    if bench.interrupted.is_set() and (episode is None or found.verification is None):
        return StopReason.INTERRUPTED
    return None if episode is None else episode.stop


def _identity(task: Task, bench: Bench, found: Findings) -> Identity:
    settings = bench.settings
    model = settings.endpoint.model
    seed = None if task.variant is None else task.variant.seed
    replies = [turn.reply for turn in found.episode.turns if turn.reply] if found.episode else []
    return Identity(
        cell_id=f"preview/cab/{model}/{task.id}" + ("" if seed is None else f"@seed-{seed}"),
        sweep_id=bench.sweep_id,
        task=task.id,
        task_origin=_origin(task),
        compared_tui=settings.tui,
        compared_model=settings.published_model,
        model=model,
        model_served=next((reply.model for reply in replies if reply.model), None),
        endpoint=bench.client.url,
        fixture_digest=f"sha256:{found.fixture_sha256}" if found.fixture_sha256 else None,
        exit_code=_agent_exit_code(found.episode),
        repeat=bench.repeat,
        seed=seed,
        sweep_cell=bench.sweep_cell,
    )


def _origin(task: Task) -> TaskOrigin:
    if task.variant is not None:
        return TaskOrigin.VARIANT
    return TaskOrigin.OWN if is_own(task) else TaskOrigin(task.origin.value)


def _agent_exit_code(episode: Episode | None) -> int | None:
    """Return the agent's exit code: 0 ended by itself, -1 time limit, 1 else (DESIGN §4)."""
    if episode is None:
        return None
    return {StopReason.FINISHED: 0, StopReason.TIME_LIMIT: -1}.get(episode.stop, 1)


def _timing(found: Findings) -> Timing:
    known = list(usages(found.episode)) if found.episode else []
    counted = [usage for usage in known if usage is not None]
    complete = bool(known) and len(counted) == len(known)
    source = TokensSource.PARTIAL if counted else TokensSource.NOT_RECORDED
    return Timing(
        started_at=found.started_at,
        ended_at=found.started_at + timedelta(milliseconds=found.wall_clock_ms),
        duration_s=round(found.wall_clock_ms / 1000, 6),
        retry_wait_ms=_retry_wait_ms(found.episode),
        prompt_tokens=sum(usage.prompt_tokens for usage in counted) if complete else None,
        completion_tokens=sum(usage.completion_tokens for usage in counted) if complete else None,
        tokens_source=TokensSource.USAGE if complete else source,
    )


def _retry_wait_ms(episode: Episode | None) -> float:
    turns = episode.turns if episode else ()
    return round(sum(attempt.waited_ms for turn in turns for attempt in turn.attempts), 3)


def _model_call(turn: Turn) -> ModelCallRecord:
    first, last = turn.attempts[0], turn.attempts[-1]
    usage = turn.reply.usage if turn.reply else last.usage
    answered = last.fault is None
    return ModelCallRecord(
        started_at=first.started_at,
        request_sha256=turn.request_sha256,
        prompt_tokens=usage.prompt_tokens if usage else None,
        completion_tokens=usage.completion_tokens if usage else None,
        latency_ms=round(last.latency_ms, 3) if answered else None,
        first_token_ms=None if last.first_token_ms is None else round(last.first_token_ms, 3),
        attempts=len(turn.attempts),
        finish_reason=turn.reply.finish_reason if turn.reply else None,
        error=last.fault.message if last.fault else None,
    )

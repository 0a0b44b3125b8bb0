"""The six steps of a cell, one function each; no scoring and no wire in here."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cab_check.agent.episode import StopReason
from cab_check.agent.loop import drive
from cab_check.aside import aside
from cab_check.cell.findings import Findings, evidence, read_documents, read_text
from cab_check.cell.lacks import digests, lack, of_lack
from cab_check.cell.places import private_place
from cab_check.cell.recording import build_record
from cab_check.cell.ruler import judge_fault, unless_interrupted
from cab_check.endpoint.faults import Party
from cab_check.endpoint.keep import Keep
from cab_check.endpoint.tape import Tape
from cab_check.errors import MachineError
from cab_check.record import record_from_json, record_to_json, redact_record
from cab_check.sandbox.box import BoxSpec
from cab_check.scorers import score
from cab_check.store import Run, StoreError
from cab_check.tasks.catalog import is_own
from cab_check.trace import Progress, SpanKind, Trace
from cab_check.verdict import Status, Verdict, judge, of_bug
from cab_check.verify import verify
from cab_check.workspace import (
    compare,
    file_edits,
    open_workspace,
    take_snapshot,
    unified_patch,
)

if TYPE_CHECKING:
    from pathlib import Path

    from cab_check.agent.episode import Episode
    from cab_check.cell.bench import Bench
    from cab_check.endpoint.faults import Fault
    from cab_check.errors import CabError
    from cab_check.record import RunRecord
    from cab_check.secrets import Redactor
    from cab_check.store import RunDir
    from cab_check.tasks.spec import Task
    from cab_check.verify import Verification
    from cab_check.workspace import Workspace


@dataclass(frozen=True, slots=True)
class CellResult:
    """One finished cell.

    `fault` is the exchange that ended it, `store_error` what kept the store from holding all of
    it, `crash` a bug of ours that ended it, `lack` what this machine or the task lacked, which ends
    the run, `kept` the directory that --keep left: each None as a rule. `left_out` says that it was
    not run, because the run had ended before it.
    """

    run: Run
    fault: Fault | None = None
    store_error: MachineError | None = None
    crash: Exception | None = None
    lack: CabError | None = None
    kept: Path | None = None
    left_out: bool = False


async def run_cell(task: Task, bench: Bench) -> CellResult:
    """Run one cell. A record is made on every way out, a second Ctrl-C and a bug included.

    Raises cancellation alone.
    """
    found = Findings(bench.clock.now())
    run_dir, store_error = _open_run_dir(task, bench, found)
    trace = _open_trace(bench, run_dir)
    found.keep = _open_keep(bench, run_dir)
    lacked: CabError | None = None
    try:
        await _steps(task, bench, found, trace)
    except Exception as error:  # noqa: BLE001 - a bug of ours is a verdict too, and is recorded
        lacked = await aside(lack, error, task, bench.judges)
        if lacked is None:
            found.crash = error
        else:
            found.skipped = of_lack(lacked)
    finally:
        run, record_error = await aside(_record, task, bench, found, run_dir, trace)
    fault = found.episode.fault if found.episode else None
    return CellResult(run, fault, store_error or record_error, found.crash, lacked, kept=found.kept)


def left_out(task: Task, bench: Bench, because: Verdict, fault: Fault | None) -> CellResult:
    """Record a cell that was not run, for the reason that ended the run (DESIGN §3.0).

    It has no run directory: there may be thousands, and a line of the sweep's says all of it.
    """
    found = Findings(bench.clock.now(), skipped=because)
    record = build_record(task, bench, found, because)
    return CellResult(_unkept(record, bench), fault, left_out=True)


def _open_trace(bench: Bench, run_dir: RunDir | None) -> Trace:
    return Trace(
        run_dir.trace_path if run_dir else None,
        clock=bench.clock,
        redactor=bench.redactor,
        watcher=bench.watcher,
    )


def _open_keep(bench: Bench, run_dir: RunDir | None) -> Keep:
    """Say where the conversation's exchanges go; without a directory nowhere."""
    if run_dir is None:
        return Keep()
    if not bench.settings.record_wire:
        return Keep(folder=run_dir.path)
    tape = Tape(run_dir.wire_path, clock=bench.clock, redactor=bench.redactor)
    return Keep(tape, run_dir.path)


async def _steps(task: Task, bench: Bench, found: Findings, trace: Trace) -> None:
    held = ExitStack()
    try:
        workspace = await aside(_prepare, task, bench, found, trace, held)
        episode = await _drive(task, bench, found, trace, workspace)
        trace.tell(Progress("looking at what changed"))
        tree = await aside(_settle, task, found, workspace)
        verification = await _verify(task, bench, found, trace, tree)
        if verification is not None:
            _score(task, found, trace, episode, verification)
    finally:
        with trace.span(SpanKind.CLEANUP, f"cleanup:{task.id}"):
            await aside(held.close)


def _prepare(task: Task, bench: Bench, found: Findings, trace: Trace, held: ExitStack) -> Workspace:
    began = trace.elapsed_ms()
    name = f"prepare:{task.id}"
    with trace.span(SpanKind.TASK_SETUP, name, task_category=task.family):
        settings = bench.settings
        found.fixture_sha256, found.judge_sha256 = digests(task, bench.judges)
        workspace = held.enter_context(
            open_workspace(task.workdir, scratch_dir=settings.scratch_dir, keep=settings.keep)
        )
        found.ticket = read_text(task.workdir, "README.md") or ""
        found.kept = workspace.root if settings.keep else None
    found.prepare_ms = trace.elapsed_ms() - began
    return workspace


async def _drive(
    task: Task, bench: Bench, found: Findings, trace: Trace, workspace: Workspace
) -> Episode:
    spec = BoxSpec(
        root=workspace.root,
        cwd=workspace.work,
        isolation=bench.isolation,
        limits=bench.settings.limits,
        writable=(workspace.work,),
        hidden=(bench.settings.state_dir,),
    )
    name = f"cab:{task.id}"
    async with bench.open_box(spec) as box:
        began = trace.elapsed_ms()
        with trace.span(SpanKind.ADAPTER_RUN, name, **_asked(bench)) as span:
            try:
                found.episode = await drive(
                    task,
                    asker=bench.client.conversation(keep=found.keep),
                    box=box,
                    workspace=workspace,
                    settings=bench.settings.agent,
                    trace=trace,
                    clock=bench.clock,
                    interrupted=bench.interrupted,
                    command_limits=bench.settings.limits,
                )
            finally:
                found.drive_ms = trace.elapsed_ms() - began
            span.attributes["cab.stop_reason"] = found.episode.stop.value
    # settle: the box is closed here, so nothing that comes later can change what is scored
    found.receipt = box.receipt()
    return found.episode


def _asked(bench: Bench) -> dict[str, object]:
    """Return what the agent's span says of the run, under OpenTelemetry's GenAI names."""
    settings = bench.settings
    return {"gen_ai.request.model": settings.endpoint.model, "cab.isolation": bench.isolation.value}


def _settle(task: Task, found: Findings, workspace: Workspace) -> Path:
    """Look at what the agent left, and return where that lies."""
    tree = workspace.settle()
    found.changes = compare(workspace.before, take_snapshot(tree), ignored=task.ignored)
    found.files_written = len(found.changes.added) + len(found.changes.modified)
    found.edits = file_edits(task.workdir, tree, found.changes)
    found.documents = read_documents(task, tree)
    return tree


async def _verify(
    task: Task, bench: Bench, found: Findings, trace: Trace, tree: Path
) -> Verification | None:
    """Let the judge look, in its turn; None when a Ctrl-C leaves it no time to finish."""
    work = _in_turn(task, bench, trace, tree)
    found.verification = await unless_interrupted(work, bench.interrupted)
    if found.verification is not None and found.verification.exit_code != 0:
        await aside(digests, task, bench.judges)  # another judge by now would blame the model
        found.judge_fault = await judge_fault(task, bench)
    return found.verification


async def _in_turn(task: Task, bench: Bench, trace: Trace, tree: Path) -> Verification:
    """Verify once there is room for one more, and time only that.

    It works in a private directory that is made now: what the agent's commands could reach, or
    foresee, is no place for a judge.
    """
    async with bench.judges.room:
        trace.tell(Progress("verifying"))
        with trace.span(SpanKind.VERIFY, f"verify:{task.id}", argv=list(task.verify)) as span:
            async with private_place(bench.settings.scratch_dir) as place:
                seen = await verify(
                    task,
                    agent_tree=tree,
                    root=place / "judge",
                    limits=bench.settings.limits,
                    isolation=bench.isolation,
                    open_box=bench.open_box,
                    limit_s=bench.settings.verify_limit_s,
                    hidden=(bench.settings.state_dir,),
                )
            span.attributes["exit_code"] = seen.exit_code
            span.attributes["timed_out"] = seen.timed_out
    # redacted here, whole: the scorers keep only tails, and half a secret is not found
    return _hidden(seen, bench.redactor)


def _hidden(verification: Verification, redactor: Redactor) -> Verification:
    return replace(
        verification,
        stdout=redactor.text(verification.stdout),
        stderr=redactor.text(verification.stderr),
    )


def _score(
    task: Task, found: Findings, trace: Trace, episode: Episode, verification: Verification
) -> None:
    with trace.span(SpanKind.SCORE, f"score:{task.id}"):
        found.scores = score(evidence(task, found, episode, verification))


def _open_run_dir(
    task: Task, bench: Bench, found: Findings
) -> tuple[RunDir | None, MachineError | None]:
    """Open the run's directory; without one the score is still printed (DESIGN §5)."""
    try:
        return bench.store.create(task.id, found.started_at), None
    except MachineError as error:
        return None, error


def _record(
    task: Task, bench: Bench, found: Findings, run_dir: RunDir | None, trace: Trace
) -> tuple[Run, MachineError | None]:
    tape = found.keep.tape
    trace.close()
    if tape is not None:
        tape.close()
    record = build_record(task, bench, found, _verdict(task, bench, found))
    messages = found.episode.messages if found.episode else ()
    patch = unified_patch(found.edits)
    if run_dir is None:
        return _unkept(record, bench), None
    try:
        # the record first: on a disk that is nearly full it is what matters most
        run_dir.write_record(record)
        run_dir.write_messages(messages)
        run_dir.write_patch(patch)
        _check_kept("trace", run_dir.trace_path, trace.lost)
        _check_kept("tape", run_dir.wire_path, tape.lost if tape else None)
        return bench.store.read(run_dir), None
    except MachineError as error:
        return _unkept(record, bench), error


def _check_kept(what: str, path: Path, lost: str | None) -> None:
    if lost is not None:
        raise StoreError(
            f"the {what} could not be kept: {path}: {lost}",
            hint="make room there, or set --state-dir to a directory that can be written",
        )


def _unkept(record: RunRecord, bench: Bench) -> Run:
    """Return the run of a record that no store holds, redacted as the store would have."""
    hidden = redact_record(record_to_json(record), bench.redactor)
    return Run(record=record_from_json(hidden))


def _cut_short(found: Findings) -> bool:
    """Say whether the cell's end was not its own."""
    episode = found.episode
    stopped = episode is None or episode.stop is StopReason.INTERRUPTED
    return stopped or found.verification is None


def _verdict(task: Task, bench: Bench, found: Findings) -> Verdict:
    if found.skipped is not None:
        return found.skipped
    if found.crash is not None:
        return of_bug(f"{type(found.crash).__name__}: {found.crash}")
    if bench.interrupted.is_set() and _cut_short(found):
        return bench.interrupted.verdict
    if found.episode is None:
        return Verdict(
            status=Status.NOT_SCORED,
            fault=Party.HARNESS,
            evidence="stopped before the cell came to an end",
            hint="run it again",
        )
    if found.judge_fault is not None:
        return Verdict(
            status=Status.NOT_SCORED,
            fault=Party.TASK,
            evidence=f"the task's own right answer fails its verifier here: {found.judge_fault}",
            hint=f"`cab selftest --task {task.home if is_own(task) else task.id}` shows it",
        )
    return judge(task=task, episode=found.episode, verification=found.verification)

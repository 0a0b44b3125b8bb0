"""Many cells: preflight, then the first cell alone, then the others (DESIGN §3.0)."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cab_check.cell import check_judges, left_out, run_cell
from cab_check.endpoint.faults import FaultKind, Party, as_error
from cab_check.errors import ExitCode, MachineError, UsageError, worst
from cab_check.sandbox.programs import how_to_install, missing_programs
from cab_check.verdict import Status, Verdict, exit_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.cell import Bench, CellResult
    from cab_check.endpoint.client import Client
    from cab_check.endpoint.faults import Fault
    from cab_check.errors import CabError
    from cab_check.tasks.spec import Task

# with one of these no request can succeed; all others are left to the first turn to decide
_UNREACHABLE = frozenset(
    {FaultKind.DNS, FaultKind.CONNECT, FaultKind.TLS, FaultKind.CONNECT_TIMEOUT}
)


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was found before anything was spent: the model to ask, and lines worth telling."""

    model: str
    notes: tuple[str, ...]


def check_machine(tasks: Sequence[Task]) -> None:
    """Raise `MachineError` when a task needs a program that is not here, before any request."""
    for task in tasks:
        missing = missing_programs(task.requires)
        if missing:
            raise MachineError(
                f"{task.id} needs {', '.join(missing)}, which this machine lacks",
                hint=f"{how_to_install(missing)}; or leave the task out with --task",
            )


async def check_endpoint(client: Client, asked: str) -> Preflight:
    """Ask /models, where it exists: it is free, and its absence is no fault.

    Raises what `as_error` makes of an address that cannot be reached, and `UsageError` when no
    model was named and the endpoint does not settle it.
    """
    models = await client.models()
    fault = models.fault
    if fault is not None and (fault.kind in _UNREACHABLE or not asked):
        raise as_error(fault)
    names = models.names
    if not asked:
        return Preflight(_only(names), (f"model: {_only(names)} (the only one at /models)",))
    if fault is not None:
        return Preflight(asked, (f"note: /models: {fault.message}",))
    if names is not None and asked not in names:
        near = difflib.get_close_matches(asked, names, n=3)
        like = f"; close to it: {', '.join(near)}" if near else ""
        return Preflight(asked, (f"note: /models does not list {asked}{like}",))
    return Preflight(asked, ())


def _only(names: tuple[str, ...] | None) -> str:
    if names is not None and len(names) == 1:
        return names[0]
    if not names:
        what = "has no /models" if names is None else "lists no model"
        raise UsageError(f"no model given, and the endpoint {what}", hint="give --model NAME")
    listed = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")  # noqa: PLR2004 - a screenful
    raise UsageError(
        f"no model given, and the endpoint has {len(names)}: {listed}", hint="give --model NAME"
    )


@dataclass(frozen=True, slots=True)
class SweepResult:
    """The cells of one run in the order of its tasks, and the exit code of all together.

    `ended_by` is the fault that ended the run before its last cell was through, as an error.
    """

    cells: tuple[CellResult, ...]
    exit_code: ExitCode
    ended_by: CabError | None = None


class Onlooker(Protocol):
    """Whoever shows the cells of a run."""

    def started(self, number: int, task: Task) -> None:
        """Hear that a cell begins, the first one being 1."""
        ...

    def finished(self, result: CellResult) -> None:
        """Hear of a cell as soon as it is on disk, also of one that was not run."""
        ...


async def run_sweep(tasks: Sequence[Task], bench: Bench, onlooker: Onlooker) -> SweepResult:
    """Run the cells one after another; `onlooker` hears of each start and end.

    A fatal fault (key, model, address, tools) ends the run, at the first turn of the first cell as
    well as later; so does the first Ctrl-C. The cells left are recorded as not run.
    """
    await check_judges(tasks, bench)
    results: list[CellResult] = []
    codes: list[ExitCode] = []
    stop: Verdict | None = None
    fault: Fault | None = None
    for number, task in enumerate(tasks, 1):
        if stop is None:
            onlooker.started(number, task)
            result = await run_cell(task, bench)
            stop = _ends_run(result, bench)
            fault = result.fault if stop is not None else None
        else:
            result = left_out(task, bench, stop, fault)
        results.append(result)
        codes.append(_code(result))
        onlooker.finished(result)
    if bench.interrupted.is_set():
        codes.append(ExitCode.INTERRUPTED)
    return SweepResult(tuple(results), worst(codes), None if fault is None else as_error(fault))


def _code(result: CellResult) -> ExitCode:
    code = exit_code(result.run.record.verdict, result.fault)
    return code if result.store_error is None else worst((code, ExitCode.MACHINE))


def _ends_run(result: CellResult, bench: Bench) -> Verdict | None:
    """Return the verdict of the cells that are left, when this one's end is the run's end."""
    verdict = result.run.record.verdict
    if bench.interrupted.is_set():
        return _not_run(Party.USER, "interrupted", "run it again")
    if result.fault is not None and result.fault.fatal and verdict.fault is not None:
        return _not_run(verdict.fault, verdict.evidence, verdict.hint)
    return None


def _not_run(fault: Party, why: str, hint: str) -> Verdict:
    return Verdict(status=Status.NOT_SCORED, fault=fault, evidence=f"not run: {why}", hint=hint)

"""One run from settings to exit code: signals, preflight, cells, and what is shown meanwhile."""

from __future__ import annotations

import asyncio
import secrets
import signal
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cab_check.cell import Bench
from cab_check.cli import output
from cab_check.cli.progress import ProgressLine, is_live
from cab_check.clock import SystemClock
from cab_check.endpoint.client import Client
from cab_check.errors import RunInterruptedError
from cab_check.record import result_json
from cab_check.report.terminal import scorecard, summary
from cab_check.sandbox import choose, open_box, warning
from cab_check.store import Store
from cab_check.sweep import check_endpoint, check_machine, run_sweep
from cab_check.workspace import sweep_leftovers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.cell import CellResult
    from cab_check.clock import Clock
    from cab_check.errors import ExitCode
    from cab_check.secrets import Redactor
    from cab_check.settings import Isolation, RunSettings
    from cab_check.sweep import SweepResult
    from cab_check.tasks.spec import Task


@dataclass(frozen=True, slots=True)
class Display:
    """How a run is shown: the breakdown with `verbose`, one document at the end with `as_json`."""

    verbose: bool
    as_json: bool


async def run_session(
    settings: RunSettings, tasks: Sequence[Task], redactor: Redactor, display: Display
) -> ExitCode:
    """Run the tasks against the endpoint and show what came of it."""
    check_machine(tasks)
    level = choose(settings.isolation)
    _tell_about_this_machine(settings, level, redactor)
    clock = SystemClock()
    line = ProgressLine(live=is_live())
    settings = await _preflight(settings, clock, redactor)
    async with Client(settings.endpoint, clock=clock, redactor=redactor) as client:
        bench = Bench(
            settings=settings,
            client=client,
            store=Store(settings.state_dir, redactor=redactor),
            open_box=open_box,
            clock=clock,
            redactor=redactor,
            isolation=level,
            interrupted=asyncio.Event(),
            sweep_id=f"{clock.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
            watcher=line,
        )
        with _interrupts(bench.interrupted, line):
            result = await run_sweep(tasks, bench, _Finished(display, line))
    _show_end(result, display)
    return result.exit_code


async def _preflight(settings: RunSettings, clock: Clock, redactor: Redactor) -> RunSettings:
    """Return the settings with the model that preflight settled on."""
    async with Client(settings.endpoint, clock=clock, redactor=redactor) as client:
        found = await check_endpoint(client, settings.endpoint.model)
        for note in found.notes:
            output.say(note)
        output.say(f"endpoint: {client.url} · model: {found.model}")
    return replace(settings, endpoint=replace(settings.endpoint, model=found.model))


def _tell_about_this_machine(settings: RunSettings, level: Isolation, redactor: Redactor) -> None:
    warned = warning(level)
    if warned is not None:
        output.say(f"warning: {warned}")
    if redactor.short:
        output.say(
            "note: a secret of fewer than 8 characters is redacted only where it is a whole value"
        )
    for path in sweep_leftovers(settings.scratch_dir):
        output.say(f"note: removed what a killed run left behind: {path.name}")


@contextmanager
def _interrupts(interrupted: asyncio.Event, line: ProgressLine) -> Iterator[None]:
    """Let the first Ctrl-C end the running cell and record it, and the second stop at once."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def stop() -> None:
        line.clear()
        if interrupted.is_set() and task is not None:
            output.say("stopping at once")
            task.cancel()
            return
        output.say("interrupted: ending the cell and recording it (once more: stop at once)")
        interrupted.set()

    caught = (signal.SIGINT, signal.SIGTERM)
    for number in caught:
        loop.add_signal_handler(number, stop)
    try:
        yield
    except asyncio.CancelledError:
        if not interrupted.is_set():
            raise
        raise RunInterruptedError("stopped by a second Ctrl-C", hint="") from None
    finally:
        for number in caught:
            loop.remove_signal_handler(number)


@dataclass(frozen=True, slots=True)
class _Finished:
    """Shows each cell as soon as it is on disk."""

    display: Display
    line: ProgressLine

    def __call__(self, result: CellResult) -> None:
        self.line.clear()
        if result.kept is not None:
            output.say(f"kept: {result.kept} (run nothing in it outside a sandbox)")
        if result.store_error is not None:
            output.say(f"error: {result.store_error.message}")
            output.say(f"hint: {result.store_error.hint}")
        if result.crash is not None:
            output.bug(result.crash)
        if result.left_out:
            return
        for command in result.run.record.verdict.hint.splitlines()[1:]:
            output.say(command)
        if not self.display.as_json:
            output.emit_rich(scorecard(result.run, verbose=self.display.verbose))


def _show_end(result: SweepResult, display: Display) -> None:
    runs = [cell.run for cell in result.cells]
    if display.as_json:
        error = next((c.store_error for c in result.cells if c.store_error is not None), None)
        records = [run.record for run in runs]
        output.emit_json(result_json(records, result.exit_code, error))
    elif len(runs) > 1:
        output.emit_rich(summary(runs))

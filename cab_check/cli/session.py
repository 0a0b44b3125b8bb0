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
from cab_check.published import find_model, known_models, known_tuis
from cab_check.record import result_json
from cab_check.report.terminal import scorecard, summary
from cab_check.sandbox import choose, open_box, warning
from cab_check.store import Store, StoreError
from cab_check.sweep import check_endpoint, check_machine, run_sweep
from cab_check.trace import Progress
from cab_check.workspace import sweep_leftovers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.cell import CellResult
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
    store = Store(settings.state_dir, redactor=redactor)
    _tell_about_the_store(store)
    _tell_what_nobody_published(settings)
    async with Client(settings.endpoint, clock=clock, redactor=redactor) as client:
        settings = await _preflight(settings, client, line)
        client.go_on_with(settings.endpoint)
        bench = Bench(
            settings=settings,
            client=client,
            store=store,
            open_box=open_box,
            clock=clock,
            redactor=redactor,
            isolation=level,
            interrupted=asyncio.Event(),
            sweep_id=f"{clock.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
            watcher=line,
        )
        onlooker = _Onlooker(display, line, len(tasks))
        with _interrupts(bench.interrupted, line):
            async with line.ticking():
                result = await run_sweep(tasks, bench, onlooker)
    _show_end(result, display)
    return result.exit_code


async def _preflight(settings: RunSettings, client: Client, line: ProgressLine) -> RunSettings:
    """Return the settings with the model that preflight settled on."""
    async with line.ticking():
        line(Progress(f"asking {client.url}/models"))
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
            "note: a secret (key, header or query value) of fewer than 8 characters is hidden "
            "only where it is a whole value"
        )
    for path in sweep_leftovers(settings.scratch_dir):
        output.say(f"note: removed what a killed run left behind: {path.name}")


def _tell_what_nobody_published(settings: RunSettings) -> None:
    tui, known = settings.tui, known_tuis()
    if tui is not None and tui.casefold() not in {name.casefold() for name in known}:
        output.say(
            f"note: no published cell of --tui {tui} is known here; known: {', '.join(known)}"
        )
    model = settings.published_model
    if model is not None and find_model(model) is None:
        output.say(
            f"note: no published cell of --published-model {model} is known here; known: "
            f"{', '.join(known_models())}"
        )


def _tell_about_the_store(store: Store) -> None:
    try:
        store.check()
    except StoreError as error:
        output.say(f"warning: {error.message}; the score will be printed, then exit code 6")


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

    caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
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
class _Onlooker:
    """Names each cell as it starts, and shows it as soon as it is on disk."""

    display: Display
    line: ProgressLine
    cells: int

    def started(self, number: int, task: Task) -> None:
        """Say which cell the progress is of, when there are several."""
        self.line.cell = f"[{number}/{self.cells}] {task.name}" if self.cells > 1 else ""

    def finished(self, result: CellResult) -> None:
        """Show the cell's card, and all that a person must know beside it."""
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
            if self.cells > 1:
                output.emit("")


def _show_end(result: SweepResult, display: Display) -> None:
    runs = [cell.run for cell in result.cells]
    if display.as_json:
        unkept = (cell.store_error for cell in result.cells if cell.store_error is not None)
        error = next(unkept, None) or result.ended_by
        records = [run.record for run in runs]
        output.emit_json(result_json(records, result.exit_code, error))
    elif len(runs) > 1:
        output.emit_rich(summary(runs))

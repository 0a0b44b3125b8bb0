"""One run from settings to exit code: quote, preflight, cells, and what is shown meanwhile."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from cab_check.cell import Halt
from cab_check.cli import output
from cab_check.cli.benches import Shared, open_stands
from cab_check.cli.ending import End, show_end, show_plan
from cab_check.cli.filling import as_typed
from cab_check.cli.gating import foretell
from cab_check.cli.interrupts import interrupts
from cab_check.cli.progress import ProgressLine, is_live
from cab_check.cli.starting import asked_record, begin, look, tell_before
from cab_check.cli.watching import Board, Cards
from cab_check.clock import SystemClock
from cab_check.errors import ExitCode
from cab_check.sandbox import choose
from cab_check.settings import SweepSettings
from cab_check.store import Store
from cab_check.sweep import Shard, SweepResult, check_machine, deal, lay_out, run_sweep
from cab_check.sweep.budget import Purse
from cab_check.sweep.descriptors import room_for
from cab_check.sweep.gates import Gates
from cab_check.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cab_check.cell import CellResult
    from cab_check.cli.benches import Stand
    from cab_check.cli.starting import Start
    from cab_check.cli.targets import Target
    from cab_check.errors import UsageError
    from cab_check.record import CellSummary, SweepRecord
    from cab_check.secrets import Redactor
    from cab_check.settings import RunSettings
    from cab_check.sweep import Cell
    from cab_check.sweep.keeper import Keeper
    from cab_check.tasks.spec import Task

_MOST_CARDS = 8


@dataclass(frozen=True, slots=True)
class Display:
    """How a run is shown: the breakdown with `verbose`, one document at the end with `as_json`."""

    verbose: bool
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one run was asked for.

    `settings.endpoint` is the first target's. `resume` names a sweep whose missing cells are run,
    with `retry_unscored` also those that were not scored; `lacking` is what running any of them
    needs and is not there. `options` are what another start needs to know of the command line,
    without a secret. `dry_run` stops after the quote.
    """

    settings: RunSettings
    targets: tuple[Target, ...]
    tasks: Sequence[Task]
    redactor: Redactor
    display: Display
    sweep: SweepSettings = field(default_factory=SweepSettings)
    gates: Gates = field(default_factory=Gates)
    resume: str | None = None
    retry_unscored: bool = False
    lacking: UsageError | None = None
    dry_run: bool = False
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def models_known(self) -> bool:
        """Say whether no endpoint has to be asked for its model."""
        return all(target.endpoint.model for target in self.targets)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Return the cells of this machine's shard, in their order."""
        sweep = self.sweep
        whole = lay_out(self.tasks, targets=len(self.targets), repeats=sweep.repeats)
        return deal(whole, Shard(sweep.shard, sweep.shards))


async def run_session(asked: Asked) -> ExitCode:
    """Run the tasks against the targets and show what came of it."""
    store = Store(asked.settings.state_dir, redactor=asked.redactor)
    with ExitStack() as held:
        start = look(asked, store, held)
        if start.todo or asked.dry_run or start.record is None:
            show_plan(asked, start)
        if asked.models_known:
            foretell(asked.gates, asked_record(asked, start.cells, asked.targets))
        if asked.dry_run:
            return ExitCode.PASSED
        halt = Halt()
        purse = _purse(asked, halt, start)
        if not start.todo and start.record is not None:
            return _nothing_left(asked, start, start.record, store, purse)
        if asked.lacking is not None:
            raise asked.lacking
        if purse.used_up is not None:
            raise purse.used_up
        check_machine(asked.tasks)
        level = choose(asked.settings.isolation)
        tell_before(asked, level, store)
        sweep_id = asked.resume or f"{SystemClock().now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        shared = Shared(
            store=store, level=level, halt=halt, purse=purse, sweep_id=sweep_id,
            line=ProgressLine(live=is_live()),
        )  # fmt: skip
        async with open_stands(asked, shared) as stands:
            record = start.record or replace(
                asked_record(asked, start.cells, [stand.target for stand in stands]),
                sweep_id=sweep_id,
            )
            if not asked.models_known:
                foretell(asked.gates, record)
            keeper = begin(start, record, store, held)
            return await _play(asked, shared, stands, _Cells(start, keeper))


def _purse(asked: Asked, halt: Halt, start: Start) -> Purse:
    agent = asked.settings.agent
    prices = (agent.price_in, agent.price_out)
    return Purse(asked.sweep.caps, halt, prices=prices, before=start.kept.spent)


def _nothing_left(
    asked: Asked, start: Start, record: SweepRecord, store: Store, purse: Purse
) -> ExitCode:
    """Report on a sweep all of whose cells are there."""
    output.say("nothing is left to run: this is what its cells came to")
    keeper = begin(start, record, store, ExitStack())
    names = tuple(target.name for target in record.targets)
    board = Board(0, names, live=False, hold=False, keep=keeper.keep)
    result = SweepResult(ExitCode.PASSED)
    code = keeper.end(result, purse.spent, SystemClock().now())
    return show_end(asked, End(start, keeper, board, replace(result, exit_code=code), purse), store)


@dataclass(frozen=True, slots=True)
class _Cells:
    """How a run starts, and who keeps it."""

    start: Start
    keeper: Keeper


async def _play(asked: Asked, shared: Shared, stands: tuple[Stand, ...], cells: _Cells) -> ExitCode:
    line, keeper, todo, purse = shared.line, cells.keeper, cells.start.todo, shared.purse
    onlooker = _onlooker(asked, shared, stands, cells)
    ticking = onlooker.ticking() if isinstance(onlooker, Board) else line.ticking()
    purse.note = keeper.spend
    jobs, note = room_for(min(asked.sweep.jobs, max(1, len(todo))))
    if note is not None:
        output.say(f"note: {note}")
    named = as_typed(shared.sweep_id, asked.settings.state_dir)
    again = f"`cab check --resume {named}` runs what is missing" if keeper.kept else ""
    with interrupts(shared.halt, line, cells=len(todo), hint=again):
        async with ticking, purse.timed():
            benches = [stand.bench for stand in stands]
            result = await run_sweep(todo, benches, onlooker, jobs=jobs)
    code = keeper.end(result, purse.spent, SystemClock().now())
    end = End(cells.start, keeper, onlooker, replace(result, exit_code=code), purse)
    return show_end(asked, end, shared.store)


def _onlooker(
    asked: Asked, shared: Shared, stands: tuple[Stand, ...], cells: _Cells
) -> Cards | Board:
    """Show a card each for a few cells one after another, a line each for many or a part."""
    todo, display, keep = cells.start.todo, asked.display, _keeping(asked, cells.keeper)
    many = len(todo) > _MOST_CARDS or len(stands) > 1 or asked.resume is not None
    sweep = asked.sweep
    if many or sweep.jobs > 1 or sweep.repeats > 1 or sweep.shards > 1:
        names = tuple(stand.target.name for stand in stands)
        return Board(len(todo), names, live=is_live(), hold=asked.display.as_json, keep=keep)
    return Cards(shared.line, len(todo), verbose=display.verbose, silent=display.as_json, keep=keep)


def _keeping(asked: Asked, keeper: Keeper) -> Callable[[Cell, CellResult], CellSummary]:
    """Keep each cell; say once when its answers have no tokens that a cap could count."""
    told = asked.sweep.caps.tokens is None

    def keep(cell: Cell, result: CellResult) -> CellSummary:
        nonlocal told
        summary = keeper.keep(cell, result)
        if not told and summary.tokens is None and summary.status is Status.SCORED:
            told = True
            output.say("note: --max-tokens-total cannot act on answers without usage, as here")
        return summary

    return keep

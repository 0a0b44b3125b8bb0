"""One run from settings to exit code: quote, preflight, cells, and what is shown meanwhile."""

from __future__ import annotations

import secrets
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from cab_check.cell import Halt
from cab_check.cli import output
from cab_check.cli.benches import Shared, open_stands
from cab_check.cli.ending import show_end, show_plan
from cab_check.cli.gating import foretell
from cab_check.cli.interrupts import interrupts
from cab_check.cli.progress import ProgressLine, is_live
from cab_check.cli.watching import Board, Cards
from cab_check.clock import SystemClock
from cab_check.errors import ExitCode
from cab_check.published import find_model, known_models, known_tuis
from cab_check.sandbox import choose, warning
from cab_check.settings import SweepSettings
from cab_check.store import Store, StoreError
from cab_check.sweep import Shard, check_machine, deal, lay_out, run_sweep
from cab_check.sweep.budget import Purse
from cab_check.sweep.gates import Gates
from cab_check.sweep.keeper import Keeper, finished
from cab_check.sweep.recording import begin_record, resumed_record, target_record
from cab_check.workspace import sweep_leftovers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cab_check.cli.benches import Stand
    from cab_check.cli.targets import Target
    from cab_check.record import CellSummary, SweepRecord
    from cab_check.secrets import Redactor
    from cab_check.settings import Isolation, RunSettings
    from cab_check.sweep import Cell
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
    with `retry_unscored` also those that were not scored. `options` are what another start needs to
    know of the command line, without a secret. `dry_run` stops after the quote.
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
    settings = asked.settings
    check_machine(asked.tasks)
    level = choose(settings.isolation)
    store = Store(settings.state_dir, redactor=asked.redactor)
    cells = asked.cells
    show_plan(asked, cells)
    if asked.models_known:
        foretell(asked.gates, _begin(asked, [(t, t.endpoint.url) for t in asked.targets]))
    if asked.dry_run:
        return ExitCode.PASSED
    _tell_before(asked, level, store)
    halt = Halt()
    agent = settings.agent
    purse = Purse(asked.sweep.caps, halt, price_in=agent.price_in, price_out=agent.price_out)
    sweep_id = asked.resume or f"{SystemClock().now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    shared = Shared(
        store=store, level=level, halt=halt, purse=purse, sweep_id=sweep_id,
        line=ProgressLine(live=is_live()),
    )  # fmt: skip
    async with open_stands(asked, shared) as stands:
        with _kept(asked, shared, stands) as kept:
            return await _play(asked, shared, stands, kept)


def _begin(asked: Asked, targets: Sequence[tuple[Target, str]]) -> SweepRecord:
    """Write down what was asked for, of these targets and the addresses that they are asked at."""
    places = [target_record(t.name, url, t.endpoint.model) for t, url in targets]
    record = begin_record(asked.tasks, places, asked.cells, asked.sweep)
    return replace(record, settings=asked.options, demo=asked.settings.demo)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is kept of a run, and the cells that are left to run."""

    keeper: Keeper
    todo: tuple[Cell, ...]


@contextmanager
def _kept(asked: Asked, shared: Shared, stands: tuple[Stand, ...]) -> Iterator[_Kept]:
    """Hold the sweep's directory, and say which cells an earlier start has brought to an end."""
    cells = asked.cells
    record = _begin(asked, [(each.target, each.bench.client.url) for each in stands])
    record = replace(record, sweep_id=shared.sweep_id)
    if not asked.models_known:
        foretell(asked.gates, record)
    if len(cells) == 1 and not record.partial and asked.resume is None:
        yield _Kept(Keeper(record, None), cells)
        return
    directory = shared.store.sweep(shared.sweep_id)
    with ExitStack() as held:
        try:
            held.enter_context(directory.held())
        except StoreError:
            if asked.resume is not None:
                raise
            yield _Kept(Keeper(record, None), cells)  # the store was complained about before
            return
        done: tuple[CellSummary, ...] = ()
        if asked.resume is not None:
            record = resumed_record(directory.read(), record)
            again = asked.retry_unscored
            done, notes = finished(shared.store, directory, cells, again=again)
            for note in notes:
                output.say(f"note: {note}")
            output.say(f"resuming {directory.name}: {len(done)} of {len(cells)} cells are there")
        keeper = Keeper(record, directory)
        keeper.begin(done)
        over = {cell.key for cell in done}
        yield _Kept(keeper, tuple(cell for cell in cells if cell.key not in over))


async def _play(asked: Asked, shared: Shared, stands: tuple[Stand, ...], kept: _Kept) -> ExitCode:
    line, sweep, keeper = shared.line, asked.sweep, kept.keeper
    onlooker = _onlooker(asked, shared, stands, kept)
    ticking = onlooker.ticking() if isinstance(onlooker, Board) else line.ticking()
    with interrupts(shared.halt, line, cells=len(kept.todo)):
        async with ticking, shared.purse.timed():
            benches = [stand.bench for stand in stands]
            result = await run_sweep(kept.todo, benches, onlooker, jobs=sweep.jobs)
    keeper.end(result, shared.purse.spent, SystemClock().now())
    return show_end(asked, keeper, onlooker, result, shared)


def _onlooker(
    asked: Asked, shared: Shared, stands: tuple[Stand, ...], kept: _Kept
) -> Cards | Board:
    """Show a card each for a few cells one after another, a line each for many or for a part."""
    cells, display, sweep = kept.todo, asked.display, asked.sweep
    many = len(cells) > _MOST_CARDS or len(stands) > 1 or sweep.jobs > 1 or sweep.repeats > 1
    if many or sweep.shards > 1 or asked.resume is not None:
        names = tuple(stand.target.name for stand in stands)
        return Board(len(cells), names, live=is_live(), keep=kept.keeper.keep)
    return Cards(
        shared.line,
        len(cells),
        verbose=display.verbose,
        silent=display.as_json,
        keep=kept.keeper.keep,
    )


def _tell_before(asked: Asked, level: Isolation, store: Store) -> None:
    """Say what a person should know of machine, store and options before anything is spent."""
    warned = warning(level)
    if warned is not None:
        output.say(f"warning: {warned}")
    if asked.redactor.short:
        output.say(
            "note: a secret (key, header or query value) of fewer than 8 characters is hidden "
            "only where it is a whole value"
        )
    for path in sweep_leftovers(asked.settings.scratch_dir):
        output.say(f"note: removed what a killed run left behind: {path.name}")
    try:
        store.check()
    except StoreError as error:
        output.say(f"warning: {error.message}; the score will be printed, then exit code 6")
    _tell_what_nobody_published(asked.settings)


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

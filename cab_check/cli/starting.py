"""How a run starts: anew, or with what earlier starts of its sweep have left."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cab_check.cli import output
from cab_check.cli.quoting import amounts
from cab_check.published import find_model, known_models, known_tuis
from cab_check.sandbox import warning
from cab_check.store import StoreError
from cab_check.sweep.keeper import Keeper
from cab_check.sweep.kept import Kept, read_kept
from cab_check.sweep.recording import begin_record, resumed_record, target_record
from cab_check.workspace import sweep_leftovers

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import ExitStack

    from cab_check.cli.session import Asked
    from cab_check.cli.targets import Target
    from cab_check.record import SweepRecord
    from cab_check.settings import Isolation, RunSettings
    from cab_check.store import Store
    from cab_check.sweep import Cell


@dataclass(frozen=True, slots=True)
class Start:
    """The cells of a run, those that are left to run, and what is there already.

    `record` is the sweep's that is gone on with, None for a new one.
    """

    cells: tuple[Cell, ...]
    todo: tuple[Cell, ...]
    kept: Kept = field(default_factory=Kept)
    record: SweepRecord | None = None


def look(asked: Asked, store: Store, held: ExitStack) -> Start:
    """Find out what is to be run; a sweep that is gone on with is held from here on.

    Raises UsageError where another process runs it, or where it would not be the same sweep.
    """
    cells = asked.cells
    if asked.resume is None:
        return Start(cells, cells)
    sweep = store.sweep(asked.resume)
    if not asked.dry_run:
        held.enter_context(sweep.held())
    record = resumed_record(sweep.read(), asked_record(asked, cells, asked.targets))
    kept = read_kept(store, sweep, record, cells, again=asked.retry_unscored)
    over = {cell.key for cell in kept.done}
    todo = tuple(cell for cell in cells if cell.key not in over)
    shard = f"shard {record.shard}/{record.shards} · " if record.partial else ""
    output.say(
        f"{shard}resuming {sweep.name}: {len(over):,} of {len(cells):,} cells are there; "
        f"spent before: {amounts(kept.spent)}"
    )
    for note in kept.notes:
        output.say(f"note: {note}")
    return Start(cells, todo, kept, record)


def asked_record(asked: Asked, cells: tuple[Cell, ...], targets: Iterable[Target]) -> SweepRecord:
    """Write down what was asked for, of these targets."""
    places = [target_record(t.name, t.endpoint.url, t.endpoint.model) for t in targets]
    record = begin_record(asked.tasks, places, cells, asked.sweep)
    return replace(record, settings=asked.options, demo=asked.settings.demo)


def begin(start: Start, record: SweepRecord, store: Store, held: ExitStack) -> Keeper:
    """Begin to keep a run, or go on with it; a single cell is kept as a run alone."""
    if start.record is None and len(start.cells) == 1 and not record.partial:
        return Keeper(record, None)
    directory = store.sweep(record.sweep_id)
    if start.record is None:
        try:
            held.enter_context(directory.held())
        except StoreError:
            return Keeper(record, None)  # the store was complained about before
    keeper = Keeper(record, directory)
    keeper.begin(start.kept)
    return keeper


def tell_before(asked: Asked, level: Isolation, store: Store) -> None:
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

"""What is shown before a run and after it: the quote, the summary, the one JSON document."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from cab_check.cli import output
from cab_check.cli.filling import as_typed
from cab_check.cli.quoting import (
    amounts,
    blind_notes,
    cap_notes,
    quote_document,
    quote_line,
    spent_line,
)
from cab_check.errors import ExitCode, worst
from cab_check.record import Sweep, record_to_json, result_json
from cab_check.report.sweep import sweep_summary
from cab_check.report.wording import counted
from cab_check.store import UnreadableError
from cab_check.sweep.gates import judge_gates
from cab_check.sweep.quote import quote
from cab_check.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cab_check.cli.session import Asked
    from cab_check.cli.starting import Start
    from cab_check.cli.watching import Board, Cards
    from cab_check.record import CellSummary, RunRecord
    from cab_check.store import Store
    from cab_check.sweep import SweepResult
    from cab_check.sweep.budget import Purse
    from cab_check.sweep.keeper import Keeper
    from cab_check.sweep.quote import Quote


@dataclass(frozen=True, slots=True)
class End:
    """What a run began with and what came of it."""

    start: Start
    keeper: Keeper
    onlooker: Cards | Board
    result: SweepResult
    purse: Purse


def show_plan(asked: Asked, start: Start) -> None:
    """Say what is left to run may come to at worst; with --dry-run that is the result."""
    found = _quote(asked, start)
    shard = f"{asked.sweep.shard}/{asked.sweep.shards}"
    said = ("" if shard == "1/1" else f"shard {shard} · ") + quote_line(found)
    if not start.cells:
        said = f"shard {shard} is empty: there are fewer cells than shards, and nothing runs"
    if not asked.dry_run:
        output.say(said)
    elif asked.display.as_json:
        output.emit_json(quote_document(found, [cell.key for cell in start.todo], shard))
    else:
        output.emit(said)
    if start.todo:
        for note in cap_notes(found, asked.sweep.caps, start.kept.spent):
            output.say(note)


def _quote(asked: Asked, start: Start) -> Quote:
    return quote(start.todo, asked.settings, asked.sweep, start.kept.spent)


def show_end(asked: Asked, end: End, store: Store) -> ExitCode:
    """Show the end of a run, and return its exit code."""
    keeper, onlooker = end.keeper, end.onlooker
    cells = keeper.in_order()
    judged = judge_gates(asked.gates, keeper.record, cells, end.result.exit_code)
    keeper.judged(judged.gates, judged.exit_code)
    code = judged.exit_code
    if keeper.failed is not None:
        output.say(f"error: {keeper.failed.message}")
        output.say(f"hint: {keeper.failed.hint}")
        code = worst((code, ExitCode.MACHINE))
    for gate in judged.gates:
        output.say(gate.sentence)
    _tell_spent(asked, end)
    sweep = Sweep(keeper.record, cells) if keeper.record.many else None
    if asked.display.as_json:
        error = onlooker.store_error or keeper.failed or end.result.ended_by
        document = result_json((), code, error, sweep=sweep, gates=judged.gates)
        document |= {"demo": keeper.record.demo, "quote": asdict(_quote(asked, end.start))}
        records = _records(cells, onlooker.held, store)
        output.emit_json(document, (record_to_json(record) for record in records))
    elif sweep is not None:
        output.emit_rich(sweep_summary(sweep, verbose=asked.display.verbose))
    return code


def _tell_spent(asked: Asked, end: End) -> None:
    """Say what was spent beside the quote, what a cap could not do, and how to go on."""
    purse, keeper = end.purse, end.keeper
    if end.start.todo:
        output.say(spent_line(_quote(asked, end.start), purse.here))
        if end.start.record is not None:
            output.say(f"spent by all starts: {amounts(purse.spent)}")
        for note in blind_notes(asked.sweep.caps, purse.spent):
            output.say(note)
    if keeper.kept:
        _tell_kept(keeper, purse, as_typed(keeper.record.sweep_id, asked.settings.state_dir))


def _tell_kept(keeper: Keeper, purse: Purse, name: str) -> None:
    """Say how to go on where cells are left, how to look at the sweep else."""
    cells = keeper.cells.values()
    left = len(keeper.record.plan) - sum(cell.over for cell in cells)
    if left:
        how = "" if purse.used_up is None else f"{purse.used_up.hint}, and "
        output.say(f"{counted(left, 'cell')} left: {how}`cab check --resume {name}` goes on")
    else:
        output.say(
            f"kept as {keeper.record.sweep_id}: `cab runs show {name}`, `cab report {name} --html`"
        )
    unscored = sum(cell.over and cell.status is not Status.SCORED for cell in cells)
    if unscored:
        output.say(
            f"{counted(unscored, 'cell')} not scored: "
            f"`cab check --resume {name} --retry-unscored` runs what was not scored again"
        )


def _records(
    cells: Sequence[CellSummary], held: Mapping[str, RunRecord], store: Store
) -> Iterator[RunRecord]:
    """Yield the cells' records in the plan's order: those that were held, else from the store.

    One that an earlier start left and that is not there any more is left out, and said.
    """
    for cell in cells:
        try:
            yield held.get(cell.key) or store.record(cell.run)
        except UnreadableError as error:
            output.say(f"note: {cell.key} is not among the runs: {error.message}")

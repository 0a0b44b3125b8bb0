"""What is shown before a run and after it: the quote, the summary, the one JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.cli import output
from cab_check.cli.quoting import quote_document, quote_line, spent_line
from cab_check.cli.watching import Board
from cab_check.errors import ExitCode, worst
from cab_check.record import result_json, summary_to_json, sweep_to_json
from cab_check.report.sweep import sweep_summary
from cab_check.report.terminal import summary
from cab_check.sweep.gates import judge_gates
from cab_check.sweep.quote import quote

if TYPE_CHECKING:
    from cab_check.cli.benches import Shared
    from cab_check.cli.session import Asked
    from cab_check.cli.watching import Cards
    from cab_check.record import RunRecord
    from cab_check.store import Store
    from cab_check.sweep import Cell, SweepResult
    from cab_check.sweep.keeper import Keeper


def show_plan(asked: Asked, cells: tuple[Cell, ...]) -> None:
    """Say what the run may come to at worst; with --dry-run that is the result."""
    found = quote(cells, asked.settings, asked.sweep)
    shard = f"{asked.sweep.shard}/{asked.sweep.shards}"
    said = ("" if shard == "1/1" else f"shard {shard} · ") + quote_line(found)
    if not cells:
        said = f"shard {shard} is empty: there are fewer cells than shards, and nothing runs"
    if not asked.dry_run:
        output.say(said)
    elif asked.display.as_json:
        output.emit_json(quote_document(found, [cell.key for cell in cells], shard))
    else:
        output.emit(said)


def show_end(
    asked: Asked, keeper: Keeper, onlooker: Cards | Board, result: SweepResult, shared: Shared
) -> ExitCode:
    """Show the end of a run, and return its exit code."""
    cells = keeper.in_order()
    judged = judge_gates(asked.gates, keeper.record, cells, result.exit_code)
    keeper.judged(judged.gates, judged.exit_code)
    code = judged.exit_code
    if keeper.failed is not None:
        output.say(f"error: {keeper.failed.message}")
        output.say(f"hint: {keeper.failed.hint}")
        code = worst((code, ExitCode.MACHINE))
    for gate in judged.gates:
        output.say(gate.sentence)
    if len(cells) > 1:
        output.say(spent_line(quote(asked.cells, asked.settings, asked.sweep), shared.purse.spent))
    if asked.display.as_json:
        error = onlooker.store_error or keeper.failed or result.ended_by
        document = result_json(_records(keeper, onlooker, shared.store), code, error)
        if len(cells) > 1 or keeper.record.partial:
            whole = sweep_to_json(keeper.record) | {"exit_code": int(code)}
            document["sweep"] = whole | {"cells": [summary_to_json(cell) for cell in cells]}
        output.emit_json(document)
    elif isinstance(onlooker, Board):
        verbose = asked.display.verbose
        output.emit_rich(sweep_summary(keeper.record, cells, verbose=verbose))
    elif len(cells) > 1:
        output.emit_rich(summary(onlooker.runs))
    return code


def _records(keeper: Keeper, onlooker: Cards | Board, store: Store) -> list[RunRecord]:
    """Return the cells' records in the plan's order: those that were held, else from the store."""
    held = onlooker.held
    return [
        held[cell.key] if cell.key in held else store.read(store.find(cell.run)).record
        for cell in keeper.in_order()
    ]

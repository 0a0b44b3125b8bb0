"""What `cab runs merge` does with what was typed."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.cli import output
from cab_check.cli.finding import find_shards
from cab_check.cli.gating import foretell
from cab_check.clock import SystemClock
from cab_check.errors import ExitCode, UsageError
from cab_check.record import RecordError, Sweep, result_json
from cab_check.report.sweep import sweep_summary
from cab_check.report.wording import counted
from cab_check.store import read_head
from cab_check.store.adopting import adopt
from cab_check.sweep.gates import judge_gates
from cab_check.sweep.merging import Part, merge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.record import CellSummary
    from cab_check.store import RunDir, Store, SweepDir
    from cab_check.sweep.gates import Gates
    from cab_check.sweep.merging import Merged

_NAMED = 12


def merge_shards(
    store: Store, places: Sequence[str], gates: Gates, *, verbose: bool, as_json: bool
) -> ExitCode:
    """Join the shards into one sweep of the store and show it; checks all before it copies any."""
    found = find_shards(places)
    parts = [_part(each) for each in found]
    sweep_id = f"{SystemClock().now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    merged = merge(parts, sweep_id)
    if gates.baseline is not None:
        foretell(gates, merged.record)
    homes = {
        cell.key: each
        for each, part in zip(found, parts, strict=True)
        for cell in part.cells
    }  # fmt: skip
    cells = _keep(store, merged, homes)
    return _show(store, replace(merged, cells=cells), gates, verbose=verbose, as_json=as_json)


def _part(sweep: SweepDir) -> Part:
    """Read a shard; a cell whose run cannot be read is left out, and said."""
    record, kept = sweep.read(), sweep.cells()
    for note in kept.notes:
        output.say(f"note: {sweep.name}: {note}")
    cells = []
    for cell in kept.cells:
        if cell.run is None:
            continue  # it was not run, or could not be kept: it is missing
        lacking = _lacking(_run_of(sweep, cell))
        if lacking:
            output.say(f"note: {sweep.name}: the run of {cell.key} {lacking}")
        else:
            cells.append(cell)
    record = replace(record, spent=sweep.spent.read() or record.spent)
    if record.spent is None and cells:
        output.say(f"note: {sweep.name}: what it has spent is not known")
    return Part(str(sweep.path), record, tuple(cells))


def _run_of(sweep: SweepDir, cell: CellSummary) -> RunDir:
    """Return a cell's run; its name comes from another machine and must be no path."""
    name = cell.run or "none"
    if Path(name).name != name or name.startswith("."):
        raise UsageError(
            f"{cell.key}: {name!r} is no name of a run", hint="its cells.jsonl was changed"
        )
    return sweep.run(name)


def _lacking(run: RunDir) -> str:
    """Say what is wrong with a run; empty when it can be read."""
    try:
        return "" if read_head(run) is not None else "is not there"
    except (OSError, RecordError) as error:
        return f"cannot be read: {error}"


def _keep(store: Store, merged: Merged, homes: dict[str, SweepDir]) -> tuple[CellSummary, ...]:
    """Copy the runs, then write the sweep: its record last, so that half of one is none."""
    store.check()
    directory = store.sweep(merged.record.sweep_id)
    cells = []
    with directory.held():
        for cell in merged.cells:
            run = adopt(store, _run_of(homes[cell.key], cell))
            cells.append(replace(cell, run=run.name))
            directory.add(cells[-1])
        directory.write(merged.record)
    return tuple(cells)


def _show(store: Store, merged: Merged, gates: Gates, *, verbose: bool, as_json: bool) -> ExitCode:
    record, cells = merged.record, merged.cells
    for name in merged.missing[:_NAMED]:
        output.say(f"missing: {name}")
    if len(merged.missing) > _NAMED:
        output.say(f"missing: {len(merged.missing) - _NAMED} cells more")
    if merged.missing:
        output.say(f"hint: `cab check --resume {record.sweep_id}` runs what is missing")
    output.say(f"merged {counted(len(record.merged_from), 'shard')} into {record.sweep_id}")
    judged = judge_gates(gates, record, cells, ExitCode(record.exit_code or 0))
    record = replace(record, gates=judged.gates, exit_code=int(judged.exit_code))
    store.sweep(record.sweep_id).write(record)
    for gate in judged.gates:
        output.say(gate.sentence)
    sweep = Sweep(record, cells)
    if as_json:
        runs = [store.record(cell.run) for cell in cells]
        document = result_json(runs, judged.exit_code, None, sweep=sweep, gates=judged.gates)
        document["missing"] = list(merged.missing)
        output.emit_json(document)
    else:
        output.emit_rich(sweep_summary(sweep, verbose=verbose))
    return judged.exit_code

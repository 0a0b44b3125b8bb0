"""What `cab runs merge` does with what was typed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.cli import output
from cab_check.clock import SystemClock
from cab_check.errors import ExitCode, UsageError
from cab_check.record import Sweep, result_json
from cab_check.report.sweep import sweep_summary
from cab_check.secrets import Redactor
from cab_check.store import RunDir, Store, SweepDir
from cab_check.store.adopting import adopt
from cab_check.sweep.gates import judge_gates
from cab_check.sweep.merging import Part, merge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.record import CellSummary
    from cab_check.sweep.gates import Gates
    from cab_check.sweep.merging import Merged

_NAMED = 12


@dataclass(frozen=True, slots=True)
class _Found:
    """A shard's directory, and where the runs of its cells lie."""

    sweep: SweepDir
    runs: Path


def merge_shards(
    store: Store, places: Sequence[str], gates: Gates, *, verbose: bool, as_json: bool
) -> ExitCode:
    """Join the shards into one sweep of the store and show it; checks all before it copies any."""
    found = [each for place in places for each in _shards(place)]
    found = list({each.sweep.path.resolve(): each for each in found}.values())
    parts = [_part(each) for each in found]
    sweep_id = f"{SystemClock().now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    merged = merge(parts, sweep_id)
    homes = {
        cell.key: each.runs
        for each, part in zip(found, parts, strict=True)
        for cell in part.cells
    }  # fmt: skip
    cells = _keep(store, merged, homes)
    return _show(store, replace(merged, cells=cells), gates, verbose=verbose, as_json=as_json)


def _shards(place: str) -> Iterator[_Found]:
    """Yield the shards of a state directory, or the sweep whose directory this is."""
    path = Path(place)
    if (path / "sweep.json").is_file():
        path = path.absolute()
        yield _Found(SweepDir(path, Redactor()), path.parent.parent / "runs")
        return
    sweeps = reversed(Store(path).sweeps())
    shards = [sweep for sweep in sweeps if sweep.read().partial]
    if not shards:
        what = "no such directory" if not path.is_dir() else "no shard of a sweep is there"
        raise UsageError(
            f"{place}: {what}",
            hint="give the --state-dir of `cab check --shard I/N`, or state/sweeps/SWEEP",
        )
    for sweep in shards:
        yield _Found(sweep, path / "runs")


def _part(found: _Found) -> Part:
    """Read a shard; a cell whose run is not there is left out, and said."""
    kept = found.sweep.cells()
    for note in kept.notes:
        output.say(f"note: {found.sweep.name}: {note}")
    cells = []
    for cell in kept.cells:
        if _run_of(cell, found.runs).complete:
            cells.append(cell)
        else:
            output.say(f"note: {found.sweep.name}: the run of {cell.key} is not there")
    return Part(str(found.sweep.path), found.sweep.read(), tuple(cells))


def _run_of(cell: CellSummary, runs: Path) -> RunDir:
    """Return a cell's run; its name comes from another machine and must be no path."""
    name = cell.run or "none"
    if Path(name).name != name or name.startswith("."):
        raise UsageError(
            f"{cell.key}: {name!r} is no name of a run", hint="its cells.jsonl was changed"
        )
    return RunDir(runs / name, Redactor())


def _keep(store: Store, merged: Merged, homes: dict[str, Path]) -> tuple[CellSummary, ...]:
    """Copy the runs, then write the sweep: its record last, so that half of one is none."""
    store.check()
    directory = store.sweep(merged.record.sweep_id)
    cells = []
    with directory.held():
        for cell in merged.cells:
            run = adopt(store, _run_of(cell, homes[cell.key]))
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
    output.say(f"merged {len(record.merged_from)} shards into {record.sweep_id}")
    judged = judge_gates(gates, record, cells, ExitCode(record.exit_code or 0))
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

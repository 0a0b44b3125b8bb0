"""What makes a run fail in CI beyond its failed cells: a threshold, the ledger, a baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.chance import LEVEL, Share, paired
from cab_check.endpoint.severity import severity_of
from cab_check.errors import ExitCode
from cab_check.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cab_check.endpoint.severity import Severity
    from cab_check.record import CellSummary, SweepRecord


@dataclass(frozen=True, slots=True)
class Baseline:
    """An earlier sweep that this one is held against."""

    record: SweepRecord
    cells: tuple[CellSummary, ...]


@dataclass(frozen=True, slots=True)
class Gates:
    """`fail_under` is a share from 0 to 1; `fail_on` the least severity that fails."""

    fail_under: float | None = None
    fail_on: Severity | None = None
    baseline: Baseline | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """The exit code that counts, and why it is that, one sentence a gate."""

    exit_code: ExitCode
    reasons: tuple[str, ...] = ()


def judge_gates(
    gates: Gates, record: SweepRecord, cells: Sequence[CellSummary], code: ExitCode
) -> Judged:
    """Return what the gates make of a run whose cells come to `code`.

    Only a run whose every cell was scored can pass one: any other code than 0 and 1 stays
    (SCORING: a run with a cell that is not scored never meets a threshold). Where a threshold or
    a baseline is given, it decides instead of single cells. A shard that no cell fell to can miss
    nothing.
    """
    if code not in {ExitCode.PASSED, ExitCode.FAILED}:
        return Judged(code)
    verdicts: list[tuple[bool | None, str]] = []
    empty = record.partial and not record.plan
    if gates.fail_under is not None and not empty:
        verdicts.append(_under(gates.fail_under, cells))
    if gates.baseline is not None:
        verdicts.append(_against(gates.baseline, record, cells))
    decided = [passed for passed, _ in verdicts if passed is not None]
    failed = not all(decided) if decided else code is ExitCode.FAILED
    reasons = [why for _, why in verdicts]
    if gates.fail_on is not None:
        found = sorted(_severe(cells, gates.fail_on))
        failed = failed or bool(found)
        named = ", ".join(found) if found else "nothing"
        reasons.append(f"--fail-on {gates.fail_on}: {named} in the ledger")
    return Judged(ExitCode.FAILED if failed else ExitCode.PASSED, tuple(reasons))


def _under(threshold: float, cells: Sequence[CellSummary]) -> tuple[bool, str]:
    share = Share(sum(cell.passed for cell in cells), len(cells))
    met = share.n > 0 and share.count / share.n >= threshold
    word = "met" if met else "missed"
    return met, f"--fail-under {threshold:g}: {word} with {share.count} of {share.n}"


def _severe(cells: Iterable[CellSummary], least: Severity) -> Iterator[str]:
    names = {name for cell in cells for name in cell.accommodations}
    return (name for name in names if severity_of(name) >= least)


def _against(
    baseline: Baseline, record: SweepRecord, cells: Sequence[CellSummary]
) -> tuple[bool | None, str]:
    """Fail on a significant regression alone; None where so few pairs could never show one.

    Pairs are cells of the same task, model and repeat, scored in both; McNemar's exact test.
    """
    before = _by_place(baseline.record, baseline.cells)
    now = _by_place(record, cells)
    pairs = [(before[place], now[place]) for place in now if place in before]
    worse = sum(then and not here for then, here in pairs)
    better = sum(here and not then for then, here in pairs)
    name = f"--baseline {baseline.record.sweep_id}: {better} better, {worse} worse"
    name += f" of {len(pairs)} pairs"
    if paired(0, len(pairs)) >= LEVEL:
        told = f"cannot tell: n={len(pairs)} cannot show a regression at {LEVEL:.0%}; no pass"
        return None, f"{name}: {told}"
    chance = paired(better, worse)
    regressed = worse > better and chance < LEVEL
    word = "a regression" if regressed else "no significant regression"
    return not regressed, f"{name}: {word} (p={chance:.3f}, exact)"


def _by_place(
    record: SweepRecord, cells: Iterable[CellSummary]
) -> dict[tuple[str, str, int], bool]:
    """Return whether each scored cell passed; a model alone names a target, since hosts change."""
    models = [target.model for target in record.targets]
    return {
        (models[cell.target], cell.task, cell.repeat): cell.passed
        for cell in cells
        if cell.status is Status.SCORED
    }

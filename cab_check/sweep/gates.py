"""What makes a run fail in CI beyond its failed cells: a threshold, the ledger, a baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.endpoint.severity import severity_of
from cab_check.errors import ExitCode
from cab_check.record import Gate
from cab_check.sweep.baseline import hold_against
from cab_check.verdict import Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from cab_check.endpoint.severity import Severity
    from cab_check.record import CellSummary, SweepRecord
    from cab_check.sweep.baseline import Baseline


@dataclass(frozen=True, slots=True)
class Threshold:
    """The least share of cells that must pass, and how it was typed."""

    share: Fraction
    typed: str

    @property
    def name(self) -> str:
        """Return what the gate is called."""
        return f"--fail-under {self.typed}"


@dataclass(frozen=True, slots=True)
class Gates:
    """`fail_on` is the least severity that fails."""

    fail_under: Threshold | None = None
    fail_on: Severity | None = None
    baseline: Baseline | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """The exit code that counts, and what each gate made of the run."""

    exit_code: ExitCode
    gates: tuple[Gate, ...] = ()


def judge_gates(
    gates: Gates, record: SweepRecord, cells: Sequence[CellSummary], code: ExitCode
) -> Judged:
    """Return what the gates make of a run whose cells come to `code`.

    Only a run whose every cell was scored can pass one: any other code than 0 and 1 stays
    (SCORING: a run with a cell that is not scored never meets a threshold). Where a threshold or
    a baseline tells, it decides instead of single cells; the ledger can only make a run fail.
    """
    untold = _untold(record, cells, code)
    shares, ledger = [], []
    if gates.fail_under is not None:
        name = gates.fail_under.name
        shares.append(Gate(name, None, untold) if untold else _under(gates.fail_under, cells))
    if gates.baseline is not None:
        name = gates.baseline.name
        held = Gate(name, None, untold) if untold else hold_against(gates.baseline, record, cells)
        shares.append(held)
    if gates.fail_on is not None:
        ledger.append(_severe(gates.fail_on, cells, untold))
    found = (*shares, *ledger)
    if code not in {ExitCode.PASSED, ExitCode.FAILED}:
        return Judged(code, found)
    decided = [gate.passed for gate in shares if gate.passed is not None]
    failed = not all(decided) if decided else code is ExitCode.FAILED
    failed = failed or any(gate.passed is False for gate in ledger)
    return Judged(ExitCode.FAILED if failed else ExitCode.PASSED, found)


def _untold(record: SweepRecord, cells: Sequence[CellSummary], code: ExitCode) -> str:
    """Say why no gate can be passed; empty when every cell was scored."""
    if not record.plan:
        return "not judged: no cell fell to this shard"
    lacking = len(record.plan) - sum(cell.status is Status.SCORED for cell in cells)
    if lacking:
        return f"not judged: {lacking} of {len(record.plan)} cells were not scored"
    unusual = code not in {ExitCode.PASSED, ExitCode.FAILED}
    return f"not judged: the run ended with exit code {code:d}" if unusual else ""


def _under(threshold: Threshold, cells: Sequence[CellSummary]) -> Gate:
    passed, n = sum(cell.passed for cell in cells), len(cells)
    met = passed >= threshold.share * n
    return Gate(threshold.name, met, f"{'met' if met else 'missed'} with {passed} of {n}")


def _severe(least: Severity, cells: Sequence[CellSummary], untold: str) -> Gate:
    names = {name for cell in cells for name in cell.accommodations}
    found = sorted(name for name in names if severity_of(name) >= least)
    name = f"--fail-on {least}"
    if found:
        return Gate(name, False, f"in the ledger: {', '.join(found)}")
    return Gate(name, None if untold else True, untold or "nothing so severe in the ledger")

"""What makes a run fail in CI beyond its cells: a threshold and the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cab_check.cli.gating import threshold
from cab_check.endpoint.severity import Severity
from cab_check.errors import ExitCode, UsageError
from cab_check.sweep.baseline import Baseline
from cab_check.sweep.gates import Gates, judge_gates
from tests.sweep.swept import cells as _cells
from tests.sweep.swept import sweep_record

if TYPE_CHECKING:
    from cab_check.sweep.gates import Judged


def _judged(gates: Gates, letters: str, code: ExitCode, *ledger: str) -> Judged:
    cells = _cells(letters, accommodations=ledger)
    return judge_gates(gates, sweep_record(cells), cells, code)


def _under(typed: str) -> Gates:
    return Gates(fail_under=threshold(typed))


@pytest.mark.parametrize(
    ("typed", "letters", "met"),
    [
        ("0.75", "pppf", True),
        ("75%", "pppf", True),
        ("0.76", "pppf", False),
        ("0", "ffff", True),
        ("100%", "pppp", True),
        ("1", "pppf", False),
        ("0.29", "p" * 29 + "f" * 71, True),
        ("58%", "p" * 29 + "f" * 21, True),
        ("58.000000001%", "p" * 29 + "f" * 21, False),
    ],
)
def test_athreshold_decides_instead_of_single_cells(typed: str, letters: str, met: bool) -> None:  # noqa: FBT001
    """As a share or in percent, exactly."""
    judged = _judged(_under(typed), letters, ExitCode.FAILED)
    assert judged.exit_code is (ExitCode.PASSED if met else ExitCode.FAILED)
    assert judged.gates[0].passed is met
    assert f"with {letters.count('p')} of {len(letters)}" in judged.gates[0].sentence


@pytest.mark.parametrize(
    "typed", ["nan", "inf", "-0.1", "80", "120%", "1e-9", "", "%", "1/2", chr(0x0967)]
)
def test_what_is_no_share_is_refused(typed: str) -> None:
    """With what was typed, and an example."""
    with pytest.raises(UsageError, match="is no share of cells"):
        threshold(typed)


@pytest.mark.parametrize("code", [ExitCode.ENDPOINT, ExitCode.AUTH, ExitCode.BUDGET])
def test_a_cell_that_was_not_scored_meets_nothreshold(code: ExitCode) -> None:
    """Whatever the others came to, the exit code stays (SCORING), and each gate says why."""
    gates = Gates(threshold("0"), Severity.ERROR, Baseline(sweep_record(()), ()))
    judged = _judged(gates, "pppn", code)
    assert judged.exit_code is code
    assert [gate.passed for gate in judged.gates] == [None, None, None]
    assert {gate.reason for gate in judged.gates} == {"not judged: 1 of 4 cells were not scored"}


def test_cells_that_are_not_there_meet_nothreshold() -> None:
    """All that are there passed, and half of the plan is missing."""
    cells = _cells("pp")
    record = sweep_record(_cells("pppp"))
    judged = judge_gates(_under("0.5"), record, cells, ExitCode.MACHINE)
    assert (judged.exit_code, judged.gates[0].passed) == (ExitCode.MACHINE, None)
    assert "2 of 4 cells" in judged.gates[0].reason


def test_an_empty_shard_misses_nothing() -> None:
    """It claims nothing either."""
    judged = judge_gates(_under("1"), sweep_record(()), (), ExitCode.PASSED)
    assert (judged.exit_code, judged.gates[0].passed) == (ExitCode.PASSED, None)


@pytest.mark.parametrize(
    ("least", "name", "code"),
    [
        (Severity.ERROR, "retried-truncated-stream", ExitCode.FAILED),
        (Severity.ERROR, "stream-done-missing", ExitCode.PASSED),
        (Severity.NOTE, "stream-done-missing", ExitCode.FAILED),
        (Severity.WARNING, "something-new", ExitCode.FAILED),
    ],
)
def test_the_ledger_fails_from_a_severity_on(least: Severity, name: str, code: ExitCode) -> None:
    """All cells passed; only the entry decides, and it is named."""
    judged = _judged(Gates(fail_on=least), "pp", ExitCode.PASSED, name)
    assert judged.exit_code is code
    assert (name in judged.gates[0].sentence) is (code is ExitCode.FAILED)


def test_the_ledger_lets_nothing_pass() -> None:
    """A clean ledger makes up for no failed cell."""
    judged = _judged(Gates(fail_on=Severity.ERROR), "pf", ExitCode.FAILED)
    assert (judged.exit_code, judged.gates[0].passed) == (ExitCode.FAILED, True)


def test_a_severe_entry_is_named_although_a_cell_was_not_scored() -> None:
    """The exit code of the cells stays."""
    judged = _judged(Gates(fail_on=Severity.ERROR), "pn", ExitCode.ENDPOINT, "reasoning-only")
    assert (judged.exit_code, judged.gates[0].passed) == (ExitCode.ENDPOINT, False)
    assert "reasoning-only" in judged.gates[0].sentence

"""What makes a run fail in CI: a threshold, the ledger, a baseline; and what they never claim."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cab_check.endpoint.faults import Party
from cab_check.endpoint.severity import Severity
from cab_check.errors import ExitCode
from cab_check.record import CellSummary, SweepRecord, TargetRecord
from cab_check.sweep.gates import Baseline, Gates, judge_gates
from cab_check.verdict import Status


def _cells(passed: str, *, accommodations: tuple[str, ...] = ()) -> tuple[CellSummary, ...]:
    """Make one cell a letter: p passed, f failed, n not scored."""
    return tuple(
        CellSummary(
            number=number,
            target=0,
            task=f"made/up-{number}",
            repeat=1,
            run=f"run-{number}",
            over=True,
            status=Status.NOT_SCORED if letter == "n" else Status.SCORED,
            fault={"p": None, "f": Party.MODEL, "n": Party.ENDPOINT}[letter],
            passed=letter == "p",
            evidence="seen",
            turns=1,
            wall_s=1.0,
            tokens=None,
            first_token_ms=None,
            tokens_per_s=None,
            accommodations=accommodations,
        )
        for number, letter in enumerate(passed, 1)
    )


def _record(name: str) -> SweepRecord:
    return SweepRecord(
        sweep_id=name,
        cab_check="0",
        agent_prompt_sha256="0",
        scorers="0",
        started_at=datetime(2026, 11, 24, tzinfo=UTC),
        targets=(TargetRecord(name="m", endpoint="http://127.0.0.1/v1", model="m"),),
        tasks=(),
        repeats=1,
        jobs=1,
        plan=(),
    )


def _judged(gates: Gates, cells: tuple[CellSummary, ...], code: ExitCode) -> tuple[ExitCode, str]:
    judged = judge_gates(gates, _record("now"), cells, code)
    return judged.exit_code, " ".join(judged.reasons)


@pytest.mark.parametrize(("share", "code"), [(0.75, ExitCode.PASSED), (0.76, ExitCode.FAILED)])
def test_a_threshold_decides_instead_of_single_cells(share: float, code: ExitCode) -> None:
    """Three of four meet 75 % and miss 76 %."""
    found, why = _judged(Gates(fail_under=share), _cells("pppf"), ExitCode.FAILED)
    assert found is code
    assert "3 of 4" in why


def test_a_cell_that_was_not_scored_meets_no_threshold() -> None:
    """Whatever the others came to, the endpoint's exit code stays (SCORING)."""
    gates = Gates(fail_under=0.0, fail_on=Severity.ERROR)
    assert _judged(gates, _cells("pppn"), ExitCode.ENDPOINT) == (ExitCode.ENDPOINT, "")


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
    """All cells passed; only the entry decides."""
    cells = _cells("pp", accommodations=(name,))
    assert _judged(Gates(fail_on=least), cells, ExitCode.PASSED)[0] is code


def _against(before: str, now: str, code: ExitCode) -> tuple[ExitCode, str]:
    baseline = Baseline(_record("before"), _cells(before))
    return _judged(Gates(baseline=baseline), _cells(now), code)


def test_a_significant_regression_fails() -> None:
    """Six of six worse: p = 0.031."""
    code, why = _against("pppppp", "ffffff", ExitCode.FAILED)
    assert code is ExitCode.FAILED
    assert "a regression (p=0.031" in why


def test_what_may_be_chance_does_not_fail() -> None:
    """Two of eight worse is no significant regression, although cells failed."""
    code, why = _against("pppppppp", "ppppppff", ExitCode.FAILED)
    assert code is ExitCode.PASSED
    assert "no significant regression" in why


@pytest.mark.parametrize("code", [ExitCode.PASSED, ExitCode.FAILED])
def test_too_few_pairs_cannot_tell_and_claim_no_pass(code: ExitCode) -> None:
    """Five pairs could all be worse and still not show it: the cells' own code stays."""
    found, why = _against("ppppp", "fffff", code)
    assert found is code
    assert "cannot tell" in why
    assert "no pass" in why


def test_better_is_no_regression() -> None:
    """A significant difference the other way passes."""
    assert _against("ffffff", "pppppp", ExitCode.PASSED)[0] is ExitCode.PASSED

"""Exit codes of one cell: 1 never means that the network broke."""

from __future__ import annotations

import pytest

from cab_check.endpoint.faults import Fault, FaultKind, Party, as_error, fault_of
from cab_check.errors import ExitCode
from cab_check.verdict import Status, Verdict, exit_code, of_fault


def fault(kind: FaultKind, party: Party) -> Fault:
    """Build a fault of a kind."""
    return Fault(kind=kind, party=party, message="it happened", hint="mend it")


ROWS = [
    pytest.param(Status.SCORED, None, None, ExitCode.PASSED, id="passed"),
    pytest.param(Status.SCORED, Party.MODEL, None, ExitCode.FAILED, id="failed"),
    pytest.param(
        Status.SCORED,
        Party.MODEL,
        fault(FaultKind.CONTEXT_OVERFLOW, Party.MODEL),
        ExitCode.FAILED,
        id="failed-by-an-exchange",
    ),
    pytest.param(
        Status.NOT_SCORED,
        Party.USER,
        fault(FaultKind.AUTH, Party.USER),
        ExitCode.AUTH,
        id="key-refused",
    ),
    pytest.param(
        Status.NOT_SCORED,
        Party.USER,
        fault(FaultKind.FORBIDDEN, Party.GATEWAY),
        ExitCode.AUTH,
        id="key-forbidden",
    ),
    pytest.param(
        Status.NOT_SCORED,
        Party.USER,
        fault(FaultKind.UNKNOWN_MODEL, Party.USER),
        ExitCode.USAGE,
        id="unknown-model",
    ),
    pytest.param(
        Status.NOT_SCORED,
        Party.USER,
        fault(FaultKind.NOT_FOUND, Party.USER),
        ExitCode.USAGE,
        id="wrong-address",
    ),
    pytest.param(Status.NOT_SCORED, Party.USER, None, ExitCode.INTERRUPTED, id="interrupted"),
    pytest.param(
        Status.NOT_SCORED,
        Party.USER,
        fault(FaultKind.RATE_LIMIT, Party.GATEWAY),
        ExitCode.INTERRUPTED,
        id="interrupted-while-retrying",
    ),
    pytest.param(
        Status.NOT_SCORED,
        Party.ENDPOINT,
        fault(FaultKind.SERVER_ERROR, Party.ENDPOINT),
        ExitCode.ENDPOINT,
        id="endpoint",
    ),
    pytest.param(Status.NOT_SCORED, Party.GATEWAY, None, ExitCode.ENDPOINT, id="gateway"),
    pytest.param(Status.NOT_SCORED, Party.BUDGET, None, ExitCode.BUDGET, id="budget"),
    pytest.param(Status.NOT_SCORED, Party.TASK, None, ExitCode.MACHINE, id="toolchain"),
    pytest.param(Status.NOT_SCORED, Party.HARNESS, None, ExitCode.INTERNAL, id="bug"),
]


@pytest.mark.parametrize(("status", "party", "of", "code"), ROWS)
def test_exit_code(status: Status, party: Party | None, of: Fault | None, code: ExitCode) -> None:
    """Each verdict has its exit code."""
    assert exit_code(Verdict(status=status, fault=party, evidence="", hint=""), of) is code


@pytest.mark.parametrize("party", list(Party))
def test_not_scored_is_never_0_or_1(party: Party) -> None:
    """A cell that is not scored never looks like a pass or like a failed task."""
    verdict = Verdict(status=Status.NOT_SCORED, fault=party, evidence="", hint="")
    assert exit_code(verdict, None) not in (ExitCode.PASSED, ExitCode.FAILED)


def test_every_exit_code_of_a_cell_is_tested() -> None:
    """No exit code is without a row above."""
    assert {row.values[3] for row in ROWS} == set(ExitCode)


NOT_THE_MODELS = [kind for kind in FaultKind if fault_of(kind, "").party is not Party.MODEL]


@pytest.mark.parametrize("kind", NOT_THE_MODELS)
def test_a_cell_and_a_command_agree(kind: FaultKind) -> None:
    """A fault gives the same exit code whether it ends a cell or a command before any cell."""
    of = fault_of(kind, "it happened")
    assert exit_code(of_fault(of), of) is as_error(of).exit_code

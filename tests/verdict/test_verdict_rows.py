"""Scored or not, and whose fault: every row of SCORING's table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.agent.episode import Episode, StopReason, Turn
from cab_check.endpoint.faults import Fault, FaultKind, Party
from cab_check.endpoint.message import Attempt, Reply, ToolCall
from cab_check.tasks.spec import Origin, Task
from cab_check.verdict import Status, judge, of_bug, of_fault
from cab_check.verify import Verification

if TYPE_CHECKING:
    from cab_check.verdict import Verdict

TASK = Task(
    id="polyglot/python-reverse-string",
    title="Reverse a string",
    prompt="Mend it.",
    language="python",
    origin=Origin.PUBLISHED,
    max_turns=10,
    timeout_s=600.0,
    verify=("python3", "verify.py"),
    requires=("python3",),
    ground_truth_files=("src/reverse.py",),
    protected=(),
    expected_refusal=False,
    markers=None,
    ignored=(),
    limits_data=True,
    constraints=(),
    preview_fields=(),
    root=Path("corpus/polyglot/python-reverse-string"),
)
PASS = Verification(exit_code=0, timed_out=False, stdout="OK\n\n", stderr="", duration_ms=1.0)
FAIL = Verification(
    exit_code=2, timed_out=False, stdout="", stderr="a\nINTEGRITY FAIL: b\n", duration_ms=1.0
)
CALL = ToolCall("call_1", "read_file", "{}")
ENDED = Episode(
    turns=(),
    stop=StopReason.FINISHED,
    detail="",
    fault=None,
    final_text="Done.",
    messages=(),
    accommodations=(),
    tampering=(),
    salvaged=0,
    drive_ms=10_000.0,
    unanswered_ms=0.0,
)


def fault(kind: FaultKind, party: Party) -> Fault:
    """Build a fault with words of its own."""
    return Fault(kind=kind, party=party, message=f"{kind} happened", hint=f"mend the {party}")


def attempt(number: int, *, took: float, waited: float = 0.0, of: Fault | None = None) -> Attempt:
    """Build one exchange of a call."""
    return Attempt(
        number=number,
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        latency_ms=took,
        first_token_ms=None,
        waited_ms=waited,
        status=None,
        usage=None,
        fault=of,
    )


def turn(*attempts: Attempt, calls: tuple[ToolCall, ...] = ()) -> Turn:
    """Build one turn, answered where its last attempt was."""
    answered = attempts[-1].fault is None
    reply = Reply(text=None, tool_calls=calls, finish_reason="stop", usage=None, model=None)
    return Turn(
        number=1, reply=reply if answered else None, attempts=attempts, request_sha256="0" * 64
    )


STORM = fault(FaultKind.RATE_LIMIT, Party.GATEWAY)
SERVER = fault(FaultKind.SERVER_ERROR, Party.ENDPOINT)
KEY = fault(FaultKind.AUTH, Party.USER)
MODEL = fault(FaultKind.UNKNOWN_MODEL, Party.USER)
NO_TOOLS = fault(FaultKind.TOOLS_UNSUPPORTED, Party.ENDPOINT)
ANSWERED = turn(attempt(1, took=100.0), calls=(CALL,))


def verdict(episode: Episode, verification: Verification | None = PASS) -> Verdict:
    """Judge an episode on a task that this machine can run."""
    return judge(task=TASK, episode=episode, verification=verification)


SCORED = [
    pytest.param(replace(ENDED, stop=stop), id=stop.value)
    for stop in (
        StopReason.FINISHED,
        StopReason.TURN_LIMIT,
        StopReason.FORMAT_ERRORS,
        StopReason.LOOP,
        StopReason.EMPTY_RESPONSE,
        StopReason.CONTEXT_OVERFLOW,
        StopReason.CONTENT_FILTER,
        StopReason.TIME_LIMIT,
    )
] + [
    pytest.param(
        replace(ENDED, stop=StopReason.TOOL_CALLS_AS_TEXT, turns=(ANSWERED,)),
        id="tool_calls_as_text-after-a-structured-call",
    )
]


@pytest.mark.parametrize("episode", SCORED)
def test_scored(episode: Episode) -> None:
    """The model's own ends are scored as the workdir stands: a pass, or the model's failure."""
    passed, failed = verdict(episode), verdict(episode, FAIL)
    assert (passed.status, passed.fault) == (Status.SCORED, None)
    assert (failed.status, failed.fault) == (Status.SCORED, Party.MODEL)
    assert passed.hint == ""
    assert failed.hint
    assert str(episode.stop) in failed.evidence
    assert "\n" not in failed.evidence + failed.hint


NOT_SCORED = [
    pytest.param(
        replace(ENDED, stop=StopReason.TOOL_CALLS_AS_TEXT, turns=(turn(attempt(1, took=1.0)),)),
        Party.ENDPOINT,
        id="tool_calls_as_text-without-any-structured-call",
    ),
    pytest.param(
        replace(ENDED, stop=StopReason.TOOLS_UNSUPPORTED, fault=NO_TOOLS),
        Party.ENDPOINT,
        id="tools_unsupported",
    ),
    pytest.param(
        replace(ENDED, stop=StopReason.TIME_LIMIT, unanswered_ms=9_000.0),
        Party.ENDPOINT,
        id="time_limit-mostly-unanswered",
    ),
    pytest.param(
        replace(ENDED, stop=StopReason.ENDPOINT_ERROR, fault=SERVER),
        Party.ENDPOINT,
        id="endpoint_error-of-the-endpoint",
    ),
    pytest.param(
        replace(ENDED, stop=StopReason.ENDPOINT_ERROR, fault=STORM),
        Party.GATEWAY,
        id="endpoint_error-of-a-gateway",
    ),
    pytest.param(
        replace(ENDED, stop=StopReason.ENDPOINT_ERROR, detail="4 in a row"),
        Party.ENDPOINT,
        id="endpoint_error-without-a-fault",
    ),
    pytest.param(
        replace(
            ENDED,
            stop=StopReason.ENDPOINT_ERROR,
            fault=fault(FaultKind.BAD_REQUEST, Party.MODEL),
        ),
        Party.ENDPOINT,
        id="endpoint_error-is-never-the-models",
    ),
    pytest.param(
        replace(ENDED, stop=StopReason.TOKEN_LIMIT, detail="5000 tokens"),
        Party.BUDGET,
        id="token_limit",
    ),
    pytest.param(
        replace(ENDED, stop=StopReason.COST_LIMIT, detail="1.00"), Party.BUDGET, id="cost_limit"
    ),
    pytest.param(replace(ENDED, stop=StopReason.AUTH, fault=KEY), Party.USER, id="auth"),
    pytest.param(
        replace(ENDED, stop=StopReason.ENDPOINT_ERROR, fault=MODEL), Party.USER, id="unknown-model"
    ),
    pytest.param(replace(ENDED, stop=StopReason.INTERRUPTED), Party.USER, id="interrupted"),
]


@pytest.mark.parametrize(("episode", "party"), NOT_SCORED)
def test_not_scored(episode: Episode, party: Party) -> None:
    """An end that is not the model's is not scored, whatever the workdir came to."""
    for verification in (PASS, FAIL, None):
        found = verdict(episode, verification)
        assert (found.status, found.fault) == (Status.NOT_SCORED, party)
        assert found.evidence
        assert found.hint


def test_every_stop_reason_has_its_row() -> None:
    """No stop reason is without a row above."""
    seen = {row.values[0].stop for row in (*SCORED, *NOT_SCORED)}  # type: ignore[union-attr]
    assert seen == set(StopReason)


@pytest.mark.parametrize(
    ("stop", "of"),
    [
        (StopReason.AUTH, KEY),
        (StopReason.ENDPOINT_ERROR, SERVER),
        (StopReason.TOOLS_UNSUPPORTED, NO_TOOLS),
    ],
)
def test_the_fault_speaks_in_its_own_words(stop: StopReason, of: Fault) -> None:
    """Where an exchange ended the cell, the evidence and the hint are that fault's."""
    found = verdict(replace(ENDED, stop=stop, fault=of))
    assert (found.evidence, found.hint) == (of.message, of.hint)


def test_missing_toolchain() -> None:
    """A task whose programs this machine lacks is not scored, and the programs are named."""
    found = judge(task=TASK, episode=None, verification=None, missing=("cargo", "rustc"))
    assert (found.status, found.fault) == (Status.NOT_SCORED, Party.TASK)
    assert found.evidence == "polyglot/python-reverse-string needs cargo, rustc"
    assert found.hint == "install cargo, rustc"


def test_oracle_that_fails_here() -> None:
    """A fixture whose right answer fails on this machine is not scored."""
    found = judge(task=TASK, episode=ENDED, verification=FAIL, oracle_fails=True)
    assert (found.status, found.fault) == (Status.NOT_SCORED, Party.TASK)
    assert TASK.id in found.evidence


@pytest.mark.parametrize("episode", [None, ENDED], ids=["no-episode", "no-verification"])
def test_bug_of_ours(episode: Episode | None) -> None:
    """What was never driven or never verified is a bug of ours, and no score."""
    found = judge(task=TASK, episode=episode, verification=None)
    assert (found.status, found.fault) == (Status.NOT_SCORED, Party.HARNESS)
    assert found.evidence.startswith("a bug in cab: ")
    assert of_bug("KeyError: 'x'").evidence == "a bug in cab: KeyError: 'x'"


@pytest.mark.parametrize(
    ("of", "party"),
    [(KEY, Party.USER), (STORM, Party.GATEWAY), (SERVER, Party.ENDPOINT)],
    ids=["user", "gateway", "endpoint"],
)
def test_fault_before_a_cell(of: Fault, party: Party) -> None:
    """A fault that kept a cell from being run gives the verdict on it."""
    found = of_fault(of)
    assert (found.status, found.fault) == (Status.NOT_SCORED, party)
    assert (found.evidence, found.hint) == (of.message, of.hint)


@pytest.mark.parametrize(
    ("unanswered_ms", "status"),
    [(4_999.0, Status.SCORED), (5_000.0, Status.SCORED), (5_001.0, Status.NOT_SCORED)],
)
def test_half_of_drive_unanswered(unanswered_ms: float, status: Status) -> None:
    """At a time limit exactly half unanswered is still the model's, more is not."""
    episode = replace(ENDED, stop=StopReason.TIME_LIMIT, unanswered_ms=unanswered_ms)
    assert verdict(episode, FAIL).status is status


@pytest.mark.parametrize("stop", [StopReason.FINISHED, StopReason.TURN_LIMIT, StopReason.LOOP])
def test_only_a_time_limit_asks_for_the_waiting(stop: StopReason) -> None:
    """An agent that came to an end of its own is scored however long it waited."""
    assert verdict(replace(ENDED, stop=stop, unanswered_ms=9_999.0)).status is Status.SCORED


STALLS = [
    pytest.param(
        (attempt(1, took=10.0, of=STORM), attempt(2, took=10.0, waited=5_000.0, of=SERVER)),
        None,
        Party.GATEWAY,
        id="waits-are-owed-to-the-attempt-before",
    ),
    pytest.param(
        (attempt(1, took=10.0, of=STORM), attempt(2, took=9_000.0, waited=50.0, of=SERVER)),
        None,
        Party.ENDPOINT,
        id="the-longest-decides",
    ),
    pytest.param(
        (attempt(1, took=9_000.0, of=STORM), attempt(2, took=900.0, waited=1.0)),
        None,
        Party.GATEWAY,
        id="an-answer-at-last",
    ),
    pytest.param((), STORM, Party.GATEWAY, id="the-episodes-own-fault"),
    pytest.param((), None, Party.ENDPOINT, id="nothing-known"),
    pytest.param(
        (attempt(1, took=9_000.0, of=KEY),), None, Party.ENDPOINT, id="a-stall-is-never-the-users"
    ),
]


@pytest.mark.parametrize(("attempts", "of", "party"), STALLS)
def test_who_stalled(attempts: tuple[Attempt, ...], of: Fault | None, party: Party) -> None:
    """Whoever's faults took most of the unanswered time is named, with the last of them."""
    found = verdict(
        replace(
            ENDED,
            stop=StopReason.TIME_LIMIT,
            unanswered_ms=9_000.0,
            fault=of,
            turns=(turn(*attempts),) if attempts else (),
        )
    )
    assert (found.status, found.fault) == (Status.NOT_SCORED, party)
    assert found.evidence.startswith("9.0 of 10.0 s went into unanswered attempts")
    last = next((one.fault for one in reversed(attempts) if one.fault), of)
    assert (last is None) or found.evidence.endswith(f"; the last: {last.message}")


def test_the_fault_that_ended_a_stalled_cell_is_the_last() -> None:
    """It knows what its attempts came to; the last attempt alone knows only its own timer."""
    found = verdict(
        replace(
            ENDED,
            stop=StopReason.TIME_LIMIT,
            unanswered_ms=9_000.0,
            fault=STORM,
            turns=(turn(attempt(1, took=9_000.0, of=SERVER)),),
        )
    )
    assert found.evidence.endswith(f"; the last: {STORM.message}")
    assert found.hint == STORM.hint


@pytest.mark.parametrize(
    ("verification", "evidence"),
    [
        pytest.param(PASS, "finished; verifier exit code 0: OK", id="passed"),
        pytest.param(FAIL, "finished; verifier exit code 2: INTEGRITY FAIL: b", id="failed"),
        pytest.param(
            replace(FAIL, stderr="", stdout="FAILED\n"),
            "finished; verifier exit code 2: FAILED",
            id="failed-on-stdout",
        ),
        pytest.param(
            replace(FAIL, stderr=""), "finished; verifier exit code 2", id="failed-silently"
        ),
        pytest.param(
            replace(FAIL, stderr="", timed_out=True), "finished; verifier timed out", id="timed-out"
        ),
    ],
)
def test_evidence_of_a_scored_cell(verification: Verification, evidence: str) -> None:
    """One line says how the agent ended and what the verifier said last."""
    assert verdict(ENDED, verification).evidence == evidence


def test_the_number_that_fired_is_told() -> None:
    """The stop reason comes with its number."""
    episode = replace(ENDED, stop=StopReason.TURN_LIMIT, detail="10 turns")
    assert verdict(episode).evidence == "turn_limit (10 turns); verifier exit code 0: OK"


@given(st.text(max_size=600))
def test_evidence_is_one_short_line(text: str) -> None:
    """Whatever an endpoint says, the verdict's evidence is one line of at most 200 characters."""
    said = replace(SERVER, message=text)
    found = of_fault(said)
    assert len(found.evidence) <= 200
    assert len(found.evidence.splitlines()) <= 1


def test_a_command_below_the_hint_stays_whole() -> None:
    """Advice becomes one line; the command to try is not folded, cut or joined to it."""
    command = f"try: curl -d '{'x' * 2000}' http://host/v1/chat/completions"
    fault = Fault(
        kind=FaultKind.AUTH, party=Party.USER, message="HTTP 401", hint=f"check  the key\n{command}"
    )
    assert of_fault(fault).hint == f"check the key\n{command}"


def test_a_model_that_never_called_a_tool_is_told_so() -> None:
    """Prose alone is the model's failure, and the evidence says what to look at."""
    reply = Reply(text="Done.", finish_reason="stop", usage=None, model=None)
    turn = Turn(number=1, reply=reply, attempts=(), request_sha256="")
    verdict = judge(task=TASK, episode=replace(ENDED, turns=(turn,)), verification=FAIL)
    assert "no tool call was ever made" in verdict.evidence
    assert "tool-call parser" in verdict.hint
    called = replace(turn, reply=replace(reply, tool_calls=(CALL,)))
    verdict = judge(task=TASK, episode=replace(ENDED, turns=(called,)), verification=FAIL)
    assert "no tool call" not in verdict.evidence

"""Episode + Verification -> scored, or whose fault it was (SCORING: scored or not)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from cab_check.agent.episode import StopReason
from cab_check.endpoint.faults import FaultKind, Party
from cab_check.errors import ExitCode

if TYPE_CHECKING:
    from cab_check.agent.episode import Episode
    from cab_check.endpoint.faults import Fault
    from cab_check.tasks.spec import Task
    from cab_check.verify import Verification

MOST_UNANSWERED = 0.5
"""A time limit is the model's up to this share of drive spent on unanswered attempts and waits."""

_LINE_CHARS = 200


class Status(StrEnum):
    """Whether a cell counts."""

    SCORED = "scored"
    NOT_SCORED = "not scored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A cell's one verdict.

    A scored cell's fault is None when it passed and `model` when it failed; every other party
    means not scored. `evidence` is one line of what was seen, `hint` what to do about it,
    with a command to try on a second line where there is one; empty when there is nothing to do.
    """

    status: Status
    fault: Party | None
    evidence: str
    hint: str


def judge(
    *,
    task: Task,
    episode: Episode | None,
    verification: Verification | None,
    missing: tuple[str, ...] = (),
    oracle_fails: bool = False,
) -> Verdict:
    """Give a cell its verdict.

    `missing` are programs that the task requires and this machine lacks, `oracle_fails` says that
    the task's own right answer does not pass here. The model's fault is a scored failure, never an
    exemption; an end that is not the model's is not scored.
    """
    if missing or oracle_fails:
        return _of_task(task, missing)
    if episode is None:
        return of_bug("the agent did not come to an end")
    exempt = _exempt(episode)
    if exempt is not None:
        return exempt
    if verification is None:
        return of_bug("the agent's work was never verified")
    return _scored(episode, verification)


def of_fault(fault: Fault) -> Verdict:
    """Give the verdict on a cell that one exchange kept from being scored, before it or in it."""
    return _not_scored(_blamed(fault), fault.message, fault.hint)


def of_bug(what: str) -> Verdict:
    """Give the verdict on a cell that a bug of ours ended."""
    return _not_scored(
        Party.HARNESS,
        f"a bug in cab: {what}",
        "run it again with CAB_DEBUG=1 and send us what it prints",
    )


def exit_code(verdict: Verdict, fault: Fault | None) -> ExitCode:
    """Return one cell's exit code (DESIGN §5); `fault` is the exchange that ended it, if one did.

    1 stands for a failed task alone and never for a broken network.
    """
    if verdict.status is Status.SCORED:
        return ExitCode.PASSED if verdict.fault is None else ExitCode.FAILED
    if verdict.fault is Party.USER:
        return _users_exit_code(fault)
    return _EXIT_CODES.get(verdict.fault, ExitCode.INTERNAL)


_EXIT_CODES: dict[Party | None, ExitCode] = {
    Party.ENDPOINT: ExitCode.ENDPOINT,
    Party.GATEWAY: ExitCode.ENDPOINT,
    Party.BUDGET: ExitCode.BUDGET,
    Party.TASK: ExitCode.MACHINE,
}


def _users_exit_code(fault: Fault | None) -> ExitCode:
    if fault is not None:
        if fault.kind in (FaultKind.AUTH, FaultKind.FORBIDDEN):
            return ExitCode.AUTH
        if fault.party is Party.USER:
            return ExitCode.USAGE
    return ExitCode.INTERRUPTED


_CUT_BY_LIMIT = re.compile(r"finish_reason (length|max_tokens)")
_NUDGED_HINT = "look at messages.json: the agent was told what was wrong and went on"
_HINTS = {
    StopReason.TURN_LIMIT: "all turns were used; see messages.json for what they went into",
    StopReason.TIME_LIMIT: "the model had most of the time and did not finish",
    StopReason.FORMAT_ERRORS: _NUDGED_HINT,
    StopReason.LOOP: _NUDGED_HINT,
    StopReason.EMPTY_RESPONSE: _NUDGED_HINT,
    StopReason.TOOL_CALLS_AS_TEXT: "tool calls came as text; check the server's tool-call parser",
    StopReason.CONTEXT_OVERFLOW: "the model's context is too small; raise the server's limit",
    StopReason.CONTENT_FILTER: "the provider's filter ended it; see messages.json",
}


# an end that speaks against the endpoint or the user: whose fault (None: the exchange says), a hint
_UNUSABLE: dict[StopReason, tuple[Party | None, str]] = {
    StopReason.AUTH: (Party.USER, "check the key and what it may use"),
    StopReason.ENDPOINT_ERROR: (None, "run cab doctor on this endpoint"),
    StopReason.TOOLS_UNSUPPORTED: (Party.ENDPOINT, "serve the model with tool calling turned on"),
    StopReason.TOOL_CALLS_AS_TEXT: (Party.ENDPOINT, "turn on the server's tool-call parser"),
}


def _exempt(episode: Episode) -> Verdict | None:
    """Return the verdict on an end that is not the model's, None when it is to be scored."""
    stop = episode.stop
    if stop is StopReason.INTERRUPTED:
        return _not_scored(Party.USER, "interrupted", "run it again")
    if stop in (StopReason.TOKEN_LIMIT, StopReason.COST_LIMIT):
        return _not_scored(Party.BUDGET, f"{stop}: {episode.detail}", "raise the limit")
    if stop is StopReason.TIME_LIMIT and _stalled(episode):
        return _of_stall(episode)
    if stop is StopReason.TOOL_CALLS_AS_TEXT and episode.saw_structured_call:
        return None
    return _from(episode, *_UNUSABLE[stop]) if stop in _UNUSABLE else None


def _stalled(episode: Episode) -> bool:
    return episode.unanswered_ms > MOST_UNANSWERED * episode.drive_ms


def _of_stall(episode: Episode) -> Verdict:
    """Blame whoever's faults took most of the time that was not answered in."""
    spent: Counter[Party] = Counter()
    last: Fault | None = None
    for turn in episode.turns:
        before: Fault | None = None
        for attempt in turn.attempts:
            # the wait before an attempt is owed to the one before it; before the first one, to a
            # rate limit that another cell has met
            owed = Party.GATEWAY if before is None else _blamed(before)
            if attempt.waited_ms:
                spent[owed] += round(attempt.waited_ms)
            if attempt.fault is not None:
                spent[_blamed(attempt.fault)] += round(attempt.latency_ms)
                last = attempt.fault
            before = attempt.fault
    # the fault that ended it knows what its earlier attempts came to
    last = episode.fault or last
    party = spent.most_common(1)[0][0] if spent else _blamed(last)
    evidence = (
        f"{episode.unanswered_ms / 1000:.1f} of {episode.drive_ms / 1000:.1f} s went into "
        "unanswered attempts and the waits between them"
    )
    if last is not None:
        evidence += f"; the last: {last.message}"
    # a user's mistake does not stall: what is left of it here is the endpoint's
    party = Party.ENDPOINT if party is Party.USER else party
    return _not_scored(party, evidence, last.hint if last else "run cab doctor on this endpoint")


def _blamed(fault: Fault | None) -> Party:
    """Return whose fault an exchange was: gateway or user when so classified, else endpoint."""
    if fault is not None and fault.party in (Party.GATEWAY, Party.USER):
        return fault.party
    return Party.ENDPOINT


def _from(episode: Episode, party: Party | None, hint: str) -> Verdict:
    fault = episode.fault
    party = party or _blamed(fault)
    if fault is not None:
        return _not_scored(party, fault.message, fault.hint or hint)
    return _not_scored(party, f"{episode.stop}: {episode.detail}", hint)


def _of_task(task: Task, missing: tuple[str, ...]) -> Verdict:
    if missing:
        names = ", ".join(missing)
        return _not_scored(Party.TASK, f"{task.id} needs {names}", f"install {names}")
    return _not_scored(
        Party.TASK,
        f"the right answer of {task.id} does not pass on this machine",
        "run cab selftest and mend what it names, or leave this task out",
    )


def _hint(text: str) -> str:
    """Return a hint: one line of advice, and below it a command that stays as it is."""
    advice, _, command = text.partition("\n")
    return "\n".join(part for part in (_one_line(advice), command) if part)


def _not_scored(party: Party, evidence: str, hint: str) -> Verdict:
    return Verdict(
        status=Status.NOT_SCORED, fault=party, evidence=_one_line(evidence), hint=_hint(hint)
    )


def _scored(episode: Episode, verification: Verification) -> Verdict:
    passed = verification.exit_code == 0
    ended = f"{episode.stop} ({episode.detail})" if episode.detail else f"{episode.stop}"
    if not passed and _never_called(episode):
        ended += ", and no tool call was ever made"
    texts = (verification.stdout, verification.stderr)
    said = next(filter(None, map(_last_line, texts if passed else reversed(texts))), "")
    how = "timed out" if verification.timed_out else f"exit code {verification.exit_code}"
    return Verdict(
        status=Status.SCORED,
        fault=None if passed else Party.MODEL,
        evidence=_one_line(f"{ended}; verifier {how}" + (f": {said}" if said else "")),
        hint="" if passed else _hint_for(episode),
    )


def _hint_for(episode: Episode) -> str:
    if episode.stop is StopReason.FORMAT_ERRORS and _CUT_BY_LIMIT.search(episode.detail):
        return "replies ended at a token limit: give --max-tokens, or raise the server's own"
    if episode.fault is not None and episode.stop is StopReason.TOOL_CALLS_AS_TEXT:
        return _hint(episode.fault.hint)
    if episode.stop is StopReason.FINISHED and _never_called(episode):
        return "if the model can call tools: check the server's chat template and tool-call parser"
    return _HINTS.get(episode.stop, "see changes.patch and messages.json")


def _never_called(episode: Episode) -> bool:
    return bool(episode.turns) and not episode.saw_structured_call


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LINE_CHARS else line[: _LINE_CHARS - 1] + "…"

"""What one exchange came to: a reply, or a fault with all that is known about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cab_check.endpoint import diagnose
from cab_check.endpoint.body import read_body, usage_of
from cab_check.endpoint.diagnose import Diagnosis
from cab_check.endpoint.error_body import ErrorDetail
from cab_check.endpoint.exchange import Stall, Timer, TooLarge
from cab_check.endpoint.faults import FaultKind, fault_of
from cab_check.endpoint.ledger import Oddity
from cab_check.endpoint.network_faults import from_exception
from cab_check.endpoint.reading import BadBody, Reading, read_usage
from cab_check.endpoint.stream import looks_streamed

if TYPE_CHECKING:
    from datetime import datetime

    from cab_check.endpoint.exchange import Incoming
    from cab_check.endpoint.message import Usage
    from cab_check.endpoint.site import Site

_OK = 200
_TIMERS = {
    Timer.FIRST_EVENT: (FaultKind.FIRST_EVENT_TIMEOUT, "no first event within {} s"),
    Timer.IDLE: (FaultKind.IDLE_TIMEOUT, "nothing more for {} s between two events"),
    Timer.TOTAL: (FaultKind.TOTAL_TIMEOUT, "no whole answer in the {} s that were left"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What was asked, as far as the judgement of the answer needs it."""

    site: Site
    now: datetime
    streamed: bool
    want_usage: bool = False
    taken: frozenset[str] = frozenset()


def judge(incoming: Incoming, question: Question) -> Reading | Diagnosis:
    """Read an exchange's answer, or classify what there was instead of one."""
    outcome = judge_failure(incoming, question) or _judge_answer(incoming, question)
    if incoming.wrong_encoding is None:
        return outcome
    if isinstance(outcome, Reading):
        return _noted(outcome, Oddity.ENCODING_WRONG)
    named = f"{outcome.fault.message}; it announces the encoding {incoming.wrong_encoding}"
    fault = replace(outcome.fault, message=question.site.shown(named))
    return replace(outcome, fault=fault)


def _judge_answer(incoming: Incoming, question: Question) -> Reading | Diagnosis:
    if incoming.stream is not None:
        outcome = incoming.stream.outcome(question.taken, want_usage=question.want_usage)
        if outcome is None:
            return _truncated(incoming, question)
        return _diagnosed(outcome, incoming, question)
    body = bytes(incoming.body)
    if question.streamed and (not body.strip() or _streamed(body)):
        return _truncated(incoming, question)
    outcome = read_body(body, question.taken)
    if question.streamed and isinstance(outcome, Reading):
        outcome = _noted(outcome, Oddity.STREAM_IGNORED)
    return _diagnosed(outcome, incoming, question)


def _noted(reading: Reading, oddity: Oddity) -> Reading:
    return replace(reading, oddities=tuple(sorted({*reading.oddities, oddity})))


def judge_failure(incoming: Incoming, question: Question) -> Diagnosis | None:
    """Classify what failed before any body could be judged: status, timers, the connection."""
    site = question.site
    if incoming.status is not None and not 200 <= incoming.status < 300:  # noqa: PLR2004 - HTTP
        body = bytes(incoming.body)
        return diagnose.from_status(
            incoming.status, incoming.headers, body, site=site, now=question.now
        )
    if incoming.ended is None or (incoming.stream is not None and incoming.stream.complete):
        return None
    if isinstance(incoming.ended, Stall):
        kind, words = _TIMERS[incoming.ended.timer]
        seconds = _seconds(incoming.ended.seconds)
        came = _came(incoming)
        fault = fault_of(kind, f"{incoming.ended.timer} timer: {words.format(seconds)}{came}")
    elif isinstance(incoming.ended, TooLarge):
        limit = incoming.ended.limit_bytes
        fault = fault_of(FaultKind.BAD_SHAPE, f"the answer was cut off at {limit:,} bytes: a flood")
    elif incoming.stream is not None:
        return None
    else:
        fault = from_exception(incoming.ended, site=site)
    return Diagnosis(replace(fault, status=incoming.status))


def usage_paid(incoming: Incoming) -> Usage | None:
    """Return the usage that came, also when no reply did: it has been paid for."""
    if incoming.stream is not None:
        return incoming.stream.draft.usage
    return read_usage(usage_of(bytes(incoming.body)))


def _diagnosed(
    outcome: Reading | ErrorDetail | BadBody, incoming: Incoming, question: Question
) -> Reading | Diagnosis:
    if isinstance(outcome, ErrorDetail):
        return diagnose.from_error(outcome, incoming.headers, site=question.site, now=question.now)
    if isinstance(outcome, BadBody):
        return diagnose.from_bad_body(outcome, bytes(incoming.body), site=question.site)
    return outcome


def _came(incoming: Incoming) -> str:
    """Say what had come of a stream before a timer fired."""
    if incoming.stream is None:
        return ""
    events, comments = incoming.stream.events, incoming.stream.comments
    beside = f" and {comments} SSE comment{'s' * (comments != 1)}" if comments else ""
    return f"; {events} event{'s' * (events != 1)}{beside} had come"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2g}" if seconds < 1 else f"{round(seconds, 1):g}"


def _truncated(incoming: Incoming, question: Question) -> Diagnosis:
    events = 0 if incoming.stream is None else incoming.stream.events
    status = "" if incoming.status == _OK else f"HTTP {incoming.status}: "
    message = f"{status}the stream was cut after {events} events, without finish_reason and [DONE]"
    if isinstance(incoming.ended, Exception):
        message += f": {question.site.shown(str(incoming.ended))}"
    fault = fault_of(FaultKind.TRUNCATED_STREAM, message)
    return Diagnosis(replace(fault, status=incoming.status))


def _streamed(body: bytes) -> bool:
    return looks_streamed(body[:64].decode(errors="replace"))

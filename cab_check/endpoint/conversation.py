"""One cell's conversation with the endpoint: it negotiates once, and keeps the ledger."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from cab_check.endpoint.audit import Asked, Audit
from cab_check.endpoint.diagnose import Diagnosis, from_notice
from cab_check.endpoint.exchange import Incoming, Outgoing
from cab_check.endpoint.faults import FaultKind, fault_of, retried
from cab_check.endpoint.keep import Keep
from cab_check.endpoint.ledger import Ledger
from cab_check.endpoint.message import Answered, Attempt, Unanswered
from cab_check.endpoint.negotiate import Negotiation
from cab_check.endpoint.outcome import Question, judge, usage_paid
from cab_check.endpoint.reading import Reading
from cab_check.endpoint.retry import Patience
from cab_check.endpoint.stacks import TOOLS_HINT, Stack
from cab_check.endpoint.wire import Dialect, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from cab_check.endpoint.address import Address
    from cab_check.endpoint.faults import Fault
    from cab_check.endpoint.ledger import Accommodation
    from cab_check.endpoint.line import Line
    from cab_check.endpoint.message import Message, Reply, Retry, ToolSpec


@dataclass(frozen=True, slots=True)
class _Heard:
    """One exchange's outcome, with the hash of the body that was sent."""

    outcome: Reading | Diagnosis
    request_sha256: str

    @property
    def fault(self) -> Fault | None:
        return self.outcome.fault if isinstance(self.outcome, Diagnosis) else None


class Conversation:
    """Asks the endpoint, turn by turn. One conversation belongs to one cell."""

    def __init__(
        self, line: Line, dialect: Dialect | None = None, keep: Keep | None = None
    ) -> None:
        self._line = line
        self._keep = keep or Keep()
        self._ledger = Ledger()
        self._audit = Audit()
        self._negotiation = Negotiation(dialect or Dialect(stream=line.settings.stream))
        self._sent: tuple[Outgoing, Address] | None = None

    @property
    def dialect(self) -> Dialect:
        """How it has come to speak with the endpoint; another conversation may begin with it."""
        return self._negotiation.dialect

    def note(self, name: str, where: str, advice: str) -> None:
        """Enter an accommodation that the loop had to make."""
        self._ledger.note(name, where, advice)

    def calls_as_text(self, what: str) -> Fault:
        """Return the fault of tool calls that came as text, in reply to the last request (row 32).

        `what` tells of them. The hint names the stack's own setting, where it is known.
        """
        fault = fault_of(FaultKind.CALLS_AS_TEXT, f"tool calls came as text: {what}")
        stack = self._line.stack
        if stack is not None:
            fault = replace(fault, hint=TOOLS_HINT[stack])
        if self._sent is None:
            return fault
        return self._line.with_command(fault, *self._sent, self._keep.folder)

    def accommodations(self) -> tuple[Accommodation, ...]:
        """Return the ledger's entries, in the order in which they first came up."""
        return self._ledger.entries()

    async def ask(
        self,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec],
        *,
        left_s: float,
        where: str,
        on_retry: Callable[[Retry], None],
    ) -> Answered | Unanswered:
        """Get the next reply, with as many attempts as ENDPOINTS §1 allows within `left_s`.

        `where` names the place in ledger entries (`turn 3`). A failure of the endpoint is a
        result, never an exception; cancelling closes the connection.
        """
        call = _Call(
            self._line,
            self._negotiation,
            self._ledger,
            self._keep,
            self._audit,
            messages=messages,
            tools=tools,
            left_s=left_s,
            where=where,
        )
        patience = Patience(
            self._line.settings.retry,
            self._line.clock,
            left_s=call.left_s,
            on_retry=on_retry,
            gate=self._line.gate,
        )
        heard = await patience.ask(call.attempt)
        attempts = tuple(call.attempts)
        self._sent = call.sent
        if isinstance(heard.outcome, Diagnosis):
            fault = _with_cause(heard.outcome.fault, attempts)
            return Unanswered(fault=fault, attempts=attempts, request_sha256=heard.request_sha256)
        asked = Asked(
            messages=tuple(messages),
            tools=tuple(tools),
            # an Azure deployment's name is its owner's, and the answer names the model behind it
            model="" if self._line.stack is Stack.AZURE else self._line.settings.model,
            dialect=self._negotiation.dialect,
        )
        self._ledger.note_oddities(self._audit.look(asked, heard.outcome.reply), where)
        return Answered(
            reply=heard.outcome.reply, attempts=attempts, request_sha256=heard.request_sha256
        )


# they say only that there was no more to be had; an attempt before may say why
_ENDINGS = frozenset({FaultKind.TOTAL_TIMEOUT, FaultKind.CONNECT, FaultKind.CONNECT_TIMEOUT})


def _with_cause(fault: Fault, attempts: Sequence[Attempt]) -> Fault:
    """Name what came before the time ran out, or before nobody listened any more."""
    causes = [
        attempt.fault for attempt in attempts if attempt.fault and attempt.fault.kind != fault.kind
    ]
    if fault.kind not in _ENDINGS or not causes:
        return fault
    cause = causes[-1]
    message = f"{cause.message}; then {fault.message}"
    return replace(fault, message=message, party=cause.party, hint=cause.hint)


class _Call:
    """One question to the endpoint, over all of its attempts."""

    def __init__(
        self,
        line: Line,
        negotiation: Negotiation,
        ledger: Ledger,
        keep: Keep,
        audit: Audit,
        *,
        messages: Sequence[Message],
        tools: Sequence[ToolSpec],
        left_s: float,
        where: str,
    ) -> None:
        self.attempts: list[Attempt] = []
        self.sent: tuple[Outgoing, Address] | None = None
        self._line = line
        self._negotiation = negotiation
        self._ledger = ledger
        self._keep = keep
        self._audit = audit
        self._messages = messages
        self._tools = tools
        self._where = where
        self._ends_at = line.clock.monotonic() + left_s
        self._taken = frozenset(call.id for message in messages for call in message.tool_calls)

    def left_s(self) -> float:
        """Return what is left of the time for this question, waits included."""
        return max(0.0, self._ends_at - self._line.clock.monotonic())

    async def attempt(self, waited_s: float) -> _Heard:
        """Ask once, and again at once for each change that an answer asked for."""
        self._note_retry()
        heard = await self._negotiated(waited_s)
        if isinstance(heard.outcome, Diagnosis):
            return heard
        return await self._doubted(heard, heard.outcome.reply)

    def _note_retry(self) -> None:
        """Enter that the request has to be made again, and after what."""
        fault = self.attempts[-1].fault if self.attempts else None
        if fault is not None:
            self._ledger.note(retried(fault.kind), self._where, fault.hint.partition("\n")[0])

    async def _doubted(self, heard: _Heard, reply: Reply) -> _Heard:
        """Ask without a stream once where one may have lost the answer; keep the fuller one."""
        if not self._negotiation.doubts(reply):
            return heard
        plain = await self._line.at_address(partial(self._exchange, 0.0))
        told = None if isinstance(plain.outcome, Diagnosis) else plain.outcome.reply
        justified = told is not None and bool(told.tool_calls or (told.text and not reply.text))
        entered = self._negotiation.settle_doubt(justified=justified)
        self._ledger.note_oddities(entered, self._where)
        if told is None:
            # the answer that counts is the last in the record
            self.attempts[-2:] = reversed(self.attempts[-2:])
        return heard if told is None else plain

    async def _negotiated(self, waited_s: float) -> _Heard:
        while True:
            heard = await self._line.at_address(partial(self._exchange, waited_s))
            waited_s = 0.0
            if isinstance(heard.outcome, Diagnosis) and self._negotiation.change(
                heard.outcome, self._messages, self._line.settings
            ):
                continue
            entered = self._negotiation.settle(heard.fault)
            self._ledger.note_oddities(entered, self._where)
            return heard

    async def _exchange(self, waited_s: float, address: Address) -> _Heard:
        line = self._line
        waited_s += await line.gate.enter(self.left_s())
        limit: Fault | None = None
        try:
            if line.gate.shut_by is not None:
                return self._not_sent(waited_s, line.gate.shut_by)
            if line.meter is not None:
                await line.meter.admit()
            heard = await self._exchange_within(waited_s, address)
            if heard.fault is not None and heard.fault.kind is FaultKind.RATE_LIMIT:
                limit = heard.fault
        finally:
            line.gate.leave(limited=limit is not None)
        if limit is not None:
            self._told_to_wait(limit)
        if line.meter is not None:
            line.meter.paid(self.attempts[-1].usage)
        return heard

    def _told_to_wait(self, limit: Fault) -> None:
        """Let the server's wish hold for all cells: a pause, or an end if it is beyond waiting."""
        wish, gate = limit.retry_after_s, self._line.gate
        if wish is None:
            return
        if wish > self._line.settings.retry.wait_s:
            gate.shut(limit)
        else:
            gate.pause(wish, asked=True)

    def _not_sent(self, waited_s: float, limit: Fault) -> _Heard:
        """End on a limit that another cell has met, without a request."""
        fault = replace(
            limit,
            message=f"not sent: {limit.message}",
            hint=limit.hint.partition("\n")[0],
            retryable=False,
        )
        self._note_attempt(waited_s, self._line.clock.now(), Incoming(), Diagnosis(fault))
        return _Heard(Diagnosis(fault), hashlib.sha256(b"").hexdigest())

    async def _exchange_within(self, waited_s: float, address: Address) -> _Heard:
        line, dialect = self._line, self._negotiation.dialect
        body = encode(self._messages, self._tools, line.settings, dialect)
        started_at, left_s = line.clock.now(), self.left_s()
        outgoing = Outgoing(
            method="POST", url=address.chat_url, body=body, stream=dialect.stream, left_s=left_s
        )
        self.sent = (outgoing, address)
        incoming = await line.send(outgoing, heard=self._keep.heard, tape=self._keep.tape)
        question = Question(
            site=line.site(address),
            now=line.clock.now(),
            streamed=dialect.stream,
            want_usage=dialect.stream_options,
            taken=self._taken,
        )
        outcome = judge(incoming, question)
        if isinstance(outcome, Reading) and self._audit.is_notice(self._messages, outcome.reply):
            outcome = from_notice(outcome.reply.text or "", site=question.site)
        if isinstance(outcome, Diagnosis):
            outcome = await line.explain(
                outcome, address, left_s=self.left_s(), sent=outgoing, folder=self._keep.folder
            )
        self._ledger.note_oddities(outcome.oddities, self._where)
        self._note_attempt(waited_s, started_at, incoming, outcome)
        return _Heard(outcome, hashlib.sha256(body).hexdigest())

    def _note_attempt(
        self,
        waited_s: float,
        started_at: datetime,
        incoming: Incoming,
        outcome: Reading | Diagnosis,
    ) -> None:
        fault = outcome.fault if isinstance(outcome, Diagnosis) else None
        usage = outcome.reply.usage if isinstance(outcome, Reading) else usage_paid(incoming)
        self.attempts.append(
            Attempt(
                number=len(self.attempts) + 1,
                started_at=started_at,
                latency_ms=incoming.latency_ms,
                first_token_ms=incoming.first_token_ms,
                waited_ms=waited_s * 1000,
                status=incoming.status,
                usage=usage,
                fault=fault,
                comments=0 if incoming.stream is None else incoming.stream.comments,
            )
        )

"""Asking: how one probe speaks with the endpoint, and what that costs it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cab_check.agent.tools import tool_specs
from cab_check.doctor.chart import Sample
from cab_check.doctor.finding import Cost
from cab_check.endpoint.faults import FaultKind
from cab_check.endpoint.keep import Keep
from cab_check.endpoint.ledger import Oddity
from cab_check.endpoint.message import Answered
from cab_check.settings import AgentSettings, BoxLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cab_check.clock import Clock
    from cab_check.doctor.chart import Chart
    from cab_check.endpoint.client import Client
    from cab_check.endpoint.conversation import Conversation
    from cab_check.endpoint.ledger import Accommodation, Ledger
    from cab_check.endpoint.message import Message, Retry, ToolSpec, Unanswered
    from cab_check.endpoint.wire import Dialect
    from cab_check.secrets import Redactor
    from cab_check.settings import EndpointSettings

TOOLS: tuple[ToolSpec, ...] = tool_specs(AgentSettings(), BoxLimits())
ATTEMPTS = 2
"""Tries of a request at most: a fault that comes and goes is told from one that stays."""
WAIT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How a question is put. None leaves what the user chose; `stream` None takes what works.

    `max_tokens` gives way to --max-tokens unless the question is about it (`capped`).
    """

    max_tokens: int
    capped: bool = False
    tools: bool = True
    stream: bool | None = None
    temperature: float | None = None
    model: str | None = None


@dataclass(slots=True)
class Asking:
    """One probe's asking. It counts what was spent and keeps what the client had to do for it."""

    probe: str
    client: Client
    settings: EndpointSettings
    clock: Clock
    redactor: Redactor
    chart: Chart
    spent: Cost
    ledger: Ledger
    conversation: Conversation | None = None

    async def ask(
        self,
        messages: Sequence[Message],
        how: How,
        heard_by: Callable[[bytes | None], None] | None = None,
    ) -> Answered | Unanswered:
        """Ask once, negotiation and a second attempt included; what came is put on the chart."""
        settings = self.settings_for(how)
        self.conversation = conversation = self.client.conversation(
            settings, self.dialect_for(how), Keep(heard=heard_by)
        )
        timers = settings.timers
        heard = await conversation.ask(
            messages,
            TOOLS if how.tools else (),
            left_s=timers.first_event_s + timers.idle_s,
            where=self.probe,
            on_retry=_unseen,
        )
        known = [attempt.usage for attempt in heard.attempts if attempt.usage is not None]
        answered = isinstance(heard, Answered)
        self.spend(
            Cost(
                len(heard.attempts),
                sum(usage.total_tokens for usage in known),
                int(answered and heard.attempts[-1].usage is None),
            )
        )
        # whoever asks for a model that cannot exist judges the name that answers
        self._keep(
            entry
            for entry in conversation.accommodations()
            if how.model is None or entry.name != Oddity.MODEL_OTHER
        )
        if isinstance(heard, Answered):
            stream = conversation.dialect.stream
            self.chart.samples.append(Sample(self.probe, tuple(messages), heard.reply, stream))
            # later questions begin with what was learnt
            self.chart.dialect = conversation.dialect
        faults = (attempt.fault for attempt in heard.attempts[:-1])
        self.chart.one_by_one |= any(
            fault is not None and fault.kind is FaultKind.RATE_LIMIT for fault in faults
        )
        return heard

    def settings_for(self, how: How) -> EndpointSettings:
        """Return the user's settings with what the question wants to be otherwise."""
        given = self.settings
        return replace(
            given,
            max_tokens=how.max_tokens if how.capped else given.max_tokens or how.max_tokens,
            stream=given.stream if how.stream is None else how.stream,
            temperature=given.temperature if how.temperature is None else how.temperature,
            model=how.model or given.model,
        )

    def dialect_for(self, how: How) -> Dialect:
        """Return how to speak: as was negotiated before, streamed if that is wanted and works."""
        stream = self.chart.streams if how.stream is None else how.stream
        return replace(self.chart.dialect, stream=stream)

    def spend(self, cost: Cost) -> None:
        """Count what was spent beside `ask`."""
        self.spent += cost

    def note(self, name: str, advice: str) -> None:
        """Enter something odd; it is told by the probe that it belongs to (see `oddities`)."""
        self.ledger.note(name, self.probe, advice)

    def _keep(self, entries: Iterable[Accommodation]) -> None:
        for entry in entries:
            for _ in range(entry.count):
                self.note(entry.name, entry.advice)


def _unseen(_retry: Retry) -> None:
    """Let a retry pass: the ledger has it."""

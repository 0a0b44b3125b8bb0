"""The chart: what is known of the endpoint so far, for all probes to read and to add to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cab_check.endpoint.message import Answered, Unanswered
from cab_check.endpoint.wire import Dialect

if TYPE_CHECKING:
    from cab_check.doctor.anatomy import Anatomy
    from cab_check.doctor.network import Stages
    from cab_check.endpoint.client import Models
    from cab_check.endpoint.faults import Fault
    from cab_check.endpoint.message import Message, Reply


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer and the question that it answers; `probe` asked it."""

    probe: str
    messages: tuple[Message, ...]
    reply: Reply
    stream: bool


@dataclass(slots=True)
class Chart:
    """Filled while the probes run; what no probe has found out yet is None.

    `dialect` is how the endpoint is spoken with, `streams` whether its streams work. `one_by_one`
    says that it takes no more than one question at a time, so that probes wait for each other.
    """

    stages: Stages | None = None
    models: Models | None = None
    first: Answered | Unanswered | None = None
    streamed: Answered | Unanswered | None = None
    called: Reply | None = None
    dialect: Dialect = field(default_factory=Dialect)
    streams: bool = True
    anatomy: Anatomy | None = None
    one_by_one: bool = False
    samples: list[Sample] = field(default_factory=list)

    @property
    def fault(self) -> Fault | None:
        """What kept the first turns from being answered; None when one of them was."""
        if isinstance(self.first, Unanswered) and not isinstance(self.streamed, Answered):
            return self.first.fault
        return None

    def sample(self, probe: str) -> Sample | None:
        """Return the last answer that a probe got."""
        return next((found for found in reversed(self.samples) if found.probe == probe), None)

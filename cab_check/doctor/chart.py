"""The chart: what is known of the endpoint so far, for all probes to read and to add to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cab_check.endpoint.wire import Dialect

if TYPE_CHECKING:
    from cab_check.doctor.anatomy import Anatomy
    from cab_check.doctor.network import Stages
    from cab_check.endpoint.client import Models
    from cab_check.endpoint.message import Answered, Message, Reply, Unanswered


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

    `dialect` is how the endpoint is spoken with, `streams` whether its streams work. `lanes` is how
    many probes may ask at the same time, None when that is not to be limited.
    """

    stages: Stages | None = None
    models: Models | None = None
    first: Answered | Unanswered | None = None
    streamed: Answered | Unanswered | None = None
    called: Reply | None = None
    dialect: Dialect = field(default_factory=Dialect)
    streams: bool = True
    anatomy: Anatomy | None = None
    lanes: int | None = None
    samples: list[Sample] = field(default_factory=list)

    def sample(self, probe: str) -> Sample | None:
        """Return the last answer that a probe got."""
        return next((found for found in reversed(self.samples) if found.probe == probe), None)

"""What the tests of this room stand on: a clock without waits, and an examination of any URL."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx

from cab_check.doctor.asking import Asking
from cab_check.doctor.catalogue import probes
from cab_check.doctor.chart import Chart
from cab_check.doctor.examination import examine
from cab_check.doctor.finding import NOTHING, Mark
from cab_check.endpoint.client import Client
from cab_check.endpoint.ledger import Ledger
from cab_check.secrets import Redactor
from cab_check.settings import EndpointSettings, RetryPolicy, Timers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cab_check.doctor.examination import Examination
    from cab_check.doctor.finding import Cost, Seen
    from cab_check.doctor.probe import Probe

KEY = "made-up-key-for-tests"
MODEL = "oracle:integrity/ambiguous-ticket"


class SwiftClock:
    """Real time, but for the waits between attempts: these only move the clock on."""

    def __init__(self) -> None:
        self._slept = 0.0

    def now(self) -> datetime:
        """Return the wall clock's time."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return real seconds and those that were slept through."""
        return time.monotonic() + self._slept

    async def sleep(self, seconds: float) -> None:
        """Wait for nothing."""
        self._slept += seconds


def settings(
    url: str,
    *,
    key: str = KEY,
    model: str = MODEL,
    stream: bool = True,
    patience_s: float = 60.0,
    attempts: int = 4,
) -> EndpointSettings:
    """Fill endpoint settings; of the timers only `patience_s` is meant to end anything."""
    timers = Timers(
        connect_s=10.0,
        first_event_s=patience_s,
        idle_s=patience_s,
        after_finish_s=0.05,
        after_done_s=0.02,
    )
    return EndpointSettings(
        url=url,
        key=key,
        model=model,
        stream=stream,
        timers=timers,
        retry=RetryPolicy(attempts=attempts),
    )


async def examined(
    used: EndpointSettings, chosen: Sequence[Probe] | None = None, *, deep: bool = False
) -> Examination:
    """Examine an endpoint with all probes, or with the given ones."""
    return await examine(
        used,
        probes(deep=deep) if chosen is None else chosen,
        clock=SwiftClock(),
        redactor=Redactor([used.key]),
        told=lambda _name: None,
    )


def findings(examination: Examination) -> dict[str, str]:
    """Return what was found: the probes that did not pass, and what they came to."""
    return {
        finding.name: finding.mark.value
        for finding in examination.findings
        if finding.mark in (Mark.WARN, Mark.FAIL)
    }


def worst_of(chosen: Sequence[Probe]) -> Cost:
    """Return what the probes may cost at worst."""
    return sum((probe.worst for probe in chosen), NOTHING)


def reply(
    text: str | None = None,
    *,
    calls: Sequence[tuple[str, str]] = (),
    finish: str | None = None,
    usage: dict[str, object] | None = None,
    **more: object,
) -> httpx.Response:
    """Build an unstreamed answer; `calls` are names and arguments."""
    message: dict[str, object] = {"role": "assistant", "content": text, **more}
    if calls:
        message["tool_calls"] = [
            {
                "id": f"call_{number}",
                "type": "function",
                "function": {"name": name, "arguments": arguments},
            }
            for number, (name, arguments) in enumerate(calls)
        ]
    reason = finish or ("tool_calls" if calls else "stop")
    body: dict[str, object] = {
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
        "usage": usage or {"prompt_tokens": 900, "completion_tokens": 20, "total_tokens": 920},
    }
    return httpx.Response(200, json=body)


async def probed(
    probe: Callable[[Asking], object],
    *answers: httpx.Response,
    chart: Chart | None = None,
    used: EndpointSettings | None = None,
) -> tuple[Seen, Asking]:
    """Let one probe ask a scripted endpoint (its last answer for ever), unstreamed."""
    queue = list(answers)

    def handle(_request: httpx.Request) -> httpx.Response:
        found = queue.pop(0) if len(queue) > 1 else queue[0]
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)

    given = used or settings("http://127.0.0.1:9/v1", stream=False)
    clock, redactor = SwiftClock(), Redactor([given.key])
    transport = httpx.MockTransport(handle)
    async with Client(given, clock=clock, redactor=redactor, transport=transport) as client:
        known = chart or Chart(streams=False)
        asking = Asking("probe", client, given, clock, redactor, known, NOTHING, Ledger())
        seen: Seen = await probe(asking)  # type: ignore[misc]
    return seen, asking

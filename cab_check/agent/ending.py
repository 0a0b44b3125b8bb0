"""Ending: why an episode is over, with the number or the words that fired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.agent.episode import StopReason
from cab_check.endpoint.faults import Fault, FaultKind, Party

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Ending:
    """One end of an episode; `fault` is set when an exchange brought it about."""

    stop: StopReason
    detail: str
    fault: Fault | None = None
    final_text: str | None = None


_STOPS: Mapping[FaultKind, StopReason] = {
    FaultKind.AUTH: StopReason.AUTH,
    FaultKind.FORBIDDEN: StopReason.AUTH,
    FaultKind.TOOLS_UNSUPPORTED: StopReason.TOOLS_UNSUPPORTED,
    FaultKind.CONTEXT_OVERFLOW: StopReason.CONTEXT_OVERFLOW,
    FaultKind.CONTENT_FILTER: StopReason.CONTENT_FILTER,
    FaultKind.TOTAL_TIMEOUT: StopReason.TIME_LIMIT,
}


def after_fault(fault: Fault, *, out_of_time: bool) -> Ending:
    """Say how an episode ends whose request got no reply.

    One that ran out of time while it could have been tried again ended by the time limit.
    """
    stop = _STOPS.get(fault.kind, StopReason.ENDPOINT_ERROR)
    if out_of_time and fault.retryable:
        stop = StopReason.TIME_LIMIT
    return Ending(stop, fault.message, fault)


def out_of_time(limit_s: float, *, while_asking: bool) -> Ending:
    """Say that the time is up; a request that was under way then is the endpoint's fault so far."""
    detail = f"{limit_s:g} s"
    if not while_asking:
        return Ending(StopReason.TIME_LIMIT, detail)
    fault = Fault(
        kind=FaultKind.TOTAL_TIMEOUT,
        party=Party.ENDPOINT,
        message=f"no complete reply came within the cell's {limit_s:g} s",
        hint="raise the cell's time limit, or find out why the server is slow",
    )
    return Ending(StopReason.TIME_LIMIT, detail, fault)

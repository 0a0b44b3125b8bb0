"""The line to one endpoint, shared by all conversations of a run."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from cab_check.endpoint import address as addresses
from cab_check.endpoint.connections import Connections
from cab_check.endpoint.curl import command
from cab_check.endpoint.exchange import Exchange
from cab_check.endpoint.faults import UNREACHED, FaultKind
from cab_check.endpoint.gate import Gate
from cab_check.endpoint.site import Site
from cab_check.endpoint.tls import find_issuer
from cab_check.endpoint.transport import opener

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    import httpx

    from cab_check.clock import Clock
    from cab_check.endpoint.address import Address
    from cab_check.endpoint.diagnose import Diagnosis
    from cab_check.endpoint.exchange import Incoming, Outgoing
    from cab_check.endpoint.faults import Fault
    from cab_check.endpoint.gate import Meter
    from cab_check.endpoint.stacks import Stack
    from cab_check.endpoint.tape import Tape
    from cab_check.secrets import Redactor
    from cab_check.settings import EndpointSettings

_ELSEWHERE = frozenset({FaultKind.NOT_FOUND, FaultKind.HTML})


class Faulty(Protocol):
    """Whatever asking at an address comes to."""

    @property
    def fault(self) -> Fault | None:
        """What went wrong."""
        ...


_ISSUER_LIMIT_S = 5.0
T = TypeVar("T", bound=Faulty)


@dataclass(slots=True)
class _Place:
    """Where and what the endpoint is: what one line finds out all lines alike know."""

    address: Address
    settled: bool = False
    stack: Stack | None = None
    listed: tuple[str, ...] | None = None


class Line:
    """Sends to the endpoint. The address is settled by the first answer that is one."""

    def __init__(
        self,
        settings: EndpointSettings,
        *,
        clock: Clock,
        redactor: Redactor,
        transport: httpx.AsyncBaseTransport | None,
        meter: Meter | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.gate = Gate(clock)
        self.meter = meter
        self._place = _Place(addresses.parse(settings.url))
        self._redactor = redactor
        self._connections = Connections(opener(settings, self.address, transport))

    @property
    def address(self) -> Address:
        """The address in use."""
        return self._place.address

    @property
    def stack(self) -> Stack | None:
        """What serves it, where its list of models told."""
        return self._place.stack

    async def close(self) -> None:
        """Close every connection."""
        await self._connections.close()

    def site(self, address: Address) -> Site:
        """Return what a fault at an address may say."""
        named = {name.lower() for name, _ in self.settings.headers}
        keyless = not self.settings.key or "authorization" in named
        return Site(
            address,
            self._redactor,
            connect_s=self.settings.timers.connect_s,
            keyless=keyless and address.userinfo is None,
            stack=self._place.stack,
            settled=self._place.settled,
            unlisted=self._place.listed is not None
            and self.settings.model not in self._place.listed,
            extra=tuple(self.settings.extra_body),
        )

    def take_list(self, names: tuple[str, ...] | None) -> None:
        """Remember which models the endpoint lists; None when it has no list."""
        self._place.listed = names

    def alike(self, settings: EndpointSettings) -> Line:
        """Return a line with other settings over the same connections; it need not be closed.

        Address, key, headers and certificates stay this line's own.
        """
        other = copy(self)
        other.settings = settings
        return other

    async def send(
        self,
        outgoing: Outgoing,
        heard: Callable[[bytes | None], None] | None = None,
        tape: Tape | None = None,
    ) -> Incoming:
        """Run one exchange; `heard` and a tape listen to it (see Exchange)."""
        timers, clock = self.settings.timers, self.clock
        async with self._connections.one() as http:
            exchange = Exchange(http, outgoing, timers=timers, clock=clock, heard=heard, tape=tape)
            return await exchange.run()

    async def at_address(self, ask: Callable[[Address], Awaitable[T]]) -> T:
        """Ask at the address, and below `/v1` when a bare base answers 404 or HTML (row 42)."""
        place = self._place
        asked_at = place.address
        first = await ask(asked_at)
        if first.fault is None or first.fault.kind not in _ELSEWHERE:
            place.settled = place.settled or first.fault is None
            return first
        if place.address != asked_at:
            # meanwhile another question has found out where the endpoint is
            return await ask(place.address)
        other = None if place.settled else asked_at.with_version()
        if other is None:
            return first
        second = await ask(other)
        if second.fault is not None and second.fault.kind in _ELSEWHERE:
            return first
        place.address, place.settled = other, second.fault is None
        return second

    def served_by(self, stack: Stack | None) -> None:
        """Take note of the stack that the list of models told of; None is no news."""
        self._place.stack = stack or self._place.stack

    async def explain(
        self,
        diagnosis: Diagnosis,
        address: Address,
        *,
        left_s: float,
        sent: Outgoing | None = None,
        folder: Path | None = None,
    ) -> Diagnosis:
        """Add what only another look tells, or the request itself.

        That is who issued the certificate of a TLS failure, if it is known within `left_s`, and the
        command that repeats what was sent (see curl), where a server could be spoken to at all.
        """
        fault = diagnosis.fault
        if fault.kind is FaultKind.TLS:
            issuer = await find_issuer(address.base, limit_s=min(_ISSUER_LIMIT_S, left_s))
            shown = None if issuer is None else self.site(address).shown(issuer)
            message = f"{fault.message}; the certificate was issued by {shown}"
            return replace(diagnosis, fault=replace(fault, message=message)) if shown else diagnosis
        if sent is None or fault.kind in UNREACHED:
            return diagnosis
        return replace(diagnosis, fault=self.with_command(fault, sent, address, folder))

    def with_command(
        self, fault: Fault, sent: Outgoing, address: Address, folder: Path | None
    ) -> Fault:
        """Put the command that repeats a request below a fault's hint, if there can be one."""
        line = command(sent, self.settings, address, redactor=self._redactor, folder=folder)
        return fault if line is None else replace(fault, hint=f"{fault.hint}\ntry: {line}")

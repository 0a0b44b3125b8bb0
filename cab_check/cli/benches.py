"""A client an endpoint, a bench a target, each with the model that preflight settled on."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cab_check.cell import Bench, Judges
from cab_check.cli import output
from cab_check.cli.targets import renamed
from cab_check.clock import SystemClock
from cab_check.endpoint.client import Client
from cab_check.sandbox import open_box
from cab_check.sweep import check_endpoint
from cab_check.trace import Progress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cab_check.cell import Halt
    from cab_check.cli.progress import ProgressLine
    from cab_check.cli.session import Asked
    from cab_check.cli.targets import Target
    from cab_check.settings import EndpointSettings, Isolation
    from cab_check.store import Store
    from cab_check.sweep.budget import Purse


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all targets of one run share."""

    store: Store
    level: Isolation
    halt: Halt
    purse: Purse
    sweep_id: str
    line: ProgressLine


@dataclass(frozen=True, slots=True)
class Stand:
    """A target that is ready to be asked."""

    target: Target
    bench: Bench


@asynccontextmanager
async def open_stands(asked: Asked, shared: Shared) -> AsyncIterator[tuple[Stand, ...]]:
    """Open one client for each endpoint, and ask each for what it serves; raises CabError."""
    clock, judges = SystemClock(), Judges()
    async with AsyncExitStack() as clients:
        stands = []
        known: dict[tuple[object, ...], Client] = {}
        for target in asked.targets:
            place = _place(target.endpoint)
            if place not in known:
                client = Client(
                    target.endpoint, clock=clock, redactor=asked.redactor, meter=shared.purse
                )
                known[place] = await clients.enter_async_context(client)
            found = await _model(known[place], target, shared.line)
            bench = Bench(
                settings=replace(asked.settings, endpoint=found.endpoint),
                client=known[place].alike(found.endpoint),
                store=shared.store,
                open_box=open_box,
                clock=clock,
                redactor=asked.redactor,
                isolation=shared.level,
                interrupted=shared.halt,
                sweep_id=shared.sweep_id,
                watcher=shared.line,
                judges=judges,
            )
            stands.append(Stand(found, bench))
        yield tuple(stands)


def _place(endpoint: EndpointSettings) -> tuple[object, ...]:
    """Return what makes one endpoint: its connections and its gate serve all of its models."""
    return (endpoint.url, endpoint.key, endpoint.headers, endpoint.ca_bundle)


async def _model(client: Client, target: Target, line: ProgressLine) -> Target:
    async with line.ticking():
        line(Progress(f"asking {client.url}/models"))
        found = await check_endpoint(client, target.endpoint.model)
    for note in found.notes:
        output.say(note)
    output.say(f"endpoint: {client.url} · model: {found.model}")
    return renamed(target, found.model)

"""The endpoint as a process of its own: `python -m cab_check.demo`, `cab mock`, the bench."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cab_check.demo.server import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """What can be said about the endpoint on a command line; as the parameters of serve()."""

    port: int = 0
    key: str | None = field(default=None, repr=False)
    latency_s: float = 0.0
    chunk_delay_s: float = 0.0
    quirks: tuple[str, ...] = ()
    actor: str | None = None


async def serve_until_stopped(options: ServeOptions, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `announce` is handed the base URL once it answers.

    Raises UsageError when the port cannot be had, or when there is no such quirk or actor.
    """
    async with serve(
        port=options.port,
        key=options.key,
        latency_s=options.latency_s,
        chunk_delay_s=options.chunk_delay_s,
        quirks=options.quirks,
        actor=options.actor,
    ) as server:
        with told_to_stop() as stopped:
            announce(server.url)
            await stopped.wait()


@contextmanager
def told_to_stop() -> Iterator[asyncio.Event]:
    """Within the block SIGTERM and SIGINT set the event."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    # Windows has no such handlers; there Ctrl-C cancels the waiting coroutine instead
    with suppress(NotImplementedError):
        for number in signals:
            loop.add_signal_handler(number, stopped.set)
    try:
        yield stopped
    finally:
        with suppress(NotImplementedError):
            for number in signals:
                loop.remove_signal_handler(number)

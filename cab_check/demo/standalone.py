"""The endpoint as a process of its own: `python -m cab_check.demo`, `cab mock`, the bench."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cab_check.demo.server import serve

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """What can be said about the endpoint on a command line; as the parameters of serve()."""

    port: int = 0
    key: str | None = field(default=None, repr=False)
    latency_s: float = 0.0
    chunk_delay_s: float = 0.0


async def serve_until_stopped(options: ServeOptions, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `announce` is handed the base URL once it answers.

    Raises UsageError when the port cannot be had.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Windows has no handlers here; there Ctrl-C cancels this coroutine instead
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stopped.set)
    async with serve(
        port=options.port,
        key=options.key,
        latency_s=options.latency_s,
        chunk_delay_s=options.chunk_delay_s,
    ) as server:
        announce(server.url)
        await stopped.wait()

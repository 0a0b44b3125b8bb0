"""`cab report --replay`: a run's frames on this terminal, in the time they took."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from cab_check.cli import output
from cab_check.clock import SystemClock
from cab_check.report.replay import frames
from cab_check.report.wording import TIMES

if TYPE_CHECKING:
    from cab_check.clock import Clock
    from cab_check.store import Run


def play(run: Run, *, speed: float) -> None:
    """Show a run `speed` times as fast as it went; at once where nobody watches."""
    live = sys.stdout.isatty()
    if live:
        output.say(f"replay at {speed:g}{TIMES} speed; Ctrl-C ends it")
    asyncio.run(show(run, speed=speed if live else None, clock=SystemClock()))


async def show(run: Run, *, speed: float | None, clock: Clock) -> None:
    """Show each frame when its moment has come; with no speed without any wait."""
    began = clock.monotonic()
    for frame in frames(run):
        left = 0.0 if speed is None else began + frame.at_ms / 1000 / speed - clock.monotonic()
        if left > 0:
            await clock.sleep(left)
        output.emit_rich(frame.shown)

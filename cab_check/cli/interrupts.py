"""Ctrl-C: the first ends the cells under way and records them, the second stops at once."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cab_check.cli import output
from cab_check.errors import RunInterruptedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cab_check.cell import Halt
    from cab_check.cli.progress import ProgressLine


@contextmanager
def interrupts(halt: Halt, line: ProgressLine, *, cells: int) -> Iterator[None]:
    """Let the first Ctrl-C end the running cells and record them, and the second stop at once."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    pressed = False

    def stop() -> None:
        nonlocal pressed
        line.clear()
        if pressed and task is not None:
            output.say("stopping at once")
            task.cancel()
            return
        pressed = True
        what = "the cell and recording it" if cells == 1 else "the cells under way, recording them"
        output.say(f"interrupted: ending {what} (once more: stop at once)")
        halt.set()

    caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in caught:
        loop.add_signal_handler(number, stop)
    try:
        yield
    except asyncio.CancelledError:
        if not pressed:
            raise
        raise RunInterruptedError("stopped by a second Ctrl-C", hint="") from None
    finally:
        for number in caught:
            loop.remove_signal_handler(number)

"""Ctrl-C: the first ends the cells under way and records them, the second stops at once."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cab_check.cli import output
from cab_check.cli.signals import ending, heard
from cab_check.errors import RunInterruptedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cab_check.cell import Halt
    from cab_check.cli.progress import ProgressLine


@contextmanager
def interrupts(halt: Halt, line: ProgressLine, *, cells: int, hint: str = "") -> Iterator[None]:
    """Let the first Ctrl-C end the running cells and record them, and the second stop at once.

    SIGTERM and SIGHUP count as Ctrl-C. A third changes nothing: what is stopping cleans up. `hint`
    says what to do after the second.
    """
    task = asyncio.current_task()
    pressed = 0

    def stop() -> None:
        nonlocal pressed
        pressed += 1
        line.clear()
        if pressed == 1:
            what = "the cell and recording it" if cells == 1 else _MANY
            output.say(f"interrupted: ending {what} (once more: stop at once)")
            halt.set()
        elif pressed == 2 and task is not None:  # noqa: PLR2004 - the second of two
            output.say("stopping at once")
            task.cancel()

    with _caught(stop):
        if heard():
            raise RunInterruptedError("interrupted", hint="")
        try:
            yield
        except asyncio.CancelledError:
            if not pressed:
                raise
            raise RunInterruptedError("stopped by a second Ctrl-C", hint=hint) from None


_MANY = "the cells under way, recording them"


@contextmanager
def _caught(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` for each ending signal within the block; then they do what they did before."""
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in ending()}
    for number in before:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)

"""The signals that end cab from its first moment on: what Ctrl-C does, SIGTERM and SIGHUP do.

One that is ignored from the start, as under nohup, stays ignored.
"""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")  # by name: not every system has them all
_heard: list[int] = []


def ending() -> tuple[signal.Signals, ...]:
    """Return those of the ending signals that this process was not started to ignore."""
    known = [signal.Signals[name] for name in _ENDING if hasattr(signal, name)]
    return tuple(number for number in known if signal.getsignal(number) is not signal.SIG_IGN)


def listen() -> None:
    """Let each of them raise KeyboardInterrupt from here on."""
    sys.unraisablehook = _lost
    for number in ending():
        signal.signal(number, _end)


def rest() -> None:
    """Hear none of them any more: all is said, and what cleans up at the exit is left alone."""
    for number in ending():
        signal.signal(number, signal.SIG_IGN)


def heard() -> bool:
    """Return whether one has come; Python loses an exception that falls into a callback."""
    return bool(_heard)


def _end(number: int, _: FrameType | None) -> None:
    _heard.append(number)
    raise KeyboardInterrupt


def _lost(unraisable: sys.UnraisableHookArgs) -> None:
    """Say nothing of an interruption that Python loses: it was heard."""
    if not isinstance(unraisable.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)

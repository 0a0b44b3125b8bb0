"""The signals that end cab from its first moment on: what Ctrl-C does, SIGTERM and SIGHUP do.

One that is ignored from the start, as under nohup, stays ignored.
"""

from __future__ import annotations

import signal
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
    for number in ending():
        signal.signal(number, _end)


def heard() -> bool:
    """Return whether one has come; Python loses an exception that falls into a callback."""
    return bool(_heard)


def _end(number: int, _: FrameType | None) -> None:
    _heard.append(number)
    raise KeyboardInterrupt

"""The steward: a process between launcher and command, one a command.

It is a subreaper, so that all that its command starts stays below it, daemons included: that is
how a command's tree is told from what earlier commands left running. It outlives the command as
long as something of it runs, and ends with its lifeline.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from typing import TYPE_CHECKING, NoReturn

from . import command, kernel, processes
from .orders import KILLED, Closed, Report, encode

if TYPE_CHECKING:
    import socket

    from .orders import Order, Setup

_GROWING_TICK_S = 0.01
_QUIET_TICK_S = 0.05
_IDLE_TICK_S = 0.25


class Steward:
    """Starts one command and minds it and its descendants to the end.

    `link` is the launcher: it gets the report, a byte from it means stop, its end of file that
    the launcher is gone.
    """

    def __init__(
        self, order: Order, setup: Setup, link: socket.socket, outputs: tuple[int, int]
    ) -> None:
        self._order = order
        self._setup = setup
        self._link = link
        self._outputs = {(os.fstat(fd).st_dev, os.fstat(fd).st_ino): fd for fd in outputs}
        self._signals = kernel.listen_for(signal.SIGCHLD)
        self._poll = select.poll()
        self._poll.register(self._signals, select.POLLIN)
        self._poll.register(link, select.POLLIN)
        self._started = time.monotonic()
        self._leader = command.start(order.argv, setup, outputs)

    def attend(self) -> None:
        """Mind the command until it ends or must, then what it left running."""
        self._report(*self._follow())
        while self._something_runs():
            if self._wait(_IDLE_TICK_S):
                self._say(Closed(len(self._end_all())))
            elif self._written() > self._setup.output_bytes:
                self._end_all()

    def _follow(self) -> tuple[int, str | None]:
        deadline = self._started + self._order.limit_s
        written, tick = 0, _GROWING_TICK_S
        while True:
            stopped = self._wait(min(tick, max(deadline - time.monotonic(), 0)))
            status = processes.reap()[0].get(self._leader)
            if status is not None:
                return _exit_code(status), None
            before, written = written, self._written()
            tick = _GROWING_TICK_S if written > before else _QUIET_TICK_S
            reason = None
            if time.monotonic() >= deadline:
                reason = "time"
            elif written > self._setup.output_bytes:
                reason = "output"
            if stopped or reason:
                self._end_all()
                return KILLED, reason

    def _wait(self, seconds: float) -> bool:
        """Wait for a signal or the launcher; say whether the launcher wants it stopped."""
        ready = {fd for fd, _ in self._poll.poll(int(seconds * 1000) + 1)}
        if self._signals in ready:
            kernel.heard(self._signals)
        if self._link.fileno() not in ready:
            return False
        if self._link.recv(16) == b"":
            # the launcher was killed: sweep, and nobody is left to report to
            self._end_all()
            os._exit(0)
        return True

    def _something_runs(self) -> bool:
        _, children_left = processes.reap()
        return children_left or (
            not self._setup.subreaper and bool(processes.living(os.getpid(), self._leader))
        )

    def _end_all(self) -> set[int]:
        # the group only where orphans leave the tree: a subreaper has no need of it, and the
        # number of a group that has ended may be a stranger's by now
        return processes.end_tree(None if self._setup.subreaper else self._leader)

    def _written(self) -> int:
        return sum(os.fstat(fd).st_size for fd in self._outputs.values())

    def _report(self, exit_code: int, stopped_by: str | None) -> None:
        duration_ms = (time.monotonic() - self._started) * 1000
        self._say(Report(self._order.number, exit_code, stopped_by, duration_ms))

    def _say(self, message: Report | Closed) -> None:
        try:
            self._link.sendall(encode(message))
        except OSError:
            return  # the launcher is gone: the next look at the lifeline ends this


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def attend(order: Order, setup: Setup, link: socket.socket, outputs: tuple[int, int]) -> NoReturn:
    """Be the steward of one command, in a child that the launcher has just forked."""
    try:
        signal.set_wakeup_fd(-1)  # it was the launcher's
        if setup.subreaper:
            kernel.adopt_orphans()
        Steward(order, setup, link, outputs).attend()
    finally:  # whatever goes wrong, there must never be a second launcher
        if sys.exc_info()[0] is not None:
            sys.excepthook(*sys.exc_info())  # into the launcher's log
        os._exit(0)

"""The launcher: one a box. Takes orders from the host, has a steward for each, ends them all.

It waits in one place, for the host, for the steward of the command under way, and for signals.
End of file from the host is the end, however the host came to its own.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from . import kernel, processes, rights, steward
from .orders import (
    EVERYTHING,
    KILLED,
    Close,
    Closed,
    Confine,
    Order,
    Ready,
    Refused,
    Report,
    Setup,
    Stop,
    decode,
    encode,
)

if TYPE_CHECKING:
    from .orders import Confined, Message

_STOP = b"s"
_CONFINE = b'["Confine"'
_MOST = 65_536
_STEWARDS_LIMIT_S = 2.0
_TASKS_STAY_TRUE_S = 10.0


class _HostGoneError(Exception):
    """The host wants no more, or is no more."""


class _Current(NamedTuple):
    """The command under way: its steward's id, its order's number, when it was started."""

    steward: int
    number: int
    started: float


class Launcher:
    """The loop between host and stewards. `confined` says what holds this process, if it is."""

    def __init__(self, channel: socket.socket, confined: Confined | None) -> None:
        self._channel = channel
        self._confined = confined
        self._pending = b""
        self._descriptors: list[int] = []
        self._setup: Setup | None = None
        self._tasks = 0
        self._tasks_counted = float("-inf")
        self._stewards: dict[int, socket.socket] = {}
        self._current: _Current | None = None
        # a confined one takes no notice of SIGTERM: its commands could send it
        ending = () if confined else (signal.SIGTERM,)
        self._signals = kernel.listen_for(signal.SIGCHLD, *ending)

    def serve(self) -> None:
        """Serve the host until it wants no more; then end everything and say how many that were."""
        try:
            while True:
                self._turn()
        except (_HostGoneError, OSError):
            pass
        finally:  # a bug of ours leaves nothing behind either
            left_behind = self._end_all()
        try:
            self._channel.sendall(encode(Closed(left_behind)))
        except OSError:
            return  # nobody is left to be told

    def _turn(self) -> None:
        sources = select.poll()
        sources.register(self._channel, select.POLLIN)
        sources.register(self._signals, select.POLLIN)
        if self._current is not None:
            sources.register(self._stewards[self._current.steward], select.POLLIN)
        ready = {fd for fd, _ in sources.poll()}
        if self._current is not None and self._stewards[self._current.steward].fileno() in ready:
            self._pass_on()
        if self._signals in ready:
            if signal.SIGTERM in kernel.heard(self._signals):
                raise _HostGoneError
            self._forget_ended()
        if self._channel.fileno() in ready:
            self._listen()

    def _listen(self) -> None:
        data, descriptors, _, _ = socket.recv_fds(self._channel, 65_536, 2)
        if not data:
            raise _HostGoneError
        self._descriptors += descriptors
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            self._obey(decode(line))

    def _obey(self, message: Message) -> None:
        if isinstance(message, Setup):
            self._prepare(message)
        elif isinstance(message, Order):
            self._start(message)
        elif isinstance(message, Stop):
            self._stop(message.number)
        elif isinstance(message, Close):
            raise _HostGoneError

    def _stop(self, number: int) -> None:
        current = self._current
        if number == EVERYTHING:
            for pid in self._stewards:
                self._tell(pid)
        elif current is not None and current.number == number:
            self._tell(current.steward)

    def _prepare(self, setup: Setup) -> None:
        if self._confined is None:
            kernel.end_with_parent(signal.SIGTERM)
        kernel.hide_from_user()
        subreaper = setup.subreaper and kernel.adopt_orphans()
        self._setup = setup._replace(subreaper=subreaper)
        no_new_privs = kernel.refuse_new_privileges()
        self._channel.sendall(encode(Ready(subreaper, no_new_privs, _commands_forgo())))

    def _start(self, order: Order) -> None:
        """Fork the steward of a command. One at a time: the host waits for each report."""
        if self._setup is None or self._current is not None:
            raise _HostGoneError
        setup = self._setup._replace(processes=self._processes(self._setup))
        outputs, self._descriptors = self._descriptors[:2], self._descriptors[2:]
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            # the socket objects stay referenced to the end of this child, so none is closed twice
            _close_all_but(theirs.fileno(), *outputs)
            steward.attend(order, setup, theirs, (outputs[0], outputs[1]))
        theirs.close()
        for descriptor in outputs:
            os.close(descriptor)
        self._stewards[pid] = ours
        self._current = _Current(pid, order.number, time.monotonic())

    def _processes(self, setup: Setup) -> int:
        """Return the limit for RLIMIT_NPROC, which counts what else the user runs as well."""
        if os.getuid() == 0:  # it does not bind for root
            return setup.processes
        now = time.monotonic()
        if now - self._tasks_counted > _TASKS_STAY_TRUE_S:
            self._tasks_counted, self._tasks = now, processes.tasks_of_user()
        return self._tasks + setup.processes

    def _pass_on(self) -> None:
        """Hand the report of the command under way to the host."""
        assert self._current is not None  # noqa: S101 - the caller has looked
        current, self._current = self._current, None
        report = _said(self._stewards[current.steward])
        if not isinstance(report, Report):
            # the command has killed its steward: what it started is ours now, and is ended
            self._stewards.pop(current.steward).close()
            self._end_strays()
            duration_ms = (time.monotonic() - current.started) * 1000
            report = Report(current.number, KILLED, None, duration_ms)
        self._channel.sendall(encode(report))

    def _forget_ended(self) -> None:
        for pid in processes.reap()[0]:
            if self._current is not None and self._current.steward == pid:
                self._pass_on()
            if pid in self._stewards:
                self._stewards.pop(pid).close()

    def _tell(self, pid: int) -> None:
        """Have a steward end its tree, also one that its command has stopped."""
        processes.wake(pid)
        try:
            self._stewards[pid].send(_STOP)
        except OSError:
            return  # it has just ended

    def _end_strays(self) -> None:
        give_up = time.monotonic() + _STEWARDS_LIMIT_S
        while strays := processes.living(os.getpid(), but=frozenset(self._stewards)):
            if time.monotonic() > give_up:
                return  # what cannot be killed
            for pid in strays:
                processes.kill(pid)
            time.sleep(0.001)

    def _end_all(self) -> int:
        """End every steward's tree, then whatever is left below, and count all but the stewards."""
        for pid in self._stewards:
            self._tell(pid)
        give_up = time.monotonic() + _STEWARDS_LIMIT_S
        ended = sum(_ended_by(link, give_up) for link in self._stewards.values())
        left = processes.end_tree()
        return ended + len(left - self._stewards.keys())


def _commands_forgo() -> bool:
    """Try on a child what every command does before it becomes one: a right is not given back."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = 0 if rights.forgo() else 1
        finally:  # whatever goes wrong, there must never be a second launcher
            os._exit(code)
    return os.waitpid(pid, 0)[1] == 0


def _ended_by(link: socket.socket, give_up: float) -> int:
    """Return how many processes a steward ended; a stopped or killed one says nothing."""
    while True:
        link.settimeout(max(give_up - time.monotonic(), 0.001))
        message = _said(link)
        if message is None or isinstance(message, Closed):
            return 0 if message is None else message.left_behind


def _said(link: socket.socket) -> Message | None:
    """Read one message of a steward, which is short enough to arrive whole."""
    line = b""
    while not line.endswith(b"\n"):
        try:
            byte = link.recv(1)
        except OSError:
            return None
        if not byte:
            return None
        line += byte
    return decode(line)


def _close_all_but(*kept: int) -> None:
    """Close all descriptors from 3 on but these."""
    edges = [2, *sorted(kept), kernel.descriptors_end()]
    for low, high in pairwise(edges):
        os.closerange(low + 1, high)


def serve() -> None:
    """Serve the host whose socket is our standard input."""
    channel = socket.socket(fileno=os.dup(0))
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - pathlib costs 5 ms at each start
        os.dup2(nothing.fileno(), 0)
    Launcher(channel, _confine(channel)).serve()


def _confine(channel: socket.socket) -> Confined | None:
    """Be confined, where the host begins with that: only the confined process returns."""
    if not channel.recv(_MOST, socket.MSG_PEEK).startswith(_CONFINE):
        return None
    line = b""
    while not line.endswith(b"\n"):  # the host waits, so nothing follows
        line += channel.recv(_MOST) or b"\n"
    message = decode(line)
    assert isinstance(message, Confine)  # noqa: S101 - as it begins
    from .confinement import confine  # noqa: PLC0415 - costs start-up time

    try:
        confined = confine(message)
    except OSError as error:
        channel.sendall(encode(Refused(error.strerror or str(error))))
        os._exit(0)
    channel.sendall(encode(confined))
    return confined

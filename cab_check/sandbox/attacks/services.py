"""What listens outside of a box: sockets of every kind, and a terminal.

No thread serves them: what was sent waits in the kernel until it is asked for.
"""

from __future__ import annotations

import os
import pty
import secrets
import socket
import tty
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_MOST = 65_536


class Services:
    """Sockets that listen below a directory and on loopback, and a pseudo-terminal.

    One that this machine does not have, as IPv6 in some containers, has port 0 or is missing.
    """

    def __init__(self, base: Path) -> None:
        self.stream = str(base / "stream")
        self.datagram = str(base / "datagram")
        self.abstract = f"cab-canary-{secrets.token_hex(8)}"
        self._held = ExitStack()
        self._listening: list[socket.socket] = []
        self._ports: dict[str, int] = {}

    def __enter__(self) -> Self:
        stream, datagram = socket.SOCK_STREAM, socket.SOCK_DGRAM
        self._listen("tcp4", socket.AF_INET, stream, ("127.0.0.1", 0))
        self._listen("tcp6", socket.AF_INET6, stream, ("::1", 0))
        self._listen("udp", socket.AF_INET, datagram, ("127.0.0.1", 0))
        self._listen("stream", socket.AF_UNIX, stream, self.stream)
        self._listen("datagram", socket.AF_UNIX, datagram, self.datagram)
        self._listen("abstract", socket.AF_UNIX, stream, f"\0{self.abstract}")
        self._master, self._slave = pty.openpty()
        self.terminal = os.ttyname(self._slave)
        tty.setraw(self._slave)
        for descriptor in (self._master, self._slave):
            os.set_blocking(descriptor, False)
            self._held.callback(os.close, descriptor)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._held.close()

    def port(self, name: str) -> int:
        """Return the port of a service, 0 where it is not there."""
        return self._ports.get(name, 0)

    def received(self) -> bytes:
        """Return all that was sent to any of them since the last call."""
        return b"".join(_received(listening) for listening in self._listening)

    def typed(self) -> bytes:
        """Return what came in on the terminal since the last call."""
        with suppress(BlockingIOError):
            return os.read(self._slave, _MOST)
        return b""

    def _listen(self, name: str, family: int, kind: int, address: object) -> None:
        with suppress(OSError):
            listening = self._held.enter_context(socket.socket(family, kind))
            listening.bind(address)  # type: ignore[arg-type]
            if kind == socket.SOCK_STREAM:
                listening.listen()
            listening.setblocking(False)
            self._listening.append(listening)
            if family != socket.AF_UNIX:
                self._ports[name] = listening.getsockname()[1]


def _received(listening: socket.socket) -> bytes:
    if listening.type == socket.SOCK_DGRAM:
        with suppress(BlockingIOError):
            return listening.recv(_MOST)
        return b""
    data = b""
    while True:
        try:
            link, _ = listening.accept()
        except BlockingIOError:
            return data
        with link, suppress(OSError):
            link.settimeout(0.5)
            data += link.recv(_MOST)

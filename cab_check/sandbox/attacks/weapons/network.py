"""Attacks by sockets: whatever answers outside of the box."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cab_check.sandbox.attacks.weapons.field import Field

_MPTCP = 262
_FASTOPEN = 0x20000000
_LIMIT_S = 2.0


def _tell(
    family: int, address: object, proof: str, *, kind: int = socket.SOCK_STREAM, protocol: int = 0
) -> None:
    with socket.socket(family, kind, protocol) as link:
        link.settimeout(_LIMIT_S)
        link.connect(address)  # type: ignore[arg-type]
        link.sendall(proof.encode())


def tcp4(f: Field) -> None:
    """Reach a service of the user's on loopback."""
    _tell(socket.AF_INET, ("127.0.0.1", f.tcp4), f.proof)


def tcp6(f: Field) -> None:
    """Reach it over IPv6."""
    _tell(socket.AF_INET6, ("::1", f.tcp6), f.proof)


def mptcp(f: Field) -> None:
    """Reach it by a protocol that the service's kernel takes for TCP."""
    _tell(socket.AF_INET, ("127.0.0.1", f.tcp4), f.proof, protocol=_MPTCP)


def fast_open(f: Field) -> None:
    """Reach it without connect(2)."""
    with socket.socket() as link:  # which waits, since the call has no end otherwise
        link.sendto(f.proof.encode(), _FASTOPEN, ("127.0.0.1", f.tcp4))


def udp(f: Field) -> None:
    """Send a datagram, as a question of names is."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.sendto(f.proof.encode(), ("127.0.0.1", f.udp))


def route(f: Field) -> None:
    """Find a way to the world; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.connect(("192.0.2.1", 9))  # an address of documentation
        f.win(when=not link.getsockname()[0].startswith(("127.", "0.")))


def unix_stream(f: Field) -> None:
    """Reach what listens at a path, as docker, D-Bus and key agents do."""
    _tell(socket.AF_UNIX, f.stream, f.proof)


def unix_datagram(f: Field) -> None:
    """Send to a path, as to a system log."""
    _tell(socket.AF_UNIX, f.datagram, f.proof, kind=socket.SOCK_DGRAM)


def unix_abstract(f: Field) -> None:
    """Reach what listens under a name without a path."""
    _tell(socket.AF_UNIX, f"\0{f.abstract}", f.proof)

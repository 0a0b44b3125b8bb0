"""The way to the endpoint in stages: the name, the connection, the handshake. Nothing is sent."""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass, replace
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """How long each stage took, in milliseconds; None where it was not gone through.

    `broke` names the stage that failed and why. Through a `proxy` (its host and port) the stages
    are the proxy's own, and are not measured.
    """

    dns_ms: float | None = None
    tcp_ms: float | None = None
    tls_ms: float | None = None
    broke: str | None = None
    proxy: str | None = None


async def walk(url: str, *, limit_s: float) -> Stages:
    """Go through the stages; never raises for what the network does."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxy = getproxies().get(parts.scheme) or getproxies().get("all")
    if proxy and not proxy_bypass(host):
        return Stages(proxy=urlsplit(proxy).netloc.rpartition("@")[2] or "a proxy")
    loop = asyncio.get_running_loop()
    port = parts.port or _PORTS[parts.scheme]
    begun = loop.time()
    try:
        async with asyncio.timeout(limit_s):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return Stages(broke=f"DNS: {_why(error)}")
    dns_ms = (loop.time() - begun) * 1000
    places = tuple(dict.fromkeys(str(address[0]) for *_, address in found))
    secure_as = host if parts.scheme == "https" else None
    stages = Stages(broke="TCP: the name has no address")
    for place in places:
        stages = await _connect(place, port, secure_as, limit_s=limit_s)
        if stages.tcp_ms is not None:
            break
    return replace(stages, dns_ms=dns_ms)


async def _connect(place: str, port: int, secure_as: str | None, *, limit_s: float) -> Stages:
    """Connect to one address, and shake hands there when it is to be secure."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    try:
        async with asyncio.timeout(limit_s):
            _, writer = await asyncio.open_connection(place, port)
    except OSError as error:
        return Stages(broke=f"TCP: {_why(error)}")
    tcp_ms = (loop.time() - begun) * 1000
    begun = loop.time()
    refused = None if secure_as is None else await _shake(writer, secure_as, limit_s)
    shaken = secure_as is not None and refused is None
    tls_ms = (loop.time() - begun) * 1000 if shaken else None
    # nothing was said that had to arrive, and a failed handshake could be waited for in vain
    writer.transport.abort()
    await asyncio.sleep(0)  # the loop closes the socket in its next round
    return Stages(tcp_ms=tcp_ms, tls_ms=tls_ms, broke=refused)


async def _shake(writer: asyncio.StreamWriter, host: str, limit_s: float) -> str | None:
    """Shake hands without trusting anybody: whom to trust is for the real request to find out."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(limit_s):
            await writer.start_tls(context, server_hostname=host)
    except (OSError, ssl.SSLError) as error:
        return f"TLS: {_why(error)}"
    return None


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return getattr(error, "strerror", None) or getattr(error, "reason", None) or str(error)

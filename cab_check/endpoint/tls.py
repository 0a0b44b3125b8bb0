"""Who issued the certificate that was not trusted: mostly a company's own proxy (row 47)."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from urllib.parse import urlsplit

_SEQUENCE = 0x30
_VERSION = 0xA0
_COMMON_NAME = b"\x55\x04\x03"
_ORGANISATION = b"\x55\x04\x0a"
_LONG = 0x80


async def find_issuer(url: str, *, limit_s: float) -> str | None:
    """Ask a server for its certificate, trusting nothing and sending nothing; None if in vain."""
    parts = urlsplit(url)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(limit_s):
            _, writer = await asyncio.open_connection(
                parts.hostname, parts.port or 443, ssl=context
            )
    except (OSError, ssl.SSLError):
        return None
    try:
        certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    finally:
        writer.close()
        with suppress(OSError, ssl.SSLError):
            await writer.wait_closed()
    return issuer_of(certificate or b"")


def issuer_of(certificate: bytes) -> str | None:
    """Read the issuer's name out of a DER certificate; None when it is not one."""
    try:
        fields = _members(_members(certificate)[0][1])[0][1]
        inside = _members(fields)
        # version (optional), serial number, algorithm, issuer
        issuer = inside[3 if inside[0][0] == _VERSION else 2][1]
        return _name(issuer)
    except (IndexError, ValueError):
        return None


def _name(issuer: bytes) -> str | None:
    found: dict[bytes, str] = {}
    for _, relative in _members(issuer):
        for _, pair in _members(relative):
            (_, identifier), (_, text) = _members(pair)
            found[identifier] = text.decode("utf-8", "replace")
    parts = [found.get(_COMMON_NAME), found.get(_ORGANISATION)]
    return ", ".join(dict.fromkeys(part for part in parts if part)) or None


def _members(data: bytes) -> list[tuple[int, bytes]]:
    """Split DER into its elements: tag and content. Raises IndexError, ValueError."""
    members: list[tuple[int, bytes]] = []
    at = 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length & _LONG:
            size = length & ~_LONG
            length = int.from_bytes(data[at : at + size], "big")
            at += size
        if at + length > len(data):
            raise ValueError("a certificate that is cut")
        members.append((tag, data[at : at + length]))
        at += length
    return members

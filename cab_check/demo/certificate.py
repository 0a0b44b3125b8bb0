"""A certificate for 127.0.0.1 that nobody trusts, as a company's inspecting proxy would show it.

Made at start, by nothing but the standard library: ECDSA on P-256 (FIPS 186, SEC 1), X.509 in DER
(RFC 5280). Its keys live as long as the process; it protects nothing but a test on loopback.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

ISSUER = "Example Corp Inspection CA"
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_DAY = timedelta(days=1)
_Point = tuple[int, int] | None

_ECDSA_SHA256 = bytes.fromhex("06082a8648ce3d040302")
_EC_KEY = bytes.fromhex("06072a8648ce3d0201")
_P256 = bytes.fromhex("06082a8648ce3d030107")
_COMMON_NAME = bytes.fromhex("0603550403")
_ALTERNATIVE_NAME = bytes.fromhex("0603551d11")
_SEQUENCE, _SET, _INTEGER, _BITS, _OCTETS, _UTF8, _TIME = 0x30, 0x31, 0x02, 0x03, 0x04, 0x0C, 0x17


def untrusted_context() -> ssl.SSLContext:
    """Return what a server needs to speak TLS with such a certificate."""
    issuer_key, own_key = _new_key(), _new_key()
    certificate = _certificate(own_key, issuer_key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(prefix="cab-demo-") as folder:
        path = Path(folder, "server.pem")
        path.touch(0o600)
        text = _pem("EC PRIVATE KEY", _private_key(own_key)) + _pem("CERTIFICATE", certificate)
        path.write_text(text, encoding="ascii")
        context.load_cert_chain(path)
    return context


def _new_key() -> int:
    return secrets.randbelow(_N - 1) + 1


def _certificate(own_key: int, issuer_key: int) -> bytes:
    now = datetime.now(UTC)
    names = _der(_SEQUENCE, _der(0x87, bytes([127, 0, 0, 1])), _der(0x82, b"localhost"))
    extension = _der(_SEQUENCE, _ALTERNATIVE_NAME, _der(_OCTETS, names))
    to_sign = _der(
        _SEQUENCE,
        _der(0xA0, _integer(2)),
        _integer(secrets.randbits(63)),
        _der(_SEQUENCE, _ECDSA_SHA256),
        _name(ISSUER),
        _der(_SEQUENCE, _time(now - _DAY), _time(now + 30 * _DAY)),
        _name("127.0.0.1"),
        _der(_SEQUENCE, _der(_SEQUENCE, _EC_KEY, _P256), _bits(_public(own_key))),
        _der(0xA3, _der(_SEQUENCE, extension)),
    )
    signature = _bits(_sign(to_sign, issuer_key))
    return _der(_SEQUENCE, to_sign, _der(_SEQUENCE, _ECDSA_SHA256), signature)


def _sign(data: bytes, key: int) -> bytes:
    digest = int.from_bytes(hashlib.sha256(data).digest(), "big")
    nonce = _new_key()
    point = _times(nonce, _G)
    assert point is not None  # noqa: S101 - a nonce below the group's order gives no infinity
    r = point[0] % _N
    s = pow(nonce, -1, _N) * (digest + r * key) % _N
    return _der(_SEQUENCE, _integer(r), _integer(s))


def _public(key: int) -> bytes:
    point = _times(key, _G)
    assert point is not None  # noqa: S101 - nor does a key
    return b"\x04" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")


def _times(factor: int, point: _Point) -> _Point:
    total: _Point = None
    while factor:
        if factor & 1:
            total = _add(total, point)
        point = _add(point, point)
        factor >>= 1
    return total


def _add(one: _Point, other: _Point) -> _Point:
    if one is None or other is None:
        return one or other
    if one == other:
        slope = (3 * one[0] * one[0] - 3) * pow(2 * one[1], -1, _P) % _P
    elif one[0] == other[0]:
        return None
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, _P) % _P
    x = (slope * slope - one[0] - other[0]) % _P
    return x, (slope * (one[0] - x) - one[1]) % _P


def _private_key(key: int) -> bytes:
    curve, public = _der(0xA0, _P256), _der(0xA1, _bits(_public(key)))
    return _der(_SEQUENCE, _integer(1), _der(_OCTETS, key.to_bytes(32, "big")), curve, public)


def _name(common: str) -> bytes:
    pair = _der(_SEQUENCE, _COMMON_NAME, _der(_UTF8, common.encode()))
    return _der(_SEQUENCE, _der(_SET, pair))


def _time(moment: datetime) -> bytes:
    return _der(_TIME, moment.strftime("%y%m%d%H%M%SZ").encode())


def _integer(value: int) -> bytes:
    return _der(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _bits(data: bytes) -> bytes:
    return _der(_BITS, b"\0" + data)


def _der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    short = len(body) <= 127  # noqa: PLR2004 - what DER's short form holds
    return bytes([tag]) + (b"" if short else bytes([0x80 | len(size)])) + size + body


def _pem(label: str, data: bytes) -> str:
    text = base64.encodebytes(data).decode("ascii")
    return f"-----BEGIN {label}-----\n{text}-----END {label}-----\n"

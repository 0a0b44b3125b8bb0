"""Reading one HTTP/1.x request from a connection, with limits on size and time."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from cab_check.demo.apierror import ApiError, invalid

if TYPE_CHECKING:
    from collections.abc import Callable

_MIB = 1024 * 1024
_REQUEST_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP/(\d)\.(\d)")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
_LENGTH = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """What one request may take.

    `idle_s` bounds the silence before a request's first byte, `request_s` the time from there to
    its last.
    """

    head_bytes: int = 64 * 1024
    body_bytes: int = 32 * _MIB
    idle_s: float = 75.0
    request_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request, whole. `target` is as it was sent; header names are in lower case."""

    method: str
    target: str
    minor: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the value of a header, the first where it comes twice."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def path(self) -> str:
        """Return the target's path as it was sent, without query; the absolute form is known."""
        path = self.target.partition("?")[0]
        return path if path.startswith("/") else "/" + path.partition("://")[2].partition("/")[2]

    @property
    def keep_alive(self) -> bool:
        """Say whether the client means to go on with this connection."""
        return self.minor > 0 and "close" not in _tokens(self.header("connection"))


async def read_request(
    reader: asyncio.StreamReader, limits: HttpLimits, interim: Callable[[bytes], None]
) -> HttpRequest | None:
    """Read the next request; None when the client stays silent or leaves between two requests.

    The reader must have been made with `limits.head_bytes` as its limit.

    `interim` sends the bytes of `100 Continue` where the client waits for it. Raises ApiError for
    what is no HTTP request or is too large (400, 408, 413, 431, 501, 505), after which the
    connection cannot go on, and asyncio.IncompleteReadError when the client leaves in the middle.
    """
    first = await _first_byte(reader, limits)
    if first is None:
        return None
    try:
        async with asyncio.timeout(limits.request_s):
            head = _parse_head(await _read_head(reader, first, limits))
            body = await _read_body(reader, head, limits, interim)
    except TimeoutError as error:
        message = f"The request was not complete after {limits.request_s:g} s."
        raise ApiError(HTTPStatus.REQUEST_TIMEOUT, message) from error
    return HttpRequest(
        method=head.method,
        target=head.target,
        minor=head.minor,
        headers=head.headers,
        body=body,
    )


async def _first_byte(reader: asyncio.StreamReader, limits: HttpLimits) -> bytes | None:
    """Wait for a request to begin; blank lines before it are skipped, as RFC 9112 asks."""
    try:
        async with asyncio.timeout(limits.idle_s):
            first = await reader.read(1)
            while first in {b"\r", b"\n"}:
                first = await reader.read(1)
    except TimeoutError:
        return None
    if first and not first.isalpha():
        # a TLS handshake, say: it would never come to the blank line that ends a head
        raise invalid("This is not an HTTP request; the server speaks plain HTTP/1.1.")
    return first or None


async def _read_head(reader: asyncio.StreamReader, first: bytes, limits: HttpLimits) -> str:
    """Read up to the blank line; the reader's own limit is the head's."""
    try:
        head = first + await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as error:
        raise _head_too_large(limits) from error
    return head[:-4].decode("latin-1")


def _head_too_large(limits: HttpLimits) -> ApiError:
    message = f"The request's head is larger than {limits.head_bytes} bytes."
    return ApiError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, message)


def _parse_head(text: str) -> HttpRequest:
    line, *rest = text.split("\r\n")
    found = _REQUEST_LINE.fullmatch(line)
    if found is None:
        raise invalid("The request line is malformed.")
    method, target, major, minor = found.groups()
    if major != "1":
        message = f"HTTP/{major}.{minor} is not spoken here; use HTTP/1.1."
        raise ApiError(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, message)
    headers = tuple(_parse_header(line) for line in rest)
    return HttpRequest(method=method, target=target, minor=int(minor), headers=headers)


def _parse_header(line: str) -> tuple[str, str]:
    found = _HEADER.fullmatch(line)
    if found is None:
        raise invalid("A header line is malformed.")
    return found[1].lower(), found[2]


async def _read_body(
    reader: asyncio.StreamReader,
    head: HttpRequest,
    limits: HttpLimits,
    interim: Callable[[bytes], None],
) -> bytes:
    chunked = _is_chunked(head)
    length = _content_length(head)
    if chunked and length is not None:
        raise invalid("Content-Length and Transfer-Encoding exclude each other.")
    if length is not None and length > limits.body_bytes:
        raise _body_too_large(limits)
    if head.minor > 0 and "100-continue" in _tokens(head.header("expect")):
        interim(b"HTTP/1.1 100 Continue\r\n\r\n")
    if chunked:
        return await _read_chunks(reader, limits)
    return await reader.readexactly(length) if length else b""


def _is_chunked(head: HttpRequest) -> bool:
    coding = head.header("transfer-encoding")
    if coding is not None and coding.lower() != "chunked":
        message = f"The transfer coding {coding!r} is not known here; only chunked is."
        raise ApiError(HTTPStatus.NOT_IMPLEMENTED, message)
    return coding is not None


def _content_length(head: HttpRequest) -> int | None:
    values = {value for key, value in head.headers if key == "content-length"}
    if not values:
        return None
    if len(values) > 1 or _LENGTH.fullmatch(value := values.pop()) is None:
        raise invalid("The Content-Length is malformed.")
    return int(value)


async def _read_chunks(reader: asyncio.StreamReader, limits: HttpLimits) -> bytes:
    body = bytearray()
    while size := await _chunk_size(reader):
        if len(body) + size > limits.body_bytes:
            raise _body_too_large(limits)
        body += await reader.readexactly(size)
        if await reader.readexactly(2) != b"\r\n":
            raise invalid("A chunk of the body does not end where it says.")
    left = limits.head_bytes
    while (line := await _line(reader)) != b"\r\n":
        left -= len(line)
        if left < 0:
            raise _head_too_large(limits)
    return bytes(body)


async def _chunk_size(reader: asyncio.StreamReader) -> int:
    found = _CHUNK_SIZE.fullmatch(await _line(reader))
    if found is None:
        raise invalid("A chunk's size is malformed.")
    return int(found[1], 16)


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n")
    except asyncio.LimitOverrunError as error:
        raise invalid("A line of the chunked body is too long.") from error


def _body_too_large(limits: HttpLimits) -> ApiError:
    message = f"The request's body is larger than {limits.body_bytes} bytes."
    return ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message, code="request_too_large")


def _tokens(value: str | None) -> set[str]:
    return {token.strip().lower() for token in (value or "").split(",")}

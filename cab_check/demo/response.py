"""A response as pieces: bytes and what happens between them, down to the last byte on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import uuid4

from cab_check import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cab_check.demo.apierror import ApiError

JSON = "application/json"
# HTTP ends these with their head, whatever it says of a length
_BODILESS = frozenset({204, 304})
EVENTS = "text/event-stream; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Wait:
    """Send nothing for so many seconds; `math.inf` hangs until the client or the server ends.

    With `from_request` the time runs from the request's last byte, so that what the server itself
    took does not add to it.
    """

    seconds: float
    from_request: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """End the connection here, in the middle of whatever it was: a FIN, or a RST with `reset`."""

    reset: bool = False


Piece = bytes | Wait | Cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One response, before HTTP's framing.

    `length` None means that it is not known before the end: chunked, or closed by the end of the
    connection with HTTP/1.0. `delay_s` lies between the request's last byte and the head's first.
    A header given here stands in place of the server's own; a `bare` response has no head at all.
    """

    status: int
    media: str
    body: Iterable[Piece]
    length: int | None
    headers: tuple[tuple[str, str], ...] = ()
    delay_s: float = 0.0
    bare: bool = False

    @classmethod
    def whole(
        cls,
        status: int,
        body: bytes,
        *,
        headers: tuple[tuple[str, str], ...] = (),
        delay_s: float = 0.0,
    ) -> Response:
        """Return the response for a JSON body that is known whole."""
        return cls(
            status=status,
            media=JSON,
            body=(body,),
            length=len(body),
            headers=headers,
            delay_s=delay_s,
        )


@dataclass(frozen=True, slots=True)
class Framing:
    """How a request wants its answer: HTTP's minor version, reuse of the connection, no body."""

    minor: int = 1
    keep_alive: bool = False
    head_only: bool = False

    def stays(self, response: Response) -> bool:
        """Say whether the connection can be used again after this response."""
        known = response.length is not None or response.status in _BODILESS
        return self.keep_alive and (known or self.minor > 0)


def refusal(error: ApiError) -> Response:
    """Return the response that says what was wrong with a request."""
    return Response.whole(error.status, error.body(), headers=error.headers)


def pieces(response: Response, framing: Framing) -> Iterator[Piece]:
    """Yield everything that goes out for this response, head and framing included."""
    if response.bare:
        yield from response.body
        return
    if response.delay_s > 0:
        yield Wait(response.delay_s, from_request=True)
    yield _head(response, framing)
    if framing.head_only:
        return
    if response.status in _BODILESS:
        # what happens to the connection happens all the same
        yield from (piece for piece in response.body if not isinstance(piece, bytes))
    elif response.length is None and framing.minor > 0:
        yield from _chunked(response.body)
    else:
        yield from response.body


def _head(response: Response, framing: Framing) -> bytes:
    own = {
        "Date": formatdate(usegmt=True),
        "Server": f"cab-demo/{__version__}",
        "X-Request-Id": f"req_{uuid4().hex}",
        "Content-Type": response.media,
    }
    given = {name.lower() for name, _ in response.headers}
    headers = [(name, own[name]) for name in own if own[name] and name.lower() not in given]
    lines = [
        f"HTTP/1.1 {response.status} {_phrase(response.status)}",
        *(f"{name}: {value}" for name, value in (*headers, *response.headers)),
    ]
    if response.status in _BODILESS:
        pass
    elif response.length is not None:
        lines.append(f"Content-Length: {response.length}")
    elif framing.minor > 0:
        lines.append("Transfer-Encoding: chunked")
    lines.append(f"Connection: {'keep-alive' if framing.stays(response) else 'close'}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unnamed"


def _chunked(body: Iterable[Piece]) -> Iterator[Piece]:
    for piece in body:
        if not isinstance(piece, bytes):
            yield piece
        elif piece:
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"

"""Replay: a tape of one conversation, served again as the endpoint that it was taken from."""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from collections import Counter
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cab_check.demo.apierror import ApiError
from cab_check.demo.request import HttpLimits
from cab_check.demo.response import Cut, Response, Wait, refusal
from cab_check.demo.server import DemoServer
from cab_check.endpoint.taped import End, likeness_of, turn_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from cab_check.demo.request import HttpRequest
    from cab_check.demo.response import Piece
    from cab_check.endpoint.taped import Taped

_CHAT = "/chat/completions"
# these belong to one connection, or are made anew for this one
_OF_THE_HOP = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-length", "date", "content-type"}
)
_ABRUPT: dict[End, Piece] = {
    End.CUT: Cut(),
    End.RESET: Cut(reset=True),
    End.UNREACHED: Cut(reset=True),
    End.SILENT: Wait(math.inf),
    End.STALLED: Wait(math.inf),
    End.LEFT: Wait(math.inf),
}


class Replay:
    """Answers requests from a tape, with its chunks and, unless `fast`, at its times.

    A request whose body is on the tape (durations in it aside) gets what that body got, attempt by
    attempt; any other gets, turn by turn, what came in this turn, and `tell` hears of it. What
    stalled stalls again, `fast` or not. A first turn after a later one begins it all anew.
    """

    def __init__(
        self, tape: Sequence[Taped], *, tell: Callable[[str], None], fast: bool = False
    ) -> None:
        self._tape = tape
        self._tell = tell
        self._fast = fast
        self._served: Counter[int] = Counter()
        self._turn = 0

    @property
    def base_path(self) -> str:
        """Return what the client's base URL has to end in, for the requests to be the same."""
        path = urlsplit(self._tape[0].url).path if self._tape else f"/v1{_CHAT}"
        return path.removesuffix(_CHAT)

    def respond(self, request: HttpRequest) -> Response:
        """Return the recorded response, faults of the connection included."""
        if request.path.endswith("/models"):
            return self._models()
        if request.method != "POST" or not request.path.endswith(_CHAT):
            message = f"There is nothing at {request.method} {request.path} on this tape."
            return refusal(ApiError(HTTPStatus.NOT_FOUND, message, code="unknown_url"))
        number = self._find(request.body)
        if number is None:
            message = f"The tape has no exchange of turn {turn_of(request.body) + 1}."
            self._tell(f"replay: {message}")
            return refusal(ApiError(HTTPStatus.BAD_REQUEST, message, code="tape_ended"))
        taped = self._tape[number]
        if taped.withheld:
            self._tell(f"replay: the body of exchange {number + 1} was withheld: it held a secret")
        return self._response(taped)

    def _find(self, body: bytes) -> int | None:
        """Choose the exchange that answers a body, None when the tape does not go so far."""
        turn = turn_of(body)
        if not turn and self._turn:
            self._served.clear()
        self._turn = turn
        found = self._same(body)
        told = not found
        found = found or [at for at, taped in enumerate(self._tape) if taped.turn == turn]
        if not found:
            return None
        # by the first of them: whichever way it was found, its attempts come in their order
        number = found[self._served[found[0]] % len(found)]
        self._served[found[0]] += 1
        if told:
            self._tell(
                f"replay: a request of turn {turn + 1} is not the recorded one; "
                f"answered with exchange {number + 1} of {len(self._tape)}"
            )
        return number

    def _same(self, body: bytes) -> list[int]:
        """Return the exchanges of this very body, or else of one that only took another time."""
        digest, likeness = hashlib.sha256(body).hexdigest(), likeness_of(body)
        same = [at for at, taped in enumerate(self._tape) if taped.body_sha256 == digest]
        return same or [at for at, taped in enumerate(self._tape) if taped.likeness == likeness]

    def _models(self) -> Response:
        names = dict.fromkeys(taped.model for taped in self._tape if taped.model)
        listed = [{"id": name, "object": "model", "owned_by": "replay"} for name in names]
        return Response.whole(200, json.dumps({"object": "list", "data": listed}).encode())

    def _response(self, taped: Taped) -> Response:
        if taped.status is None:
            return Response(status=0, media="", body=self._ending(taped), length=None, bare=True)
        return Response(
            status=taped.status,
            media=next((v for name, v in taped.headers if name.lower() == "content-type"), ""),
            body=self._body(taped),
            length=None,
            headers=tuple(self._headers(taped)),
            delay_s=0.0 if self._fast else taped.head_ms / 1000,
        )

    @staticmethod
    def _headers(taped: Taped) -> Iterator[tuple[str, str]]:
        for name, value in taped.headers:
            # a body is on the tape as it was decoded, so that only a damaged one is still encoded
            encoded = name.lower() == "content-encoding" and taped.end is not End.DAMAGED
            if name.lower() not in _OF_THE_HOP and not encoded:
                yield name, value

    def _body(self, taped: Taped) -> Iterator[Piece]:
        packer = _packer(taped) if taped.end is End.DAMAGED else None
        for chunk in taped.chunks:
            yield from self._until(chunk.at_ms)
            yield chunk.data if packer is None else _packed(packer, chunk.data)
        if packer is not None:
            # what was sound is packed again, and no block begins like this
            yield _packed(packer, b"") + b"\xff" * 64
        yield from self._ending(taped)

    def _ending(self, taped: Taped) -> Iterator[Piece]:
        yield from self._until(taped.end_ms)
        abrupt = _ABRUPT.get(taped.end)
        if abrupt is not None:
            yield abrupt

    def _until(self, at_ms: float) -> Iterator[Wait]:
        if not self._fast:
            yield Wait(at_ms / 1000, from_request=True)


def _packer(taped: Taped) -> zlib._Compress:
    """Return what packs a body in the encoding that its headers announce."""
    named = (value.lower() for name, value in taped.headers if name.lower() == "content-encoding")
    deflated = "deflate" in named
    return zlib.compressobj(wbits=zlib.MAX_WBITS if deflated else 16 + zlib.MAX_WBITS)


def _packed(packer: zlib._Compress, data: bytes) -> bytes:
    return packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)


@asynccontextmanager
async def serve_replay(replay: Replay, *, port: int = 0) -> AsyncIterator[str]:
    """Serve a tape on 127.0.0.1 until the block is left; yields the base URL to use.

    Raises UsageError when the port cannot be had.
    """
    server = DemoServer(replay.respond, HttpLimits())
    await server.start(port)
    try:
        yield server.url.removesuffix("/v1") + replay.base_path
    finally:
        await server.close()

"""Hall: the quirks of one server, asked one after the other at each step of an answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cab_check.demo import wire
from cab_check.demo.quirks.quirk import Asked, Memory
from cab_check.demo.reply import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cab_check.demo.chat import ChatRequest
    from cab_check.demo.quirks.quirk import Json, Quirk
    from cab_check.demo.reply import Reply
    from cab_check.demo.request import HttpRequest
    from cab_check.demo.response import Piece, Response


@dataclass(frozen=True, slots=True)
class Hall:
    """The active quirks and their memory; without quirks every step leaves all as it is."""

    quirks: tuple[Quirk, ...] = ()
    memory: Memory = field(default_factory=Memory)

    @property
    def tls(self) -> bool:
        """Say whether the server speaks TLS, with a certificate that nobody trusts."""
        return any(quirk.tls for quirk in self.quirks)

    def door(self, http: HttpRequest) -> Response | None:
        """Return what is answered before anybody looks at the request."""
        self.memory.completions += http.path.endswith("/chat/completions")
        answers = (quirk.door(http, self.memory) for quirk in self.quirks if quirk.door)
        return next((answer for answer in answers if answer is not None), None)

    def asked(self, http: HttpRequest) -> Asked:
        """Return a request for a completion as the quirks look at it."""
        return Asked.of(http, self.memory)

    def refuse(self, asked: Asked) -> Response | None:
        """Return what a request for a completion is answered with in the model's place."""
        answers = (quirk.refuse(asked.by(quirk.name)) for quirk in self.quirks if quirk.refuse)
        return next((answer for answer in answers if answer is not None), None)

    def due(self, chat: ChatRequest) -> ChatRequest:
        """Return the request as it is understood here.

        The turns that quirks have cost are to be played again.
        """
        lost = [quirk.turns or 0 for quirk in self.quirks if quirk.loses]
        chat = replace(chat, lost=min(chat.replies, max(lost, default=0)))
        forced = (quirk.streams for quirk in self.quirks if quirk.streams is not None)
        return replace(chat, stream=next(forced, chat.stream))

    def play(self, reply: Reply | Failure, chat: ChatRequest) -> Reply | Failure:
        """Return the turn as it is spoiled."""
        for quirk in self.quirks:
            if quirk.play and quirk.spoils(chat) and not isinstance(reply, Failure):
                reply = quirk.play(reply, chat)
        return reply

    def whole(self, body: Json, chat: ChatRequest) -> object:
        """Return the JSON of an unstreamed answer as it is spoiled."""
        for quirk in self.quirks:
            if quirk.whole and quirk.spoils(chat):
                changed = quirk.whole(body)
                if not isinstance(changed, dict):
                    return changed
                body = changed
        return body

    def stream(
        self, chunks: Iterator[Json], chat: ChatRequest, chunk_delay_s: float
    ) -> Iterator[Piece]:
        """Return the pieces of a streamed answer as they are spoiled."""
        spoiling = [quirk for quirk in self.quirks if quirk.spoils(chat)]
        for quirk in spoiling:
            chunks = quirk.events(chunks) if quirk.events else chunks
        pieces = wire.stream(chunks, chunk_delay_s)
        for quirk in spoiling:
            pieces = quirk.pieces(pieces) if quirk.pieces else pieces
        return pieces

    def answer(self, response: Response, asked: Asked) -> Response:
        """Return the response to a request for a completion as it is spoiled."""
        for quirk in self.quirks:
            response = quirk.answer(response, asked.by(quirk.name)) if quirk.answer else response
        if not asked.failed:
            asked.memory.forget(asked.digest)
        return response

"""Quirk: one way in which real servers differ from the protocol, as hooks around the API."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cab_check.demo.chat import ChatRequest
    from cab_check.demo.reply import Failure, Reply
    from cab_check.demo.request import HttpRequest
    from cab_check.demo.response import Piece, Response

Json = dict[str, Any]


@dataclass(slots=True)
class Memory:
    """What one server remembers from request to request.

    `completions` counts the requests for one. `blocked` says that nothing is answered any more,
    `stopped` that nobody listens.
    """

    completions: int = 0
    blocked: bool = False
    stopped: bool = False
    _failed: dict[str, set[str]] = field(default_factory=dict)

    def first(self, request: str, quirk: str) -> bool:
        """Say whether a quirk has not failed this request yet, and note that it does."""
        failed = self._failed.setdefault(request, set())
        found = quirk not in failed
        failed.add(quirk)
        return found

    def forget(self, request: str) -> None:
        """Let a request that was answered fail again when it comes anew, as another cell's."""
        self._failed.pop(request, None)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a completion, before anybody has checked it; `digest` is its body's.

    `quirk` names the one that is asked, `failed` those that have failed the request.
    """

    http: HttpRequest
    memory: Memory
    fields: Json
    digest: str
    quirk: str = ""
    failed: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, http: HttpRequest, memory: Memory) -> Asked:
        """Read the body as far as it can be read."""
        try:
            value = json.loads(http.body)
        except ValueError:
            value = {}
        digest = hashlib.sha256(http.body).hexdigest()
        return cls(http, memory, value if isinstance(value, dict) else {}, digest)

    def by(self, quirk: str) -> Asked:
        """Return the same request as it is put to one quirk."""
        return replace(self, quirk=quirk)

    @property
    def messages(self) -> list[Json]:
        """Return the messages; what is none is left out."""
        found = self.fields.get("messages")
        return [m for m in found if isinstance(m, dict)] if isinstance(found, list) else []

    @property
    def turn(self) -> int:
        """Return how many assistant turns lie behind."""
        return sum(message.get("role") == "assistant" for message in self.messages)

    def fails_first(self) -> bool:
        """Say whether this very request is to fail: once by each quirk, then it is answered."""
        fails = self.memory.first(self.digest, self.quirk)
        if fails:
            self.failed.append(self.quirk)
        return fails


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirk:
    """One quirk of ENDPOINTS §5 and §6; `row` is its number there, `summary` one sentence.

    The hooks, from the outside in: `door` may answer any request in the API's place, `refuse` one
    for a completion, `play` changes an actor's turn, `whole` the JSON of an unstreamed answer,
    `events` the chunks of a streamed one, `pieces` its bytes, `answer` the response as such.
    With `turns` play, whole, events and pieces spoil only so many first turns; `loses` says that
    the model's own turn is lost with them, so that the actor has to play it again. `streams` says
    that every answer is a stream or none is, `tls` that TLS is spoken.
    """

    name: str
    row: int
    summary: str
    door: Callable[[HttpRequest, Memory], Response | None] | None = None
    refuse: Callable[[Asked], Response | None] | None = None
    play: Callable[[Reply, ChatRequest], Reply | Failure] | None = None
    whole: Callable[[Json], object] | None = None
    events: Callable[[Iterator[Json]], Iterator[Json]] | None = None
    pieces: Callable[[Iterator[Piece]], Iterator[Piece]] | None = None
    answer: Callable[[Response, Asked], Response] | None = None
    turns: int | None = None
    loses: bool = False
    streams: bool | None = None
    tls: bool = False

    def spoils(self, chat: ChatRequest) -> bool:
        """Say whether this turn is one of those that the quirk touches."""
        return self.turns is None or chat.replies < self.turns

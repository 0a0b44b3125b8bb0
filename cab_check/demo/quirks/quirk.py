"""Quirk: one way in which real servers differ from the protocol, as hooks around the API."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field
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
    _seen: Counter[str] = field(default_factory=Counter)

    def nth(self, key: str) -> int:
        """Return how often this key was asked for before, and count it."""
        self._seen[key] += 1
        return self._seen[key] - 1


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a completion, before anybody has checked it."""

    http: HttpRequest
    memory: Memory
    fields: Json

    @classmethod
    def of(cls, http: HttpRequest, memory: Memory) -> Asked:
        """Read the body as far as it can be read."""
        try:
            value = json.loads(http.body)
        except ValueError:
            value = {}
        return cls(http, memory, value if isinstance(value, dict) else {})

    @property
    def messages(self) -> list[Json]:
        """Return the messages; what is none is left out."""
        found = self.fields.get("messages")
        return [m for m in found if isinstance(m, dict)] if isinstance(found, list) else []

    @property
    def turn(self) -> int:
        """Return how many assistant turns lie behind."""
        return sum(message.get("role") == "assistant" for message in self.messages)

    def fails_first(self, times: int = 1) -> bool:
        """Say whether this very request is to fail: so many times, then it is answered."""
        key = hashlib.sha256(self.http.body).hexdigest()
        return self.memory.nth(key) % (times + 1) < times


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

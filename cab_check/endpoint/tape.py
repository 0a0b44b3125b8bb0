"""Tape: every exchange of one conversation, written as it happens (cab.wire/1)."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from cab_check.clock import timestamp
from cab_check.endpoint.held import Held
from cab_check.endpoint.taped import WIRE_SCHEMA, Event, write_bytes
from cab_check.secrets import MASK, printable_url
from cab_check.trace import JsonLines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import httpx

    from cab_check.clock import Clock
    from cab_check.endpoint.taped import End
    from cab_check.secrets import Redactor

# values of these cannot be secrets; of every other header that is sent only the name is kept
_PLAIN = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "content-type", "user-agent"}
)
_NEVER = frozenset({"set-cookie", "www-authenticate", "authorization"})


class Tape(JsonLines):
    """Writes one line an event. No secret is written."""

    def __init__(self, path: Path, *, clock: Clock, redactor: Redactor) -> None:
        super().__init__(path)
        self.path = path
        self._clock = clock
        self._redactor = redactor
        self._exchanges = 0
        self.write_line({"event": Event.TAPE, "schema": WIRE_SCHEMA})

    def begin(self, request: httpx.Request, body: bytes) -> Recording:
        """Write down a request that is about to be sent."""
        self._exchanges += 1
        recording = Recording(self, self._exchanges, clock=self._clock, redactor=self._redactor)
        self.write_line(
            {
                "event": Event.REQUEST,
                "exchange": self._exchanges,
                "at": timestamp(self._clock.now()),
                "method": request.method,
                "url": self._redactor.text(printable_url(str(request.url))),
                "headers": self._headers(request.headers),
                "sha256": hashlib.sha256(body).hexdigest(),
                "body": self._body(body),
            }
        )
        return recording

    def _headers(self, headers: httpx.Headers) -> list[tuple[str, str]]:
        return [
            (name, self._redactor.text(value) if name.lower() in _PLAIN else MASK)
            for name, value in headers.multi_items()
        ]

    def _body(self, body: bytes) -> str:
        """Return a request's body without secrets: taken out of its strings, as JSON has them."""
        text = body.decode("utf-8", "replace")
        try:
            value: object = json.loads(text)
        except (ValueError, RecursionError):
            return self._redactor.text(text)
        hidden = self._redactor.value(value)
        if hidden == value:
            return self._redactor.text(text)
        return self._redactor.text(json.dumps(hidden, ensure_ascii=False, separators=(",", ":")))


class Recording:
    """One exchange on its way to the tape; times count from the request."""

    def __init__(self, tape: Tape, number: int, *, clock: Clock, redactor: Redactor) -> None:
        self._tape = tape
        self._number = number
        self._clock = clock
        self._redactor = redactor
        self._begun = clock.monotonic()
        self._held = Held(redactor)
        self._body_at: int | None = None

    def head(self, response: httpx.Response) -> None:
        """Write down a response's status and headers."""
        headers = [
            (name, MASK if name.lower() in _NEVER else self._redactor.text(value))
            for name, value in response.headers.multi_items()
        ]
        self._write(Event.RESPONSE, self._ms(), status=response.status_code, headers=headers)
        self._body_at = self._tape.position()

    def chunk(self, data: bytes) -> None:
        """Take some bytes of the body; they are written as soon as no secret can begin in them."""
        self._write_chunks(self._held.add(self._ms(), data))

    def end(self, how: End, said: Iterable[str]) -> None:
        """Write down how it ended.

        `said` is what a stream came to. A secret that only shows there was spelled over several
        events, where no search of the bytes finds it: then the whole body is withheld.
        """
        self._write_chunks(self._held.rest())
        spelled = any(self._redactor.holds_secret(text) for text in said)
        if spelled and not self._held.masked and self._body_at is not None:
            self._tape.rewind(self._body_at)
            self._write(Event.WITHHELD, self._ms(), why="a secret is spelled over its events")
        self._write(Event.END, self._ms(), how=how)

    def _write_chunks(self, ready: Iterable[tuple[float, bytes]]) -> None:
        for at_ms, data in ready:
            self._write(Event.CHUNK, at_ms, **write_bytes(data))

    def _write(self, event: Event, at_ms: float, **more: object) -> None:
        self._tape.write_line({"event": event, "exchange": self._number, "ms": at_ms, **more})

    def _ms(self) -> float:
        return round((self._clock.monotonic() - self._begun) * 1000, 3)

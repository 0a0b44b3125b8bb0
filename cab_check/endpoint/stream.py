"""A streamed answer put together: events in, a reply or the reason why there is none out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cab_check.endpoint.error_body import choice_error, find_error, read_error
from cab_check.endpoint.jsonvalue import member, parse_json, whole_number
from cab_check.endpoint.ledger import Oddity
from cab_check.endpoint.reading import BadBody, Draft
from cab_check.endpoint.sse import ErrorData, EventParser

if TYPE_CHECKING:
    from cab_check.endpoint.error_body import ErrorDetail
    from cab_check.endpoint.reading import Reading

_DONE = "[DONE]"
_LOOKS_STREAMED = re.compile(r"\ufeff?\s*(data|event|id|retry)?:")


class StreamAssembly:
    """One streamed answer. It is fed bytes, and says at any time how far it has come.

    `events` counts the events with data, `finished` says that a finish_reason came, `done` that
    [DONE] did; either makes the answer complete. `error` is an error object inside the stream.
    """

    def __init__(self) -> None:
        self.draft = Draft()
        self.events = 0
        self.done = False
        self.error: ErrorDetail | None = None
        self._parser = EventParser()
        self._choices = 0
        self._index: int | None = None

    @property
    def comments(self) -> int:
        """How many SSE comments have come; each shows that the server is alive."""
        return self._parser.comments

    @property
    def finished(self) -> bool:
        """Whether the model has said that it is done."""
        return self.draft.finish_reason is not None

    @property
    def complete(self) -> bool:
        """Whether nothing of the answer itself is missing (ENDPOINTS §1)."""
        return self.error is None and bool(self._choices) and (self.finished or self.done)

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes, cut anywhere."""
        for data in self._parser.feed(chunk):
            self._take(data)

    def close(self) -> None:
        """Take the end of the body."""
        for data in self._parser.close():
            self._take(data)

    def outcome(
        self, taken: frozenset[str], *, want_usage: bool = False
    ) -> Reading | ErrorDetail | BadBody | None:
        """Return what the stream came to; None when it was cut before its end.

        `taken` are the call ids that the conversation uses already; `want_usage` says that usage
        was asked for.
        """
        if self.error is not None:
            return self.error
        if not self.complete:
            return BadBody("a stream without any choice", json=True) if self.done else None
        oddities = self.draft.oddities
        if not self.done:
            oddities.add(Oddity.DONE_MISSING)
        if self._parser.invalid_utf8:
            oddities.add(Oddity.INVALID_UTF8)
        if want_usage and self.draft.usage is None:
            oddities.add(Oddity.STREAM_USAGE_MISSING)
        return self.draft.finish(taken)

    def _take(self, data: str) -> None:
        text = data.strip()
        if self.done or self.error is not None or not text:
            return
        self.events += 1
        if isinstance(data, ErrorData):
            self.error = read_error(text)
            return
        if text == _DONE:
            self.done = True
            return
        try:
            chunk = parse_json(text)
        except ValueError:
            self._take_apart(text)
            return
        self._take_chunk(chunk)

    def _take_apart(self, text: str) -> None:
        """Take data that is no JSON: several events where no empty line parts them, or a note."""
        lines = text.splitlines()
        if len(lines) > 1 and all(line == _DONE or _is_json(line) for line in lines):
            self.draft.oddities.add(Oddity.EVENTS_UNPARTED)
            for line in lines:
                self._take(line)
        else:
            self.draft.oddities.add(Oddity.DATA_NOT_JSON)

    def _first(self, choices: list[dict[object, object]]) -> object:
        """Return the choice of index 0, or of the one index there is: others are other answers."""
        if len(choices) == 1 and self._index == 0 and choices[0].get("index") == 0:
            # nearly every chunk of nearly every server
            return choices[0]
        found = {whole_number(choice.get("index")) or 0: choice for choice in choices}
        if self._index is None and found:
            self._index = 0 if 0 in found else next(iter(found))
        if found.keys() - {self._index}:
            self.draft.oddities.add(Oddity.CHOICES_UNASKED)
            if 0 in found and self._index != 0:
                self._index = 0
                self.draft = self.draft.begun_anew()
        return None if self._index is None else found.get(self._index)

    def _take_chunk(self, chunk: object) -> None:
        self.draft.add_envelope(chunk)
        self.error = find_error(chunk)
        choices = member(chunk, "choices")
        found = [c for c in choices if isinstance(c, dict)] if isinstance(choices, list) else []
        choice = self._first(found)
        if self.error is not None:
            return
        if choice is None:
            if not found and not member(chunk, "usage"):
                self.draft.oddities.add(Oddity.CHUNK_EMPTY)
            return
        self._choices += 1
        self.draft.add_choice(choice, streamed=True)
        self.error = choice_error(choice)


def looks_streamed(text: str) -> bool:
    """Say whether a body is a stream of events, whatever its content type says."""
    return _LOOKS_STREAMED.match(text) is not None


def _is_json(line: str) -> bool:
    try:
        parse_json(line)
    except ValueError:
        return False
    return True

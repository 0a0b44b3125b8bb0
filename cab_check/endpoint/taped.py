"""cab.wire/1: the lines of a tape, and the exchanges that are read back from them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from cab_check.endpoint.jsonvalue import member, parse_json, string, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

WIRE_SCHEMA = "cab.wire/1"
_DURATION = re.compile(rb"\b\d+(\.\d+)? ?(s|ms|us|ns|sec|secs|seconds)\b")
_PAIR = 2


class Event(StrEnum):
    """What one line of a tape tells."""

    TAPE = "tape"
    REQUEST = "request"
    RESPONSE = "response"
    CHUNK = "chunk"
    WITHHELD = "withheld"
    END = "end"


class End(StrEnum):
    """How an exchange ended, as far as a server can play it again.

    The body came whole; the client had ENOUGH of it; the server went SILENT with the connection
    open after all that was needed; it STALLED until a timer fired; the connection was CUT, RESET or
    never there (UNREACHED); the body's encoding was DAMAGED; the cell ended first (LEFT).
    """

    WHOLE = "whole"
    ENOUGH = "enough"
    SILENT = "silent"
    STALLED = "stalled"
    CUT = "cut"
    RESET = "reset"
    UNREACHED = "unreached"
    DAMAGED = "damaged"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class TapedChunk:
    """Some bytes of a body, and how many ms after the request's beginning they came."""

    at_ms: float
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Taped:
    """One exchange as it was recorded; `status` None means that no response began.

    `turn` counts the assistant's messages in the request: how far its conversation had come.
    `likeness` is the digest of its body without the durations in it (see likeness_of).
    """

    method: str
    url: str
    model: str
    turn: int
    body_sha256: str
    likeness: str
    status: int | None
    headers: tuple[tuple[str, str], ...]
    head_ms: float
    chunks: tuple[TapedChunk, ...]
    end: End
    end_ms: float
    withheld: bool = False


@dataclass(slots=True)
class _Lines:
    """The lines of one exchange, before they are made one value."""

    request: object
    response: object = None
    chunks: list[TapedChunk] = field(default_factory=list)
    end: object = None
    withheld: bool = False

    def taped(self) -> Taped:
        said = string(member(self.request, "body"))
        return Taped(
            method=string(member(self.request, "method")),
            url=string(member(self.request, "url")),
            model=_model(said),
            turn=turn_of(said),
            body_sha256=string(member(self.request, "sha256")),
            likeness=likeness_of(said.encode("utf-8", "replace")),
            status=whole_number(member(self.response, "status")),
            headers=_headers(member(self.response, "headers")),
            head_ms=_ms(self.response),
            chunks=tuple(self.chunks),
            end=_end(self.end),
            end_ms=_ms(self.end),
            withheld=self.withheld,
        )


def read_tape(content: bytes) -> tuple[Taped, ...]:
    """Read a tape back, in its order; a line that is no JSON (a kill cut it) is passed over.

    ValueError when it is no tape that this version reads.
    """
    values = list(_values(content))
    if not values or member(values[0], "schema") != WIRE_SCHEMA:
        raise ValueError(f"it is no tape of schema {WIRE_SCHEMA}")
    exchanges: dict[int, _Lines] = {}
    for value in values[1:]:
        number = whole_number(member(value, "exchange")) or 0
        if member(value, "event") == Event.REQUEST:
            exchanges[number] = _Lines(value)
        elif number in exchanges:
            _add(exchanges[number], value)
    return tuple(lines.taped() for lines in exchanges.values())


def turn_of(body: str | bytes) -> int:
    """Count the assistant's messages in a request's body; 0 for what is no such request."""
    try:
        messages = member(json.loads(body), "messages")
    except (ValueError, RecursionError):
        return 0
    found = messages if isinstance(messages, list) else []
    return sum(member(message, "role") == "assistant" for message in found)


def likeness_of(body: bytes) -> str:
    """Return the digest of a body in which every duration is the same.

    What a test runner prints differs from run to run by how long it took, and by nothing else.
    """
    return hashlib.sha256(_DURATION.sub(b"0s", body)).hexdigest()


def write_bytes(data: bytes) -> dict[str, str]:
    """Return the member that holds bytes in a line: text where they are some, else base64."""
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _values(content: bytes) -> Iterator[object]:
    for line in content.split(b"\n"):
        try:
            yield parse_json(line.decode())
        except ValueError:
            continue


def _add(lines: _Lines, value: object) -> None:
    match member(value, "event"):
        case Event.RESPONSE:
            lines.response = value
        case Event.CHUNK:
            lines.chunks.append(TapedChunk(_ms(value), _bytes(value)))
        case Event.WITHHELD:
            lines.withheld = True
        case Event.END:
            lines.end = value


def _bytes(value: object) -> bytes:
    encoded = string(member(value, "base64"))
    if not encoded:
        return string(member(value, "text")).encode("utf-8", "replace")
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _ms(value: object) -> float:
    found = member(value, "ms")
    return float(found) if isinstance(found, int | float) and found >= 0 else 0.0


def _end(value: object) -> End:
    how = string(member(value, "how"))
    return End(how) if how in frozenset(End) else End.LEFT


def _headers(value: object) -> tuple[tuple[str, str], ...]:
    pairs = value if isinstance(value, list) else []
    return tuple(
        (string(pair[0]), string(pair[1]))
        for pair in pairs
        if isinstance(pair, list) and len(pair) == _PAIR
    )


def _model(body: str) -> str:
    try:
        return string(member(json.loads(body), "model"))
    except (ValueError, RecursionError):
        return ""

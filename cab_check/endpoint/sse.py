"""Server-sent events out of bytes, in whatever pieces the network brings them."""

from __future__ import annotations

import re

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BOM = b"\xef\xbb\xbf"


class ErrorData(str):
    """The data of an event that calls itself an error."""

    __slots__ = ()


class EventParser:
    """Turns chunks of bytes into the data of events.

    Bytes are decoded only when an event is complete, so a character may be split anywhere. Comments
    are counted; so are events whose bytes were no UTF-8 (these are replaced). The data of an event
    of the type `error` is an ErrorData. Memory is bounded by whoever bounds the bytes that are fed.
    """

    def __init__(self) -> None:
        self.comments = 0
        self.invalid_utf8 = 0
        self._pending: list[bytes] = []
        self._data: list[bytes] = []
        self._of_error = False
        self._started = False

    def feed(self, chunk: bytes) -> list[str]:
        """Take a chunk and return the data of the events that it completed."""
        if b"\n" not in chunk and b"\r" not in chunk:
            self._pending.append(chunk)
            return []
        self._pending.append(chunk)
        text = b"".join(self._pending)
        if not self._started:
            self._started = True
            text = text.removeprefix(_BOM)
        # a carriage return at the very end may be half of a CRLF: it waits for the next chunk
        held = text.endswith(b"\r")
        lines = _split(text[:-1] if held else text)
        rest = lines.pop() + (b"\r" if held else b"")
        self._pending = [rest] if rest else []
        return self._events(lines)

    def close(self) -> list[str]:
        """Return the event that the end of the body left without its blank line, if any."""
        text = b"".join(self._pending)
        self._pending = []
        lines = _LINE_END.split(text if self._started else text.removeprefix(_BOM))
        return self._events([*lines, b""])

    def _events(self, lines: list[bytes]) -> list[str]:
        events: list[str] = []
        for line in lines:
            if not line:
                if self._data:
                    data = self._decode(b"\n".join(self._data))
                    events.append(ErrorData(data) if self._of_error else data)
                    self._data = []
                self._of_error = False
            elif line.startswith(b":"):
                self.comments += 1
            else:
                name, _, value = line.partition(b":")
                if name == b"data":
                    self._data.append(value.removeprefix(b" "))
                elif name == b"event":
                    self._of_error = value.strip() == b"error"
        return events

    def _decode(self, data: bytes) -> str:
        try:
            return data.decode()
        except UnicodeDecodeError:
            self.invalid_utf8 += 1
            return data.decode(errors="replace")


def _split(text: bytes) -> list[bytes]:
    # what nearly every server sends needs no pattern
    return _LINE_END.split(text) if b"\r" in text else text.split(b"\n")

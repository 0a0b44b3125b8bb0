"""Held: the end of a body, kept back until no secret can stand across it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.secrets import MASK

if TYPE_CHECKING:
    from cab_check.secrets import Redactor


class Held:
    """Searches the chunks of a body as if they were joined, and cuts them again where they were.

    A chunk is let go once so many bytes have come after it that no secret that begins in it can
    be incomplete. A secret's mask stands in the chunk in which it began. `masked` counts them.
    """

    def __init__(self, redactor: Redactor) -> None:
        self.masked = 0
        self._redactor = redactor
        self._longest = redactor.longest_bytes
        self._chunks: list[tuple[float, bytes]] = []
        self._size = 0

    def add(self, at_ms: float, data: bytes) -> list[tuple[float, bytes]]:
        """Take a chunk; return those that may be written, in their order."""
        self._chunks.append((at_ms, data))
        self._size += len(data)
        count = end = 0
        for _, chunk in self._chunks:
            if self._size - (end + len(chunk)) < self._longest - 1:
                break
            end += len(chunk)
            count += 1
        return self._let_go(count, end)

    def rest(self) -> list[tuple[float, bytes]]:
        """Return what is left, at the end of the body."""
        return self._let_go(len(self._chunks), self._size)

    def _let_go(self, count: int, end: int) -> list[tuple[float, bytes]]:
        """Mask the secrets that begin before `end`, and hand out the first `count` chunks."""
        if not count:
            return []
        self._mask(end)
        ready, self._chunks = self._chunks[:count], self._chunks[count:]
        self._size = sum(len(data) for _, data in self._chunks)
        return ready

    def _mask(self, end: int) -> None:
        joined = b"".join(data for _, data in self._chunks)
        spans = [span for span in self._redactor.spans(joined) if span[0] < end]
        self.masked += len(spans)
        for start, stop in reversed(spans):
            self._cut(start, stop)

    def _cut(self, start: int, stop: int) -> None:
        """Take one span out of the chunks that it lies in; the mask goes into the first."""
        begin = 0
        mask = MASK.encode()
        for number, (at_ms, data) in enumerate(self._chunks):
            finish = begin + len(data)
            if begin < stop and start < finish:
                left = data[: max(0, start - begin)]
                right = data[max(0, stop - begin) :] if stop < finish else b""
                self._chunks[number] = (at_ms, left + mask + right)
                mask = b""
            begin = finish

"""Bodies unpacked a bounded piece at a time, whatever a few bytes of them would grow to."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx

PIECE_BYTES = 64 * 1024
_GZIP = b"\x1f\x8b"
# how a plain answer begins, whole or streamed; packed bytes hardly ever do
_PLAIN = re.compile(rb"\s|[{\[<]|da|ev|id|re|: ?|\xef\xbb")
_WBITS = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class Unpacker:
    """Undoes the content encoding that a response announces.

    `wrong` names an encoding that was announced and is not there, or that nobody asked for: then
    the bytes are handed on as they came. Raises httpx.DecodingError for what cannot be unpacked.
    """

    def __init__(self, announced: str) -> None:
        name = announced.strip().lower()
        self.wrong: str | None = None
        self._name = "" if name == "identity" else name
        self._head: bytes | None = b""
        self._wbits = _WBITS.get(self._name)
        self._packed = None if self._wbits is None else zlib.decompressobj(self._wbits)
        if self._name and self._packed is None:
            self.wrong = name

    async def unpacked(self, response: httpx.Response) -> AsyncIterator[bytes]:
        """Yield the body in pieces of at most PIECE_BYTES, or as it came where it is not packed."""
        if response.is_stream_consumed:
            # whatever transport has read it whole has unpacked it, too
            async for chunk in response.aiter_bytes():
                yield chunk
            return
        async for chunk in response.aiter_raw():
            for piece in self._pieces(chunk):
                yield piece

    def _pieces(self, chunk: bytes) -> Iterator[bytes]:
        if self._packed is None:
            yield chunk
            return
        if self._head is not None:
            chunk = self._head = self._head + chunk
            if len(chunk) < len(_GZIP):
                return
            self._head = None
            self._begin(chunk)
        yield from self._inflated(chunk)

    def _begin(self, head: bytes) -> None:
        """Tell by the first two bytes whether it is packed at all, and in which form of deflate."""
        if self._name != "deflate":
            plain = not head.startswith(_GZIP) and _PLAIN.match(head) is not None
        else:
            plain = _PLAIN.match(head) is not None
            if (head[0] << 8 | head[1]) % 31 or head[0] & 0x0F != zlib.DEFLATED:
                # RFC 1951 alone, without RFC 1950 around it, as some servers understand the name
                self._wbits = -zlib.MAX_WBITS
                self._packed = zlib.decompressobj(self._wbits)
        if plain:
            self._packed, self.wrong = None, self._name

    def _inflated(self, data: bytes) -> Iterator[bytes]:
        if self._packed is None:
            yield data
            return
        full = False
        while data or full:
            piece = self._inflate(data)
            if piece:
                yield piece
            full = len(piece) == PIECE_BYTES
            data = self._packed.unconsumed_tail
            if self._packed.eof:
                data, full = self._packed.unused_data, False
                if not data.startswith(_GZIP):
                    return
                # RFC 1952 allows another member after the first
                self._packed = zlib.decompressobj(self._wbits or 0)

    def _inflate(self, data: bytes) -> bytes:
        import httpx  # noqa: PLC0415 - costs start-up time

        if self._packed is None:
            return data
        try:
            return self._packed.decompress(data, PIECE_BYTES)
        except zlib.error as error:
            raise httpx.DecodingError(str(error)) from error

"""Read what a file holds: its digest, and its data without its holes.

A file of up to 1 MiB has the SHA-256 of its bytes. A longer one has the SHA-256 of its size and of
each 64 KiB block that is not all zeros, with its offset: two files have the same digest exactly if
their bytes are the same, whatever is allocated, and a sparse file of a TiB takes no time.
"""

from __future__ import annotations

import errno
import hashlib
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL_BYTES: Final = 1024 * 1024
_BLOCK: Final = 64 * 1024
_ZEROS: Final = bytes(_BLOCK)


def read_whole(fd: int, most: int) -> bytes:
    """Read an open file to its end, or `most` bytes of it."""
    data = os.read(fd, most)
    while len(data) < most and (more := os.read(fd, most - len(data))):
        data += more
    return data


def digest_file(fd: int, size: int) -> str:
    """Hash an open regular file, in hexadecimal."""
    if size <= SMALL_BYTES:
        return hashlib.sha256(read_whole(fd, size)).hexdigest()
    digest = LongDigest(size)
    for offset, block in data_blocks(fd, size):
        digest.update(offset, block)
    return digest.hexdigest()


class LongDigest:
    """The digest of a file longer than SMALL_BYTES, from its blocks that are not all zeros."""

    __slots__ = ("_sha256",)

    def __init__(self, size: int) -> None:
        self._sha256 = hashlib.sha256(b"blocks\0%d\0" % size)

    def update(self, offset: int, block: bytes) -> None:
        """Take in the next block."""
        self._sha256.update(b"%d\0" % offset)
        self._sha256.update(block)

    def hexdigest(self) -> str:
        """Return the digest in hexadecimal."""
        return self._sha256.hexdigest()


def data_blocks(fd: int, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield offset and bytes of each aligned 64 KiB block that is not all zeros; skip holes."""
    for start, end in _extents(fd, size):
        for offset in range(start, end, _BLOCK):
            block = os.pread(fd, min(_BLOCK, size - offset), offset)
            if block and block != _ZEROS[: len(block)]:
                yield offset, block


def _extents(fd: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches that hold data, widened to whole blocks, in order, never twice."""
    position = 0
    while position < size:
        try:
            data = os.lseek(fd, position, os.SEEK_DATA)
            hole = os.lseek(fd, data, os.SEEK_HOLE)
        except OSError as error:
            if error.errno != errno.ENXIO:
                yield position, size
            return
        end = -(-min(hole, size) // _BLOCK) * _BLOCK
        yield data - data % _BLOCK, end
        position = end

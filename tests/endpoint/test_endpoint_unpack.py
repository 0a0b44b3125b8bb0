"""Bodies unpacked: bounded pieces, any cut, and encodings that are announced and not there."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.endpoint.faults import FaultKind
from cab_check.endpoint.message import Answered, Unanswered
from cab_check.endpoint.unpack import PIECE_BYTES, Unpacker
from tests.endpoint.endpoint_stage import (
    PLAIN_STREAM,
    head,
    message,
    on_stage,
    raw_server,
    settings,
    sse,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_PLAIN = json.dumps({"text": "crabs and claws " * 40}).encode()


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


_PACKED = {
    "gzip": ("gzip", gzip.compress(_PLAIN)),
    "two members": ("x-gzip", gzip.compress(_PLAIN[:99]) + gzip.compress(_PLAIN[99:])),
    "deflate": ("deflate", zlib.compress(_PLAIN)),
    "raw deflate": ("deflate", _raw_deflate(_PLAIN)),
    "identity": ("identity", _PLAIN),
}


class _Chunks(httpx.AsyncByteStream):
    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk


async def _unpacked(unpacker: Unpacker, *chunks: bytes) -> list[bytes]:
    response = httpx.Response(200, stream=_Chunks(list(chunks)))
    return [piece async for piece in unpacker.unpacked(response)]


def _cut(data: bytes, cuts: list[int]) -> list[bytes]:
    ends = sorted({*(cut % (len(data) + 1) for cut in cuts), len(data)})
    return [data[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]


@pytest.mark.parametrize("name", _PACKED)
@given(cuts=st.lists(st.integers(0, 2000), max_size=20))
async def test_a_packed_body_is_the_same_under_any_chunks(name: str, cuts: list[int]) -> None:
    """Wherever the network cuts."""
    announced, packed = _PACKED[name]
    unpacker = Unpacker(announced)
    assert b"".join(await _unpacked(unpacker, *_cut(packed, cuts))) == _PLAIN
    assert unpacker.wrong is None


@pytest.mark.parametrize("announced", ["gzip", "deflate", "br", "zstd", "gzip, br"])
@given(cuts=st.lists(st.integers(0, 2000), max_size=20))
async def test_a_plain_body_that_is_said_to_be_packed(announced: str, cuts: list[int]) -> None:
    """It is read as it came, and the announcement is known to be wrong."""
    for body in (_PLAIN, sse(*PLAIN_STREAM)):
        unpacker = Unpacker(announced)
        assert b"".join(await _unpacked(unpacker, *_cut(body, cuts))) == body
        assert unpacker.wrong == announced


async def test_a_bomb_is_unpacked_in_pieces() -> None:
    """No chunk, however much it would grow to, is more than a piece at a time."""
    size = 300 * PIECE_BYTES
    response = httpx.Response(200, stream=_Chunks([gzip.compress(b" " * size)]))
    sizes = [len(piece) async for piece in Unpacker("gzip").unpacked(response)]
    assert sum(sizes) == size
    assert max(sizes) <= PIECE_BYTES


@pytest.mark.parametrize("announced", ["gzip", "deflate"])
async def test_what_cannot_be_unpacked_is_an_error(announced: str) -> None:
    """Nobody guesses at it."""
    with pytest.raises(httpx.DecodingError):
        await _unpacked(Unpacker(announced), b"\x1f\x8b\x08\x00" + b"\xff" * 40)


async def test_a_wrong_encoding_costs_an_entry_and_no_answer() -> None:
    """What is plain all the same is read; what is not is named by what it announces."""
    body = json.dumps(message(content="ok")).encode()
    plain = [head("200 OK", "application/json", "Content-Encoding: zstd"), body]
    packed = [head("200 OK", "application/json", "Content-Encoding: br"), b"\x8b\x02\x80\xff\x03"]
    async with raw_server(plain) as server, on_stage(settings(server.url)) as stage:
        assert isinstance(await stage.ask(), Answered)
        assert stage.ledger()["content-encoding-wrong"] == 1
    async with raw_server(packed) as server, on_stage(settings(server.url)) as stage:
        heard = await stage.ask()
        assert isinstance(heard, Unanswered)
        assert heard.fault.kind is FaultKind.NOT_JSON
        assert "it announces the encoding br" in heard.fault.message

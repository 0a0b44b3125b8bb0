"""A request is read the same however its bytes are cut, and any bytes at all do no harm."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from cab_check.demo.apierror import ApiError
from cab_check.demo.request import HttpLimits, HttpRequest, read_request

BODIES = st.binary(max_size=200)
CUTS = st.lists(st.integers(1, 40), max_size=30)
PARTS = [
    b"GET ",
    b"/ ",
    b"HTTP/1.1",
    b"\r\n",
    b"\r\n\r\n",
    b"Content-Length: 3",
    b"Transfer-Encoding: chunked",
    b"Expect: 100-continue",
    b"0",
    b":",
    b"abc",
    b"\xff",
    b"a" * 900,
]
LIMITS = HttpLimits(head_bytes=2000, body_bytes=5000)


def read(data: bytes, cuts: list[int]) -> list[HttpRequest | ApiError | None]:
    """Read requests to the end of the data, fed in pieces of these sizes."""

    async def reading() -> list[HttpRequest | ApiError | None]:
        reader = asyncio.StreamReader(limit=LIMITS.head_bytes)

        async def feed() -> None:
            at = 0
            for size in [*cuts, len(data)]:
                if at < len(data):
                    reader.feed_data(data[at : at + size])
                    at += size
                    await asyncio.sleep(0)
            reader.feed_eof()

        found: list[HttpRequest | ApiError | None] = []
        async with asyncio.TaskGroup() as group:
            group.create_task(feed())
            while not found or isinstance(found[-1], HttpRequest):
                found.append(await outcome(reader))
        return found

    return asyncio.run(reading())


async def outcome(reader: asyncio.StreamReader) -> HttpRequest | ApiError | None:
    """Read one request, or what it was refused with; None at the end."""
    try:
        return await read_request(reader, LIMITS, lambda _: None)
    except ApiError as error:
        return error
    except asyncio.IncompleteReadError:
        return None


@settings(deadline=None)
@given(BODIES, BODIES, CUTS, st.integers(1, 50))
def test_two_requests_under_any_cutting(
    first: bytes, second: bytes, cuts: list[int], size: int
) -> None:
    """A body with a length and one in chunks come out as they went in, whatever the cuts."""
    chunks = [second[at : at + size] for at in range(0, len(second), size)]
    data = b"POST /a?b HTTP/1.1\r\nX-One:  two \r\nContent-Length: %d\r\n\r\n%b" % (
        len(first),
        first,
    )
    data += b"\r\nPUT /c HTTP/1.0\r\ntransfer-encoding: Chunked\r\n\r\n"
    data += b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    one, two, end = read(data, cuts)
    assert isinstance(one, HttpRequest)
    assert isinstance(two, HttpRequest)
    assert (one.method, one.path, one.header("x-one"), one.body) == ("POST", "/a", "two", first)
    assert (two.method, two.minor, two.body, two.keep_alive) == ("PUT", 0, second, False)
    assert end is None


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(PARTS) | st.binary(max_size=10),
        max_size=25,
    ).map(b"".join),
    CUTS,
)
def test_any_bytes_are_read_or_refused(data: bytes, cuts: list[int]) -> None:
    """Whatever comes, it ends in requests, a refusal below 600, or the end of the connection."""
    last = read(data, cuts)[-1]
    assert last is None or (isinstance(last, ApiError) and 400 <= last.status < 600)

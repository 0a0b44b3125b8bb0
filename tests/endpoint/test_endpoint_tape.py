"""The tape: every exchange as it happens, without a secret, readable after a kill."""

from __future__ import annotations

import asyncio
import gzip
import json
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.endpoint.held import Held
from cab_check.endpoint.keep import Keep
from cab_check.endpoint.tape import Tape
from cab_check.endpoint.taped import End, read_tape
from cab_check.secrets import MASK, Redactor
from tests.endpoint.endpoint_stage import (
    ABORT,
    HANG,
    KEY,
    PLAIN_STREAM,
    QUESTION,
    RESET,
    TOOLS,
    Script,
    SwiftClock,
    answer,
    chunk,
    framed,
    head,
    message,
    on_stage,
    quick,
    raw_server,
    settings,
    sse,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.endpoint.taped import Taped
    from cab_check.settings import EndpointSettings
    from tests.endpoint.endpoint_stage import Step


async def _record(
    path: Path,
    used: EndpointSettings,
    transport: httpx.AsyncBaseTransport | None = None,
    heard: Callable[[bytes | None], None] | None = None,
) -> tuple[Taped, ...]:
    """Ask once with a tape and read it back; what a kill would leave is looked at on the way."""
    async with on_stage(used, transport) as stage:
        with Tape(path, clock=SwiftClock(), redactor=Redactor([KEY])) as tape:
            conversation = stage.client.conversation(keep=Keep(tape, heard=heard))
            async with asyncio.timeout(10):
                await conversation.ask(
                    QUESTION, TOOLS, left_s=60, where="turn 1", on_retry=lambda _: None
                )
            assert read_tape(_content(path))[-1].end is not End.LEFT
        assert tape.lost is None
    assert KEY.encode() not in _content(path)
    return read_tape(_content(path))


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


async def test_an_exchange_is_taken_down_whole(tmp_path: Path) -> None:
    """The request, the head, each chunk where it was cut, the times in their order, the end."""
    events = [sse(event, done=False) for event in PLAIN_STREAM]
    script = [head(chunked=True), *(framed(event) for event in events), framed(b"")]
    async with raw_server([step for part in script for step in (part, 0.01)]) as server:
        used = settings(server.url, stream=True)
        (taped,) = await _record(tmp_path / "wire.jsonl", used)
        body = server.requests[0].partition(b"\r\n\r\n")[2]
    assert (taped.method, taped.status, taped.end) == ("POST", 200, End.WHOLE)
    assert taped.url == f"{server.url}/chat/completions"
    assert (taped.model, taped.turn) == ("m-1", 0)
    assert ("content-type", "text/event-stream") in [(n.lower(), v) for n, v in taped.headers]
    assert [part.data for part in taped.chunks] == events
    times = [0.0, taped.head_ms, *(part.at_ms for part in taped.chunks), taped.end_ms]
    assert times == sorted(times)
    request = _lines(tmp_path)[1]
    assert request["body"] == body.decode()
    assert ["authorization", MASK] in request["headers"]
    assert (tmp_path / "wire.jsonl").stat().st_mode & 0o777 == 0o600


def _lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "wire.jsonl").read_bytes().splitlines()]


_PART = sse(chunk({"content": "x"}), done=False)
_WHOLE = sse(*PLAIN_STREAM)


@pytest.mark.parametrize(
    ("script", "end", "status"),
    [
        pytest.param([head(), _WHOLE], End.WHOLE, 200, id="whole"),
        pytest.param([head(), _WHOLE, HANG], End.SILENT, 200, id="left-open"),
        pytest.param([head(), _PART, HANG], End.STALLED, 200, id="idle"),
        pytest.param([head(), HANG], End.STALLED, 200, id="first-event"),
        pytest.param([HANG], End.STALLED, None, id="no-head"),
        pytest.param([head(chunked=True), framed(_PART), ABORT], End.CUT, 200, id="cut"),
        pytest.param([head(chunked=True), framed(_PART), RESET], End.RESET, 200, id="reset"),
        pytest.param([ABORT], End.CUT, None, id="cut-before-the-head"),
        pytest.param(
            [head(), sse({"error": {"code": 402}}, done=False), HANG],
            End.ENOUGH,
            200,
            id="error-in-the-stream",
        ),
        pytest.param([head("500 Oh"), b"{}", HANG], End.SILENT, 500, id="error-left-open"),
        pytest.param(
            [head("200 OK", "text/event-stream", "Content-Encoding: gzip"), b"not gzip"],
            End.DAMAGED,
            200,
            id="damaged",
        ),
    ],
)
async def test_faults_are_taken_down_as_they_came(
    tmp_path: Path, script: list[Step], end: End, status: int | None
) -> None:
    """How it ended is on the tape, so that it can end so again."""
    # a short timer only where it is to fire: a busy machine may be slow
    began = _PART in script
    short = {"idle_s" if began else "first_event_s": 0.05} if end is End.STALLED else {}
    timers = quick(**short)
    async with raw_server(script) as server:
        used = settings(server.url, stream=True, timers=timers, attempts=1)
        (taped,) = await _record(tmp_path / "wire.jsonl", used)
    assert (taped.end, taped.status) == (end, status)


async def test_nobody_there_and_retries_are_taken_down_too(tmp_path: Path) -> None:
    """One exchange each."""
    async with raw_server([HANG]) as server:
        url = server.url
    taped = await _record(tmp_path / "wire.jsonl", settings(url, attempts=3))
    assert [(one.end, one.status) for one in taped] == [(End.UNREACHED, None)] * 3


async def test_a_cell_that_ends_first_leaves_a_readable_tape(tmp_path: Path) -> None:
    """Cancelled in mid-stream: what came until then is there, line by line."""
    path = tmp_path / "wire.jsonl"
    async with raw_server([head(), _PART, HANG]) as server:
        begun = asyncio.Event()
        used = settings(server.url, stream=True)

        def heard(chunk: bytes | None) -> None:
            if chunk is not None:
                begun.set()

        task = asyncio.create_task(_record(path, used, heard=heard))
        async with asyncio.timeout(10):
            await begun.wait()
        (killed,) = read_tape(_content(path))
        assert (killed.status, killed.end) == (200, End.LEFT)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    (taped,) = read_tape(_content(path))
    assert taped.end is End.LEFT
    assert b"".join(part.data for part in taped.chunks) in {b"", _PART}
    assert read_tape(_content(path)[:-7])[0].end is End.LEFT


async def test_a_compressed_body_is_searched_too(tmp_path: Path) -> None:
    """It is taken down as it was read, so that a secret cannot hide in it."""
    body = gzip.compress(json.dumps(message(content=f"your key is {KEY}")).encode())
    response = httpx.Response(
        200, content=body, headers={"content-type": "application/json", "content-encoding": "gzip"}
    )
    (taped,) = await _record(tmp_path / "wire.jsonl", settings(), _plays(response))
    assert f"your key is {MASK}".encode() in b"".join(part.data for part in taped.chunks)


def _plays(response: httpx.Response) -> httpx.MockTransport:
    def handle(_: httpx.Request) -> httpx.Response:
        return httpx.Response(
            response.status_code, headers=response.headers, stream=response.stream
        )

    return httpx.MockTransport(handle)


async def test_bytes_that_are_no_text_are_kept(tmp_path: Path) -> None:
    """Half a character at a chunk's end comes back as it was."""
    data = json.dumps(message(content="Zoë"), ensure_ascii=False).encode()
    half = data.index("ë".encode()) + 1
    script = [head(kind="application/json", chunked=True), framed(data[:half]), 0.02]
    async with raw_server([*script, framed(data[half:]), framed(b"")]) as server:
        (taped,) = await _record(tmp_path / "wire.jsonl", settings(server.url))
    assert [part.data for part in taped.chunks] == [data[:half], data[half:]]
    assert sum("base64" in line for line in _lines(tmp_path)) == 2


async def test_a_secret_over_chunks_headers_and_the_request(tmp_path: Path) -> None:
    """Searched joined and cut where it was; only known headers keep their values."""
    path = tmp_path / "wire.jsonl"
    text = sse(chunk({"content": f"<{KEY}>"}, "stop"))
    cut = text.index(KEY.encode()) + 5
    parts = [text[:cut], text[cut : cut + 4], text[cut + 4 :]]
    steps = [step for part in parts for step in (framed(part), 0.01)]
    script = [head("200 OK", "text/event-stream", f"X-Echo: {KEY}", chunked=True), *steps]
    async with raw_server([*script, framed(b"")]) as server:
        used = settings(
            f"{server.url}?api={KEY}", stream=True, headers=(("X-Team", "team-secret"),)
        )
        (taped,) = await _record(path, used)
    assert len(taped.chunks) == 3
    joined = b"".join(part.data for part in taped.chunks)
    assert joined == text.replace(KEY.encode(), MASK.encode())
    assert b"team-secret" not in _content(path)
    assert dict(taped.headers)["x-echo"] == MASK


async def test_a_secret_that_is_spelled_withholds_the_body(tmp_path: Path) -> None:
    """No search of the bytes finds it, event by event; what the stream came to has it."""
    spelled = [chunk({"content": letter}) for letter in KEY]
    script = Script([answer(sse(*spelled, chunk({}, "stop")))])
    (taped,) = await _record(tmp_path / "wire.jsonl", settings(stream=True), script.transport)
    assert taped.withheld
    assert taped.chunks == ()
    assert taped.end is End.WHOLE


async def test_a_key_in_the_history_is_not_on_the_tape(tmp_path: Path) -> None:
    """A short one is hidden where it is a whole value of the request's JSON."""
    with Tape(tmp_path / "wire.jsonl", clock=SwiftClock(), redactor=Redactor(["none"])) as tape:
        request = httpx.Request("POST", "http://127.0.0.1:9/v1/chat/completions")
        tape.begin(request, b'{"a":"none","b":"none of it"}').end(End.WHOLE, ())
        tape.begin(request, b"none of it is JSON").end(End.WHOLE, ())
    bodies = [line["body"] for line in _lines(tmp_path) if "body" in line]
    assert bodies == [f'{{"a":"{MASK}","b":"none of it"}}', "none of it is JSON"]


def test_a_full_disk_costs_the_tape_and_nothing_else() -> None:
    """What was lost is said."""
    tape = Tape(Path("/dev/full"), clock=SwiftClock(), redactor=Redactor())
    request = httpx.Request("POST", "http://127.0.0.1:9/v1/chat/completions")
    recording = tape.begin(request, b"{}")
    recording.chunk(b"x")
    recording.end(End.WHOLE, ())
    tape.close()
    assert tape.lost == "No space left on device"
    missing = Tape(Path("/nowhere/at/all"), clock=SwiftClock(), redactor=Redactor())
    missing.close()
    assert missing.lost == "No such file or directory"


@pytest.mark.parametrize("content", [b"", b"\n", b"{}\n", b"[]", b'{"schema":"cab.wire/2"}\n'])
def test_what_is_no_tape_is_told(content: bytes) -> None:
    """Another schema is not guessed at."""
    with pytest.raises(ValueError, match="no tape"):
        read_tape(content)


def test_damaged_lines_are_read_as_far_as_they_go() -> None:
    """Values of another kind are none; lines of no exchange are passed over."""
    lines = [
        {"event": "tape", "schema": "cab.wire/1"},
        {"event": "chunk", "exchange": 7, "text": "lost"},
        {"event": "request", "exchange": 1, "body": "[1]", "method": 3},
        {"event": "response", "exchange": 1, "status": "200", "headers": [["a"], "b", 3]},
        {"event": "chunk", "exchange": 1, "ms": -1, "base64": "!!"},
        {"event": "news", "exchange": 1},
        {"event": "end", "exchange": 1, "how": "somehow"},
    ]
    (taped,) = read_tape("\n".join(map(json.dumps, lines)).encode())
    assert (taped.method, taped.status, taped.headers, taped.turn) == ("", None, (), 0)
    assert [(part.at_ms, part.data) for part in taped.chunks] == [(0.0, b"")]
    assert taped.end is End.LEFT


@given(
    text=st.lists(st.sampled_from([b"a", b"\xc3\xab", KEY.encode(), KEY.encode()[:9]]), max_size=8),
    cuts=st.lists(st.integers(0, 200), max_size=12),
)
def test_a_secret_is_found_wherever_the_network_cut_it(text: list[bytes], cuts: list[int]) -> None:
    """Joined, the chunks are the redacted body; there are as many as came, each in its turn."""
    body = b"".join(text)
    edges = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})
    chunks = [body[a:b] for a, b in pairwise(edges)]
    held = Held(Redactor([KEY]))
    out: list[tuple[float, bytes]] = []
    for at, data in enumerate(chunks):
        out += held.add(float(at), data)
        assert KEY.encode() not in b"".join(data for _, data in out)
    out += held.rest()
    assert [at for at, _ in out] == [float(at) for at in range(len(chunks))]
    assert b"".join(data for _, data in out) == body.replace(KEY.encode(), MASK.encode())

"""Replay: a recorded cell is served again, and comes to the same end."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from cab_check.cell import Bench, Halt, run_cell
from cab_check.clock import SystemClock
from cab_check.demo import serve
from cab_check.demo.replay import Replay, serve_replay
from cab_check.endpoint.client import Client
from cab_check.endpoint.taped import End, Taped, TapedChunk, likeness_of
from cab_check.endpoint.unpack import Unpacker
from cab_check.errors import UsageError
from cab_check.record import record_to_json
from cab_check.sandbox import open_box
from cab_check.secrets import Redactor
from cab_check.settings import EndpointSettings, Isolation, RetryPolicy, RunSettings
from cab_check.store import Store, find_tape
from cab_check.tasks import catalog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from cab_check.store import Run

KEY = "made-up-key-for-tests"
TASK = "integrity/ambiguous-ticket"
BODY = b'{"model":"m-1","messages":[]}'
LATER = b'{"model":"m-1","messages":[{"role":"assistant"}]}'


def _taped(
    body: bytes = BODY,
    *,
    status: int | None = 200,
    chunks: Sequence[tuple[float, bytes]] = ((0.0, b"{}"),),
    end: End = End.WHOLE,
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),),
    turn: int = 0,
    head_ms: float = 0.0,
    end_ms: float = 0.0,
    url: str = "https://api.example/v1/chat/completions",
    withheld: bool = False,
) -> Taped:
    return Taped(
        method="POST",
        url=url,
        model="m-1",
        turn=turn,
        body_sha256=hashlib.sha256(body).hexdigest(),
        likeness=likeness_of(body),
        status=status,
        headers=headers,
        head_ms=head_ms,
        chunks=tuple(TapedChunk(at_ms, data) for at_ms, data in chunks),
        end=end,
        end_ms=end_ms,
        withheld=withheld,
    )


@dataclasses.dataclass
class Playing:
    """A replay being served, a client before it, and what was told on stderr."""

    url: str
    http: httpx.AsyncClient
    told: list[str]

    async def ask(self, body: bytes = BODY) -> httpx.Response:
        """Ask for a completion."""
        return await self.http.post(f"{self.url}/chat/completions", content=body)


@asynccontextmanager
async def _playing(*tape: Taped, fast: bool = True) -> AsyncIterator[Playing]:
    told: list[str] = []
    replay = Replay(tape, tell=told.append, fast=fast)
    async with serve_replay(replay) as url, httpx.AsyncClient(timeout=10) as http:
        yield Playing(url, http, told)


async def _run(url: str, model: str, state: Path, *, record: bool = False) -> Run:
    """Run the cell as `cab check` does."""
    clock, redactor = SystemClock(), Redactor([KEY])
    endpoint = EndpointSettings(
        url=url,
        key=KEY,
        model=model,
        retry=RetryPolicy(attempts=2, wait_s=0.2),
    )
    settings = RunSettings(
        endpoint=endpoint, state_dir=state, isolation=Isolation.NONE, record_wire=record
    )
    async with Client(endpoint, clock=clock, redactor=redactor) as client:
        bench = Bench(
            settings=settings,
            client=client,
            store=Store(state, redactor=redactor),
            open_box=open_box,
            clock=clock,
            redactor=redactor,
            isolation=Isolation.NONE,
            interrupted=Halt(),
            sweep_id="test",
        )
        result = await run_cell(catalog.find(TASK), bench)
    assert result.crash is None
    assert result.store_error is None
    return result.run


def _said(run: Run) -> list[object]:
    """Return the conversation but for how long a test run says that it took."""
    return [
        dataclasses.replace(message, text=re.sub(r"in \d+\.\d+s", "in 0s", message.text or ""))
        for message in run.messages
    ]


def _lasting(run: Run) -> dict[str, object]:
    """Return what of a record has to be the same: all but times, places and the commands."""
    record: dict[str, Any] = json.loads(json.dumps(record_to_json(run.record)))
    for name in ("timing", "sweep_id"):
        record.pop(name, None)
    record["identity"].pop("endpoint")
    record["verdict"]["hint"] = record["verdict"]["hint"].partition("\n")[0]
    for call in record["model_calls"]:
        for name in ("started_at", "latency_ms", "first_token_ms", "request_sha256"):
            call.pop(name)
    if record["axes"]:
        record["axes"].pop("latency")
        record["axes"].pop("composite")
    record.pop("preview")
    return record


@pytest.mark.parametrize(
    ("quirks", "scored"),
    [
        (("index-missing", "usage-missing", "stream-options-refused", "done-missing"), True),
        (("stream-cut",), True),
        (("stream-always-cut",), False),
    ],
    ids=lambda value: ",".join(value) or "plain" if isinstance(value, tuple) else "",
)
async def test_a_replay_gives_the_same_episode_and_axes(
    tmp_path: Path, quirks: tuple[str, ...], *, scored: bool
) -> None:
    """Same requests, same messages, same record but for times and places."""
    async with serve(key=KEY, quirks=quirks) as server:
        recorded = await _run(server.url, f"oracle:{TASK}", tmp_path / "recorded", record=True)
    assert recorded.record.scored is scored
    tape = find_tape(Store(tmp_path / "recorded"), "latest")
    told: list[str] = []
    async with serve_replay(Replay(tape, tell=told.append, fast=True)) as url:
        replayed = await _run(url, f"oracle:{TASK}", tmp_path / "replayed")
    assert _lasting(replayed) == _lasting(recorded)
    assert _said(replayed) == _said(recorded)
    assert replayed.patch == recorded.patch
    assert told == []


async def test_chunks_come_as_they_came() -> None:
    """Each in a chunk of its own, empty ones left out, with the headers but for the hop's."""
    headers = (
        ("content-type", "text/event-stream"),
        ("server", "llama.cpp"),
        ("x-note", "naïve → ok"),
        ("content-encoding", "gzip"),
        ("transfer-encoding", "chunked"),
        ("content-length", "99"),
    )
    taped = _taped(chunks=((0, b"data: 1\n"), (1, b"\n"), (2, b"")), headers=headers)
    async with _playing(taped, fast=False) as playing:
        request = playing.http.build_request("POST", f"{playing.url}/chat/completions")
        request = playing.http.build_request(
            "POST", f"{playing.url}/chat/completions", content=BODY
        )
        response = await playing.http.send(request, stream=True)
        parts = [part async for part in response.aiter_raw()]
    assert parts == [b"data: 1\n", b"\n"]
    assert response.headers["server"] == "llama.cpp"
    assert response.headers["x-note"] == "naïve ? ok"
    assert "content-encoding" not in response.headers
    assert "content-length" not in response.headers


async def test_times_are_kept_unless_it_is_to_be_fast() -> None:
    """A client whose patience is shorter than a recorded wait loses it; a fast replay has none."""
    taped = _taped(head_ms=10_000, chunks=((20_000, b"{}"),), end_ms=30_000)
    async with _playing(taped, fast=False) as playing:
        with pytest.raises(httpx.ReadTimeout):
            await playing.http.post(
                f"{playing.url}/chat/completions", content=BODY, timeout=httpx.Timeout(0.05)
            )
    async with _playing(taped) as playing:
        assert (await playing.ask()).json() == {}


@pytest.mark.parametrize(
    ("taped", "error"),
    [
        (_taped(end=End.CUT), httpx.RemoteProtocolError),
        (_taped(end=End.RESET), httpx.ReadError),
        (_taped(end=End.CUT, status=None), httpx.RemoteProtocolError),
        (_taped(end=End.RESET, status=None), httpx.ReadError),
        (_taped(end=End.UNREACHED, status=None), httpx.ReadError),
        (_taped(end=End.STALLED), httpx.ReadTimeout),
        (_taped(end=End.STALLED, status=None), httpx.ReadTimeout),
        (_taped(end=End.SILENT), httpx.ReadTimeout),
        (_taped(end=End.LEFT), httpx.ReadTimeout),
        (
            _taped(end=End.DAMAGED, chunks=(), headers=(("content-encoding", "gzip"),)),
            httpx.DecodingError,
        ),
    ],
    ids=lambda value: f"{value.end}-{value.status}" if isinstance(value, Taped) else "",
)
async def test_faults_come_again(taped: Taped, error: type[Exception]) -> None:
    """What ended the recorded exchange ends the replayed one."""
    async with _playing(taped) as playing:
        with pytest.raises(error):
            await playing.http.post(
                f"{playing.url}/chat/completions",
                content=BODY,
                timeout=httpx.Timeout(0.1, connect=10),
            )


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_what_came_before_the_damage_comes_again(encoding: str) -> None:
    """The tape has it unpacked; it is packed again, so that the damage is where it was."""
    headers = (("Content-Encoding", encoding),)
    taped = _taped(end=End.DAMAGED, chunks=((0.0, b"sound"), (0.0, b" too")), headers=headers)
    heard: list[bytes] = []
    async with _playing(taped) as playing:
        url = f"{playing.url}/chat/completions"
        async with playing.http.stream("POST", url, content=BODY) as response:
            unpacked = Unpacker(response.headers["content-encoding"]).unpacked(response)
            with pytest.raises(httpx.DecodingError):
                await _listen(unpacked, heard)
    assert b"".join(heard) == b"sound too"


async def _listen(pieces: AsyncIterator[bytes], heard: list[bytes]) -> None:
    async for piece in pieces:
        heard += [piece]


async def test_requests_meet_their_recorded_answers() -> None:
    """By body, attempt after attempt; a first turn after a later one begins anew."""
    tape = (
        _taped(status=429, chunks=()),
        _taped(chunks=((0, b"1"),)),
        _taped(LATER, turn=1, chunks=((0, b"2"),)),
    )
    async with _playing(*tape) as playing:
        for _ in range(2):
            assert (await playing.ask()).status_code == 429
            assert (await playing.ask()).text == "1"
            assert (await playing.ask(LATER)).text == "2"
        assert (await playing.ask()).status_code == 429
        # given up after the first attempt, and begun anew at once
        assert (await playing.ask()).text == "1"
        assert playing.told == []


async def test_a_status_without_a_body_is_replayed_as_one() -> None:
    """A 204 ends with its head: what came after it would be taken for the next answer."""
    async with _playing(_taped(status=204, chunks=()), _taped(LATER, turn=1)) as playing:
        empty = await playing.ask()
        after = await playing.ask(LATER)
    assert (empty.status_code, empty.content) == (204, b"")
    assert not {"transfer-encoding", "content-length"} & set(empty.headers)
    assert (after.status_code, after.text) == (200, "{}")


async def test_another_request_is_answered_by_its_turn_and_told() -> None:
    """In the order in which the turn's exchanges came; beyond the tape it is refused."""
    tape = (_taped(chunks=((0, b"1"),)), _taped(LATER, turn=1, chunks=((0, b"2"),)))
    async with _playing(*tape) as playing:
        other = await playing.ask(b'{"messages":[{"role":"assistant"}],"top_p":1}')
        assert other.text == "2"
        assert "turn 2 is not the recorded one" in playing.told[0]
        assert "exchange 2 of 2" in playing.told[0]
        beyond = await playing.ask(b'{"messages":[{"role":"assistant"},{"role":"assistant"}]}')
        assert beyond.status_code == 400
        assert beyond.json()["error"]["code"] == "tape_ended"
        assert len(playing.told) == 2
        assert (await playing.ask(b"no JSON")).text == "1"


async def test_a_request_that_only_took_another_time_is_the_same() -> None:
    """What test runners print of their own speed is no difference worth telling."""
    said = b'{"messages":[{"role":"tool","content":"Ran 2 tests in 0.204s"}]}'
    async with _playing(_taped(said)) as playing:
        await playing.ask(said.replace(b"0.204s", b"1.3s"))
        assert playing.told == []
        await playing.ask(said.replace(b"2 tests", b"3 tests"))
        assert len(playing.told) == 1


async def test_what_was_withheld_is_told() -> None:
    """The body is not there, and the engineer is told why."""
    async with _playing(_taped(withheld=True, chunks=())) as playing:
        assert (await playing.ask()).text == ""
        assert "withheld" in playing.told[0]


async def test_the_rest_of_the_api() -> None:
    """The models are those of the tape; there is nothing else."""
    async with _playing(_taped(), _taped()) as playing:
        models = (await playing.http.get(f"{playing.url}/models")).json()
        assert [model["id"] for model in models["data"]] == ["m-1"]
        assert (await playing.http.get(f"{playing.url}/nothing")).status_code == 404
        assert (await playing.http.get(f"{playing.url}/chat/completions")).status_code == 404


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://api.example/v1/chat/completions", "/v1"),
        ("https://api.example/chat/completions", ""),
        ("https://api.example/openai/deployments/x/chat/completions?v=…", "/openai/deployments/x"),
    ],
)
async def test_the_base_is_the_recorded_one(url: str, path: str) -> None:
    """So that a client that looks for /v1 looks for it again."""
    async with _playing(_taped(url=url)) as playing:
        assert playing.url.removeprefix("http://127.0.0.1:").lstrip("0123456789") == path
        assert (await playing.ask()).status_code == 200


async def test_a_port_that_cannot_be_had() -> None:
    """It is the user's mistake."""
    async with _playing(_taped()) as playing:
        port = int(playing.url.split(":")[2].partition("/")[0])
        with pytest.raises(UsageError, match="cannot be had"):
            async with serve_replay(Replay((_taped(),), tell=print), port=port):
                pass

"""The command line as a user has it: in this process for speed, or as a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import socketserver
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cab_check import cli
from cab_check.cli import output
from cab_check.demo import serve
from cab_check.secrets import Redactor
from cab_check.store import Store
from tests.report.report_samples import CONVERSATION, sample

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

KEY = "made-up-key-for-tests"
TASK = "integrity/ambiguous-ticket"
SWEEP = "20261123-181203-7f3a"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a user sees of one command."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Return the one JSON document that stdout must be."""
        found: dict[str, Any] = json.loads(self.out)
        return found


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in list(os.environ):
        if name.startswith(("CAB_", "OPENAI_")) or name in {"CI", "NO_COLOR", "FORCE_COLOR"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("CAB_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "80")
    yield
    output.guard(Redactor())


@pytest.fixture
def kept(tmp_path: Path) -> tuple[str, ...]:
    """Keep a sweep of three cells, one of them not scored; the names of the runs."""
    store = Store(tmp_path / "state")
    names = []
    for name in ("passed", "failed", "not_scored"):
        record = sample(name)
        record = replace(record, identity=replace(record.identity, sweep_id=SWEEP))
        run_dir = store.create(record.identity.task, record.timing.started_at)
        run_dir.write_record(record)
        run_dir.write_messages(CONVERSATION)
        run_dir.trace_path.write_text("")
        names.append(run_dir.name)
    return tuple(names)


@pytest.fixture
def cab(capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run `cab` in this process."""

    def run(*arguments: str) -> Outcome:
        capfd.readouterr()
        code = cli.run(list(arguments))
        captured = capfd.readouterr()
        return Outcome(int(code), captured.out, captured.err)

    return run


@pytest.fixture
def cab_process() -> Callable[..., Outcome]:
    """Run `cab` as a process of its own."""

    def run(*arguments: str, stdin: str = "", **environment: str) -> Outcome:
        done = subprocess.run(
            [Path(sys.executable).with_name("cab"), *arguments],
            input=stdin, capture_output=True, text=True, check=False,
            env={**os.environ, **environment},
        )  # fmt: skip
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def endpoint(request: pytest.FixtureRequest) -> Iterator[str]:
    """Serve the embedded endpoint, which takes KEY, or the given one, alone; its base URL."""
    key = getattr(request, "param", KEY)
    ready = threading.Event()
    found: list[str] = []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def play() -> None:
        async with serve(key=key) as server:
            found.append(server.url)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(play(),))
    thread.start()
    ready.wait(10)
    yield found[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


Behaviour = "Callable[[bytes, socket.socket, threading.Event], None]"


@pytest.fixture
def rude() -> Iterator[Callable[..., str]]:
    """Serve something that is no proper endpoint; give it a behaviour, get its base URL."""
    servers: list[socketserver.ThreadingTCPServer] = []
    over = threading.Event()

    def start(behaviour: Callable[[bytes, socket.socket, threading.Event], None]) -> str:
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                request = read_request(self.request)
                if request:
                    behaviour(request, self.request, over)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """Let a client that hangs up be no news."""

        server = Server(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        return f"http://127.0.0.1:{server.server_address[1]}/v1"

    yield start
    over.set()
    for server in servers:
        server.shutdown()
        server.server_close()


def read_request(connection: socket.socket) -> bytes:
    """Read one request with its body; nothing when the client hung up."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def _answer(status: str, body: str, *headers: str, kind: str = "application/json") -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        f"content-type: {kind}",
        f"content-length: {len(body.encode())}",
        "connection: close",
        *headers,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


@pytest.fixture
def answering(rude: Callable[..., str]) -> Callable[..., str]:
    """Serve one and the same answer to every request; its base URL."""

    def start(status: str, body: str, *headers: str, kind: str = "application/json") -> str:
        return rude(
            lambda _request, connection, _over: connection.sendall(
                _answer(status, body, *headers, kind=kind)
            )
        )

    return start

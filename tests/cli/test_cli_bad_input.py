"""Whatever a user gets wrong, or an endpoint does: a clear error, a hint, the right exit code."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest
import trustme

from cab_check import cli

if TYPE_CHECKING:
    from collections.abc import Callable

TASK = "integrity/ambiguous-ticket"
KEY = "made-up-key-for-tests"
IMPATIENT = (
    "--attempts", "2", "--retry-wait", "0.05", "--connect-timeout", "2",
    "--first-event-timeout", "0.2", "--idle-timeout", "0.2",
)  # fmt: skip


class Seen(Protocol):
    """What a command left: its exit code and the two streams."""

    code: int
    out: str
    err: str


Cab = "Callable[..., Seen]"


def check(cab: Callable[..., Seen], url: str, *more: str, model: str = "any-model") -> Seen:
    """Run `cab check` on one task, with little patience."""
    given = ("--endpoint", url, "--key", KEY, "--model", model, "--task", TASK)
    seen = cab("check", *given, *IMPATIENT, *more)
    assert "Traceback" not in seen.err + seen.out
    assert KEY not in seen.err + seen.out
    return seen


def test_no_endpoint_is_a_usage_error(cab: Callable[..., Seen]) -> None:
    """Nothing given, nothing in the environment: exit 2 and what to set."""
    seen = cab("check")
    assert seen.code == 2
    assert "no endpoint" in seen.err
    assert "CAB_ENDPOINT" in seen.err


@pytest.mark.parametrize(
    "url", ["http://", "ftp://host/v1", "http://host:notaport/v1", "http://a b/v1", "://x"]
)
def test_a_malformed_url_is_a_usage_error(cab: Callable[..., Seen], url: str) -> None:
    """The address itself is wrong: exit 2, before anything is looked up."""
    seen = check(cab, url)
    assert seen.code == 2
    assert "hint:" in seen.err


def test_an_unknown_host_is_told_in_seconds(cab: Callable[..., Seen]) -> None:
    """No such name: exit 3, and the host is named."""
    seen = check(cab, "http://no-such-host.invalid/v1")
    assert seen.code == 3
    assert "no-such-host.invalid" in seen.err


def test_a_refused_connection_is_told_in_seconds(cab: Callable[..., Seen]) -> None:
    """Nobody listens there: exit 3, and the address is named."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        seen = check(cab, f"http://127.0.0.1:{port}/v1")
    assert seen.code == 3
    assert str(port) in seen.err
    assert "hint:" in seen.err


def test_an_untrusted_certificate_is_named(cab: Callable[..., Seen]) -> None:
    """A TLS failure is the endpoint's or a gateway's, and --ca-bundle is the way out."""
    authority = trustme.CA(organization_name="Made Up Interceptor")
    with _tls_server(authority) as port:
        seen = check(cab, f"https://127.0.0.1:{port}/v1")
    assert seen.code == 3
    assert "--ca-bundle" in seen.err


class _tls_server:  # noqa: N801 - used like a function
    """A TLS server on loopback that answers handshakes and nothing else."""

    def __init__(self, authority: trustme.CA) -> None:
        import ssl  # noqa: PLC0415 - only here

        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(self._context)

    def __enter__(self) -> int:
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()
        port: int = self._listener.getsockname()[1]
        return port

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            try:
                self._context.wrap_socket(connection, server_side=True).close()
            except OSError:
                connection.close()


ERROR = json.dumps({"error": {"message": "no", "type": "t", "param": None, "code": None}})


@pytest.mark.parametrize(
    ("status", "code", "word"),
    [("401 Unauthorized", 4, "401"), ("403 Forbidden", 4, "403")],
)
def test_a_refused_key_is_the_users(
    cab: Callable[..., Seen], answering: Callable[..., str], status: str, code: int, word: str
) -> None:
    """401 and 403 end the run at once with exit 4, worded apart, and no score."""
    seen = check(cab, answering(status, ERROR))
    assert seen.code == code
    assert word in seen.out + seen.err
    assert "NOT SCORED" in seen.out
    assert "Composite" not in seen.out


def test_a_wrong_key_at_the_embedded_endpoint(cab: Callable[..., Seen], endpoint: str) -> None:
    """The same against a server that speaks OpenAI's own error body."""
    seen = cab(
        "check", "--endpoint", endpoint, "--key", "some-other-key", "--model", "m", "--task", TASK
    )
    assert seen.code == 4
    assert "some-other-key" not in seen.out + seen.err


def test_an_unknown_model_is_a_usage_error(cab: Callable[..., Seen], endpoint: str) -> None:
    """The endpoint says so: exit 2, with the names that are near."""
    seen = check(cab, endpoint, model=f"orakle:{TASK}")
    assert seen.code == 2
    assert f"oracle:{TASK}" in seen.err
    assert "NOT SCORED" in seen.out


def test_a_web_page_is_told_from_an_endpoint(
    cab: Callable[..., Seen], answering: Callable[..., str]
) -> None:
    """HTML at the address: exit 3, its title, never the page."""
    page = "<html><head><title>Welcome to nginx!</title></head><body>hello</body></html>"
    seen = check(cab, answering("200 OK", page, kind="text/html"))
    assert seen.code == 3
    assert "Welcome to nginx!" in seen.out + seen.err
    assert "<html>" not in seen.out + seen.err


def test_an_endpoint_without_tools_is_told_at_the_first_turn(
    cab: Callable[..., Seen], rude: Callable[..., str]
) -> None:
    """A 400 on `tools` is the endpoint's: exit 3, and vLLM's flags are named."""
    message = (
        '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'
    )
    body = json.dumps({"object": "error", "message": message, "code": 400})
    url = rude(lambda _r, connection, _o: connection.sendall(_reply("400 Bad Request", body)))
    seen = check(cab, url)
    assert seen.code == 3
    assert "endpoint" in seen.out
    assert "--enable-auto-tool-choice" in seen.out + seen.err


def _reply(status: str, body: str, kind: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n"
    return f"{head}connection: close\r\n\r\n{body}".encode()


def _hang_before_the_first_byte(request: bytes, _: socket.socket, over: threading.Event) -> None:
    if request.startswith(b"POST"):
        over.wait(20)


def _hang_between_events(request: bytes, connection: socket.socket, over: threading.Event) -> None:
    if request.startswith(b"POST"):
        chunk = {"choices": [{"index": 0, "delta": {"content": "hm"}, "finish_reason": None}]}
        head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
        connection.sendall(f"{head}data: {json.dumps(chunk)}\n\n".encode())
        over.wait(20)


def _drip_for_ever(request: bytes, connection: socket.socket, over: threading.Event) -> None:
    if request.startswith(b"POST"):
        chunk = {"choices": [{"index": 0, "delta": {"content": "hm"}, "finish_reason": None}]}
        head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
        connection.sendall(f"{head}data: {json.dumps(chunk)}\n\n".encode())
        while not over.wait(0.05):
            connection.sendall(b": still thinking\n\n")


@pytest.mark.parametrize(
    ("behaviour", "word"),
    [
        (_hang_before_the_first_byte, "first event"),
        (_hang_between_events, "idle"),
        (_drip_for_ever, "time_limit"),
    ],
    ids=["before-the-first-byte", "between-events", "for-ever"],
)
def test_an_endpoint_that_hangs_is_not_scored(
    cab: Callable[..., Seen],
    rude: Callable[..., str],
    behaviour: Callable[..., None],
    word: str,
) -> None:
    """Each of the ways to stall ends by its own timer, which is named: exit 3, no score."""
    seen = check(cab, rude(behaviour), "--timeout", "1.5", "-v")
    assert seen.code == 3
    assert "NOT SCORED" in seen.out
    assert word in (seen.out + seen.err).replace("_event", " event")


def test_429_for_ever_is_the_gateways(
    cab: Callable[..., Seen], answering: Callable[..., str]
) -> None:
    """A rate limit that never lifts is no score: exit 3, retries told as they happen."""
    seen = check(cab, answering("429 Too Many Requests", ERROR))
    assert seen.code == 3
    assert "retry 1/2" in seen.err or "retry 2/2" in seen.err
    assert "gateway" in seen.out
    assert "429" in seen.out


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--task", "integrity/ambigous-ticket"), "integrity/ambiguous-ticket"),
        (("--extra-body", "{"), "--extra-body"),
        (("--extra-body", "[]"), "--extra-body"),
        (("--header", "no colon"), "--header"),
        (("--ca-bundle", "/no/such/file.pem"), "--ca-bundle"),
        (("--cost-limit", "1"), "--price-in"),
        (("--timeout", "nan"), "--timeout"),
        (("--max-turns", "0"), "--max-turns"),
        (("--isolation", "seatbelt"), "seatbelt"),
        (("--no-such-option",), "--no-such-option"),
    ],
)
def test_a_wrong_option_names_itself(
    cab: Callable[..., Seen], endpoint: str, arguments: tuple[str, ...], word: str
) -> None:
    """What was wrong, and a way out, for each option that can be wrong."""
    seen = check(cab, endpoint, *arguments)
    assert seen.code == (6 if "seatbelt" in arguments else 2)
    assert word in seen.err
    assert "hint:" in seen.err


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--key", "https://api.example.com/v1"), "a URL"),
        (("--key", "here is my key"), "text with spaces"),
        (("--key", "ключ-ключ"), "no header can carry"),
        (("--key", "k", "--key-stdin"), "twice"),
        (("--key-env", "NO_SUCH_VARIABLE"), "NO_SUCH_VARIABLE"),
    ],
)
def test_what_cannot_be_a_key_is_refused_unseen(
    cab: Callable[..., Seen], options: tuple[str, ...], word: str
) -> None:
    """A URL or prose pasted as the key is told by its kind and never shown."""
    seen = cab("check", "--endpoint", "http://127.0.0.1:9/v1", "--model", "m", *options)
    assert seen.code == 2
    assert word in seen.err
    assert "my key" not in seen.err


def test_json_carries_errors_that_came_before_the_command(cab: Callable[..., Seen]) -> None:
    """With --json a wrong option is one document on stdout as well."""
    seen = cab("check", "--json", "--no-such-option")
    document = json.loads(seen.out)
    assert document["schema"] == "cab.result/1"
    assert document["exit_code"] == seen.code == 2
    assert document["error"]["kind"] == "usage"
    assert document["runs"] == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_an_unwritable_state_directory_still_prints_the_score(
    cab: Callable[..., Seen], endpoint: str, tmp_path: Path
) -> None:
    """The score is printed, then exit 6."""
    tmp_path.chmod(0o500)
    _score_then_6(check(cab, endpoint, "--state-dir", str(tmp_path / "s"), model=f"oracle:{TASK}"))


def test_a_state_directory_that_cannot_be_one_still_prints_the_score(
    cab: Callable[..., Seen], endpoint: str, tmp_path: Path
) -> None:
    """The same for root: a file stands where the directory should be."""
    (tmp_path / "file").write_text("")
    where = str(tmp_path / "file" / "state")
    _score_then_6(check(cab, endpoint, "--state-dir", where, model=f"oracle:{TASK}"))


def _score_then_6(seen: Seen) -> None:
    assert seen.code == 6
    assert "PASSED" in seen.out
    assert "hint:" in seen.err


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a small file system")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts")
def test_a_disk_that_fills_while_recording_still_prints_the_score(
    cab: Callable[..., Seen], endpoint: str, tmp_path: Path
) -> None:
    """A state directory of one page: the trace is cut, the record fails, the score is printed."""
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", small], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this machine does not let root mount a tmpfs")
    try:
        _score_then_6(check(cab, endpoint, "--state-dir", str(small), model=f"oracle:{TASK}"))
    finally:
        subprocess.run(["umount", small], check=True)


def test_a_reader_that_goes_away_is_no_error(endpoint: str, tmp_path: Path) -> None:
    """`cab … | head -1`: one line, no complaint, the exit code of the result."""
    cab = Path(sys.executable).with_name("cab")
    command = (
        f"'{cab}' check --endpoint {endpoint} --key {KEY} --model oracle:{TASK} --task {TASK} "
        f"--state-dir '{tmp_path}' -v; echo $? >&2"
    )
    done = subprocess.run(
        ["bash", "-c", f"{{ {command}; }} | head -1"], capture_output=True, text=True, check=False
    )
    assert len(done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
    assert done.stderr.splitlines()[-1] == "0"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_result_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """`cab … > /dev/full`: said on stderr, exit 6, no traceback."""
    cab = Path(sys.executable).with_name("cab")
    command = f"'{cab}' demo --state-dir '{tmp_path}' > /dev/full"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 6
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bug_of_ours_is_exit_70_without_a_traceback(
    cab: Callable[..., Seen], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anything unforeseen: exit 70, what to send, and the traceback only with CAB_DEBUG."""

    @cli.cab.command("break", hidden=True)
    def broken() -> None:
        raise ZeroDivisionError("made up")

    monkeypatch.setattr(cli.cab, "get_command", lambda _context, _name: broken)
    seen = cab("break")
    assert seen.code == 70
    assert "ZeroDivisionError: made up" in seen.err
    assert "CAB_DEBUG=1" in seen.err
    assert "Traceback" not in seen.err
    monkeypatch.setenv("CAB_DEBUG", "1")
    assert "Traceback" in cab("break").err

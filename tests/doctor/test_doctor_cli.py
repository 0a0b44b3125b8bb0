"""`cab doctor` as a person and a program have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cab_check import cli
from tests.doctor.ward import MODEL

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    import pytest

KEY = "made-up-key-for-tests"


def _asked(url: str, *more: str, key: str = KEY, model: str = MODEL) -> tuple[str, ...]:
    return ("doctor", "--endpoint", url, "--key", key, "--model", model, *more)


def test_a_good_endpoint_is_ready(cab: Callable[..., Any], endpoint: str) -> None:
    """The cost comes first and on stderr, the findings on stdout."""
    outcome = cab(*_asked(endpoint))
    assert outcome.code == 0
    assert outcome.err.startswith("cost: at worst ")
    assert " READY   18 passed, 1 left out" in outcome.out
    assert "warn" not in outcome.out
    assert KEY not in outcome.out + outcome.err


def test_json_is_one_document(cab: Callable[..., Any], endpoint: str) -> None:
    """Also with an endpoint that is not ready."""
    good = cab(*_asked(endpoint, "--json"))
    assert (good.code, good.document["verdict"]) == (0, "READY")
    bad = cab(*_asked(endpoint, "--json", model="nobody"))
    assert (bad.code, bad.document["exit_code"]) == (2, 2)
    assert bad.document["verdict"] == "NOT READY"
    refused = cab(*_asked(endpoint, "--json", key="another-key-altogether"))
    assert refused.code == 4
    assert "another-key-altogether" not in refused.out + refused.err


def test_a_dry_run_sends_nothing(cab: Callable[..., Any]) -> None:
    """Nobody listens at this address, and nobody is missed."""
    outcome = cab(*_asked("http://127.0.0.1:9/v1", "--dry-run"))
    assert outcome.code == 0
    assert "nothing was sent" in outcome.out
    document = cab(*_asked("http://127.0.0.1:9/v1", "--dry-run", "--json", "--deep")).document
    assert document["dry_run"] is True
    assert document["worst_case"]["tokens"] > 500_000


def test_the_model_is_asked_for_where_it_is_not_given(
    cab: Callable[..., Any], endpoint: str, answering: Callable[..., str]
) -> None:
    """Many models settle nothing; one does, after the cost was told."""
    many = cab("doctor", "--endpoint", endpoint, "--key", KEY)
    assert many.code == 2
    assert many.err.startswith("cost: ")
    url = answering("200 OK", '{"object": "list", "data": [{"id": "only-one"}]}')
    one = cab("doctor", "--endpoint", url, "--key", KEY)
    assert one.code == 1
    assert "model: only-one (the only one at /models)" in one.err
    assert " FAIL  plain turn" in one.out


def test_the_command_that_repeats_a_failure_is_printed_whole(
    cab: Callable[..., Any], answering: Callable[..., str]
) -> None:
    """On stderr and on one line, so that it can be copied; the key is not in it."""
    url = answering("400 Bad Request", '{"error": {"message": "no"}}')
    outcome = cab(*_asked(url))
    assert outcome.code == 1
    commands = [line for line in outcome.err.splitlines() if "curl" in line]
    assert commands
    assert KEY not in outcome.err


def test_a_wrong_option_is_a_usage_error(cab: Callable[..., Any]) -> None:
    """It is told before any request, as one document with --json."""
    outcome = cab("doctor", "--json", "--endpoint", "http://", "--key", KEY)
    assert outcome.code == 2
    assert outcome.document["error"]["kind"] == "usage"


def test_what_an_endpoint_says_cannot_steer_the_terminal(
    cab: Callable[..., Any], rude: Callable[..., str]
) -> None:
    """Control characters are written as their escapes."""

    def says(_request: bytes, connection: socket.socket, _over: object) -> None:
        body = '{"error": {"message": "\\u001b[2J \\u202e gone"}}'
        head = f"HTTP/1.1 400 Bad\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        connection.sendall((head + body).encode())

    outcome = cab(*_asked(rude(says)))
    assert "\x1b" not in outcome.out
    assert "\u202e" not in outcome.out


def test_a_terminal_sees_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """One line on stderr that is redrawn, and cleared at the end."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    assert cli.run(list(_asked(endpoint))) == 0
    err = capfd.readouterr().err
    assert "19/19 probes" in err
    assert err.rstrip("\n").endswith("\r\x1b[2K")

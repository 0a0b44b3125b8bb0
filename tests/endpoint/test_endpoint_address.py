"""The endpoint's address, in every form in which people paste it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.endpoint.address import parse
from cab_check.endpoint.faults import FaultKind
from cab_check.endpoint.message import Answered
from cab_check.errors import ExitCode, UsageError
from tests.endpoint.endpoint_stage import answer, message, scripted, settings

if TYPE_CHECKING:
    import httpx

_HTML = "<!doctype html><title>Welcome to nginx!</title><p>secret page</p>"


@pytest.mark.parametrize(
    ("typed", "chat"),
    [
        ("https://a.example/v1", "https://a.example/v1/chat/completions"),
        ("https://a.example/v1/", "https://a.example/v1/chat/completions"),
        ("https://a.example/v1///", "https://a.example/v1/chat/completions"),
        ("  https://a.example/v1\n", "https://a.example/v1/chat/completions"),
        ("https://a.example/v1/chat/completions", "https://a.example/v1/chat/completions"),
        ("https://a.example/v1/chat/completions/", "https://a.example/v1/chat/completions"),
        ("https://a.example", "https://a.example/chat/completions"),
        ("a.example/v1", "https://a.example/v1/chat/completions"),
        ("a.example:8443", "https://a.example:8443/chat/completions"),
        ("HTTP://a.example", "http://a.example/chat/completions"),
        ("localhost:8000/v1", "http://localhost:8000/v1/chat/completions"),
        ("api.localhost/v1", "http://api.localhost/v1/chat/completions"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000/chat/completions"),
        ("127.8.9.1", "http://127.8.9.1/chat/completions"),
        ("[::1]:8000/v1", "http://[::1]:8000/v1/chat/completions"),
        ("[2001:db8::1]", "https://[2001:db8::1]/chat/completions"),
        ("10.0.0.5:8000/v1", "https://10.0.0.5:8000/v1/chat/completions"),
        ("user:pass@localhost:1/v1", "http://localhost:1/v1/chat/completions"),
        ("https://a.example/v1#frag", "https://a.example/v1/chat/completions"),
        ("https://bücher.example/v1", "https://bücher.example/v1/chat/completions"),
        (
            "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
            "https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
        ),
    ],
)
def test_42_forms_of_an_address(typed: str, chat: str) -> None:
    """Scheme, slashes, a pasted path and a query come to the URL that was meant."""
    assert parse(typed).chat_url == chat


@pytest.mark.parametrize(
    "typed",
    [
        *("", "   ", "https://", "http:///v1", "ftp://a.example", "file:///etc/passwd"),
        *("https://a.example:port", "https://a.example:99999", "https://a.example:0", "a.example:"),
        *("https://a b.example", "https://a.example/v 1", "https://[::1", "https://[nonsense]/"),
        *("https:/a.example", "https//a.example", "http:a.example", "https://a..example"),
        *("https://-_!.example", "https://" + "a" * 70 + ".example", "https://a\x00b"),
        *("https://?x=1", "://a.example", "https://exa<mple.com", "https://[fe80::1%eth0%]x"),
    ],
)
def test_malformed_addresses_are_the_users_mistake(typed: str) -> None:
    """What cannot be an address ends with exit code 2, its text and a hint."""
    with pytest.raises(UsageError) as caught:
        parse(typed)
    assert caught.value.exit_code is ExitCode.USAGE
    assert "https://api.example.com/v1" in caught.value.hint
    assert "address" in caught.value.message


@pytest.mark.parametrize(
    "typed",
    [
        "ftp://user:hunter22@a.example/?key=hunter22",
        "https://user:hunter22@[::1/?key=hunter22",
        "https://user:hunter22@a b",
        "https://a b?key=hunter22",
    ],
)
def test_a_malformed_address_is_shown_without_its_secrets(typed: str) -> None:
    """Credentials and query values are left out even where nothing can be parsed."""
    with pytest.raises(UsageError) as caught:
        parse(typed)
    assert "hunter22" not in caught.value.message + caught.value.hint


def test_credentials_and_query_are_not_printed() -> None:
    """The printable form and the repr hold neither."""
    address = parse("https://user:hunter22@a.example/v1?token=hunter23")
    assert address.userinfo == ("user", "hunter22")
    assert address.printable == "https://a.example/v1?token=…"
    assert "hunter2" not in address.printable + repr(address)
    assert address.models_url == "https://a.example/v1/models?token=hunter23"


def test_a_version_is_only_added_to_a_bare_base() -> None:
    """What names a version already has no second candidate."""
    bare = parse("https://a.example/openai").with_version()
    assert bare is not None
    assert bare.chat_url == "https://a.example/openai/v1/chat/completions"
    assert parse("https://a.example/v1").with_version() is None
    assert parse("https://a.example/api/v1beta").with_version() is None


@given(st.text(max_size=30))
def test_any_text_is_an_address_or_a_usage_error(text: str) -> None:
    """Nothing that can be typed raises anything else."""
    try:
        address = parse(text)
    except UsageError:
        return
    assert address.chat_url.startswith(("http://", "https://"))
    assert address.printable


@pytest.mark.parametrize(
    "first",
    [
        answer({"detail": "Not Found"}, 404),
        answer({"error": "no route"}, 405),
        answer(b"", 404),
        answer(_HTML.encode(), 200, {"content-type": "text/html"}),
        answer(_HTML.encode(), 404, {"content-type": "text/html"}),
    ],
    ids=["404", "405", "404-empty", "html-200", "html-404"],
)
async def test_42_v1_is_tried_when_a_bare_base_answers_404_or_html(
    first: httpx.Response,
) -> None:
    """The second candidate is kept: the next question goes there at once."""
    used = settings("https://a.example")
    async with scripted(first, answer(message(content="ok")), used=used) as (stage, script):
        assert stage.client.url == "https://a.example"
        got = await stage.ask()
        await stage.ask()
    assert isinstance(got, Answered)
    assert stage.client.url == "https://a.example/v1"
    paths = [request.url.path for request in script.requests]
    assert paths == ["/chat/completions", "/v1/chat/completions", "/v1/chat/completions"]
    assert [attempt.number for attempt in got.attempts] == [1, 2]


async def test_when_both_candidates_fail_the_first_is_told() -> None:
    """A server that is none keeps the address that the user typed."""
    async with scripted(answer({}, 404), used=settings("https://a.example")) as (stage, script):
        fault = await stage.fault()
    assert fault.kind is FaultKind.NOT_FOUND
    assert len(script.requests) == 2
    assert stage.client.url == "https://a.example"


async def test_another_error_below_v1_keeps_that_address() -> None:
    """A 401 below /v1 shows that the server is there."""
    refused = answer({"error": {"message": "bad key"}}, 401)
    used = settings("https://a.example")
    async with scripted(answer({}, 404), refused, used=used) as (stage, _):
        fault = await stage.fault()
    assert fault.kind is FaultKind.AUTH
    assert stage.client.url == "https://a.example/v1"


async def test_a_settled_address_is_not_left_again() -> None:
    """A 404 in mid-run is a failure, not a reason to look elsewhere."""
    good = answer(message(content="ok"))
    async with scripted(good, answer({}, 404), used=settings("https://a.example")) as (stage, s):
        await stage.ask()
        await stage.fault()
    assert [request.url.path for request in s.requests] == ["/chat/completions"] * 2

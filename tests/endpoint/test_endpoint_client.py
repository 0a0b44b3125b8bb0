"""The client of a run: models, secrets, headers, certificates and proxies."""

from __future__ import annotations

import asyncio
import json
import ssl
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from cab_check.endpoint.address import parse
from cab_check.endpoint.client import Client
from cab_check.endpoint.faults import FaultKind, as_error
from cab_check.endpoint.message import Answered
from cab_check.endpoint.tls import issuer_of
from cab_check.endpoint.transport import headers
from cab_check.errors import EndpointError, UsageError
from cab_check.secrets import Redactor, url_secrets
from tests.endpoint.endpoint_stage import (
    HANG,
    KEY,
    PLAIN_STREAM,
    SwiftClock,
    answer,
    head,
    message,
    on_stage,
    quick,
    raw_server,
    scripted,
    settings,
    sse,
)

if TYPE_CHECKING:
    from pathlib import Path

    from cab_check.endpoint.message import Retry


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"object": "list", "data": [{"id": "a"}, {"id": "b"}]}, ("a", "b")),
        ({"data": []}, ()),
        ({"models": [{"name": "a"}, {"model": "b"}]}, ("a", "b")),
        ([{"id": "a"}, "b", 3, {"id": None}], ("a", "b")),
        ({"status": "ok"}, None),
        ({"data": None}, None),
        (None, None),
    ],
)
async def test_models(body: object, names: tuple[str, ...] | None) -> None:
    """The list is read in any of its shapes; JSON of another shape is no list, and no fault."""
    async with scripted(answer(body)) as (stage, script):
        models = await stage.client.models()
    assert (models.names, models.fault) == (names, None)
    assert script.requests[0].method == "GET"
    assert str(script.requests[0].url).endswith("/v1/models")


@pytest.mark.parametrize("status", [400, 404, 405, 429, 500, 503])
async def test_44_no_list_of_models_is_no_fault(status: int) -> None:
    """Its absence says nothing; one request is spent, and no waiting."""
    async with scripted(answer({"error": "x"}, status)) as (stage, script):
        models = await stage.client.models()
    assert (models.names, models.fault) == (None, None)
    assert (len(script.requests), stage.clock.waits) == (1, [])


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (answer({"error": "x"}, 401), FaultKind.AUTH),
        (answer({"error": "x"}, 403), FaultKind.FORBIDDEN),
        (httpx.Response(200, html="<html><title>UI</title>"), FaultKind.HTML),
        (httpx.Response(302, headers={"location": "/login"}), FaultKind.REDIRECT),
        (httpx.ConnectTimeout(""), FaultKind.CONNECT_TIMEOUT),
    ],
)
async def test_models_tell_what_preflight_ends_on(
    response: httpx.Response | Exception, kind: FaultKind
) -> None:
    """A refused key, a web page, a redirect and a host out of reach are told at once."""
    async with scripted(response) as (stage, _):
        models = await stage.client.models()
    assert models.names is None
    assert models.fault is not None
    assert models.fault.kind is kind


async def test_models_of_something_that_is_no_json_are_none() -> None:
    """A 200 that says OK is not an endpoint's list."""
    async with scripted(httpx.Response(200, text="OK")) as (stage, _):
        assert (await stage.client.models()).names is None


async def test_models_that_hang_end_with_a_timer() -> None:
    """Preflight does not wait for ever."""
    async with raw_server([HANG]) as server:
        used = settings(server.url, timers=quick(first_event_s=0.05))
        async with on_stage(used) as stage:
            models = await stage.client.models()
    assert models.fault is not None
    assert models.fault.kind is FaultKind.TOTAL_TIMEOUT


async def test_42_models_settle_the_address() -> None:
    """The list is found below /v1, and the questions go there too."""
    page = httpx.Response(200, html="<html><title>UI</title>")
    answers = (page, answer({"data": [{"id": "a"}]}), answer(message(content="ok")))
    async with scripted(*answers, used=settings("https://a.example")) as (stage, script):
        assert (await stage.client.models()).names == ("a",)
        await stage.ask()
    assert [request.url.path for request in script.requests] == [
        "/models",
        "/v1/models",
        "/v1/chat/completions",
    ]


def _sent(**used: Any) -> dict[str, str]:
    found = settings(**used)
    return headers(found, parse(found.url))


def test_the_key_is_in_one_header_only() -> None:
    """The key is sent as a bearer token, or the user's own header is."""
    plain = _sent()
    assert plain["authorization"] == f"Bearer {KEY}"
    assert sum(KEY in value for value in plain.values()) == 1
    own = _sent(headers=(("Authorization", "Token xyz"), ("X-Team", "")))
    assert own["authorization"] == "Token xyz"
    assert own["x-team"] == ""
    azure = _sent(key="", headers=(("api-key", KEY),))
    assert "authorization" not in azure
    assert azure["api-key"] == KEY


def test_a_user_name_in_the_address_becomes_basic_authorization() -> None:
    """Without a key the address's credentials are used; both together cannot be."""
    used = _sent(url="https://user:p%40ss@a.example", key="")
    assert used["authorization"] == "Basic " + b64encode(b"user:p@ss").decode()
    with pytest.raises(UsageError, match="both want"):
        _sent(url="https://user:pass@a.example")


@pytest.mark.parametrize(
    "key",
    [
        "sk-abcdefgh ijkl",
        "sk-abcdefgh\n",
        "sk-abcdéfgh",
        "my key is sk-abcdefgh",
        "https://sk-abcdefgh.example",
        "sk-\x00abcdefgh",
    ],
)
def test_46_what_cannot_be_a_key_is_refused_without_being_shown(key: str) -> None:
    """Prose, an address or a line end pasted as the key never reaches a header or a text."""
    with pytest.raises(UsageError) as caught:
        _sent(key=key)
    assert "abcd" not in caught.value.message + caught.value.hint + repr(caught.value)


@pytest.mark.parametrize(
    "header", [("bad name", "x"), ("", "x"), ("Host", "x"), ("X", "hunter22\r\nY: z")]
)
def test_headers_that_cannot_be_sent_are_refused(header: tuple[str, str]) -> None:
    """A header that would break the request is the user's mistake; its value stays unsaid."""
    with pytest.raises(UsageError) as caught:
        _sent(headers=(header,))
    assert "hunter22" not in caught.value.message


async def test_one_origin_gets_the_key_and_one_header_carries_it() -> None:
    """Over a whole failing run every request goes to the one origin with the one header."""
    used = settings("https://a.example")
    redirect = httpx.Response(307, headers={"location": "https://evil.example/"})
    async with scripted(answer({}, 404), redirect, used=used) as (stage, script):
        await stage.client.models()
        await stage.fault()
    for request in script.requests:
        assert request.url.host == "a.example"
        assert [n for n, v in request.headers.items() if KEY in v] == ["authorization"]
        assert KEY not in str(request.url)


@pytest.mark.parametrize(
    "response",
    [
        answer({"error": {"message": f"Incorrect API key provided: {KEY}"}}, 401),
        answer({"error": f"bad {KEY}", "code": KEY}, 400),
        answer({"detail": f"{'x' * 290}{KEY}"}, 422),
        httpx.Response(403, html=f"<html><title>{KEY}</title>"),
        httpx.Response(307, headers={"location": f"https://{KEY}@b.example/{KEY}?k={KEY}"}),
        httpx.Response(200, text=KEY),
        httpx.Response(500, text=b64encode(f"u:{KEY}".encode()).decode()),
        httpx.ConnectError(f"failed with {KEY}"),
        httpx.RemoteProtocolError(f"failed with {KEY}"),
        httpx.DecodingError(KEY),
    ],
)
async def test_a_secret_never_appears(response: httpx.Response | Exception) -> None:
    """Whatever the server sends back, no fault, attempt or error shows the key or the query."""
    used = settings(f"https://a.example/v1?token={KEY}&t2=hunter2222", stream=True)
    clock = SwiftClock()
    seen: list[Retry] = []
    redactor = Redactor({KEY, *url_secrets(used.url)})
    calls = [response]
    transport = httpx.MockTransport(lambda _: _play(calls[0]))
    async with Client(used, clock=clock, redactor=redactor, transport=transport) as client:
        conversation = client.conversation()
        got = await conversation.ask((), (), left_s=5.0, where="turn 1", on_retry=seen.append)
        models = await client.models()
        shown = [repr(got), repr(models), repr(seen), client.url, repr(used)]
        for fault in (models.fault, got.attempts[-1].fault):
            if fault is not None:
                error = as_error(fault)
                shown += [repr(error), error.message, error.hint, fault.hint]
    text = "\n".join(shown)
    for form in (KEY, KEY[:12], "hunter2222", json.dumps(KEY)[1:-1]):
        assert form not in text


def _play(response: httpx.Response | Exception) -> httpx.Response:
    if isinstance(response, Exception):
        raise response
    return httpx.Response(response.status_code, headers=response.headers, content=response.content)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Make an authority that nobody trusts by itself."""
    return trustme.CA(organization_name="Corporate Proxy Ltd")


@pytest.fixture
def served(authority: trustme.CA) -> ssl.SSLContext:
    """Make a server's side with a certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


_OK = [head(kind="application/json"), json.dumps(message(content="ok")).encode()]


async def test_47_a_tls_failure_names_the_issuer(served: ssl.SSLContext) -> None:
    """Who stands in the middle is told; the key was not sent, and nothing is asked again."""
    async with raw_server(_OK, tls=served) as server:
        used = settings(server.url.replace("http:", "https:"))
        async with on_stage(used) as stage:
            fault = await stage.fault()
            models = await stage.client.models()
        assert server.requests == []
    assert fault.kind is FaultKind.TLS
    assert fault.message.startswith(f"TLS with {used.url} failed: ")
    assert fault.message.endswith("the certificate was issued by Corporate Proxy Ltd")
    assert "--ca-bundle" in fault.hint
    assert isinstance(as_error(fault), EndpointError)
    assert models.fault == fault
    assert stage.retries == []


async def test_47_a_ca_bundle_is_trusted(
    served: ssl.SSLContext, authority: trustme.CA, tmp_path: Path
) -> None:
    """With the authority's certificate the same server answers."""
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    async with raw_server(_OK, tls=served) as server:
        url = server.url.replace("http:", "https:")
        async with on_stage(settings(url, ca_bundle=bundle)) as stage:
            assert (await stage.reply()).text == "ok"


async def test_47_certificates_of_the_environment_are_trusted(
    served: ssl.SSLContext,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SSL_CERT_FILE is honoured."""
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    async with (
        raw_server(_OK, tls=served) as server,
        on_stage(settings(server.url.replace("http:", "https:"))) as stage,
    ):
        assert (await stage.reply()).text == "ok"


async def test_tls_spoken_to_a_plain_server_is_named() -> None:
    """An https address on an http port is a TLS failure without an issuer."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(5)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with on_stage(settings(f"https://127.0.0.1:{port}/v1")) as stage:
            fault = await stage.fault()
    assert fault.kind is FaultKind.TLS
    assert "issued by" not in fault.message


def _open(**used: Any) -> None:
    Client(settings(**used), clock=SwiftClock(), redactor=Redactor())


def test_certificates_that_cannot_be_read_are_the_users_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing bundle, and one that is none, are named."""
    with pytest.raises(UsageError, match=r"missing\.pem"):
        _open(ca_bundle=tmp_path / "missing.pem")
    (tmp_path / "bad.pem").write_text("no certificate")
    with pytest.raises(UsageError, match=r"bad\.pem"):
        _open(ca_bundle=tmp_path / "bad.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    with pytest.raises(UsageError, match="SSL_CERT_FILE"):
        _open(url="https://a.example")


def test_a_host_that_the_network_library_refuses_is_the_users_mistake() -> None:
    """What passes as an address and is none ends like every other malformed one."""
    with pytest.raises(UsageError, match="cannot be used"):
        _open(url="https://☃.example")


async def test_a_damaged_tls_record_is_a_broken_connection() -> None:
    """What httpx lets through from below it is taken too, and retried."""
    damaged = ssl.SSLError(1, "decryption failed or bad record mac")
    timed_out = TimeoutError(110, "connection timed out")
    async with scripted(damaged, timed_out, answer(message(content="ok"))) as (stage, _):
        assert (await stage.reply()).text == "ok"
    assert [retry.reason for retry in stage.retries] == ["connection broken"] * 2


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "nonsense://x"])
def test_a_proxy_that_cannot_be_used_is_the_users_mistake(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variables are named, and no traceback is shown."""
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(UsageError, match="proxy"):
        _open()


async def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """The request goes through the proxy that HTTP_PROXY names, but not to hosts of NO_PROXY."""
    async with raw_server(_OK) as proxy, raw_server(_OK) as direct:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        async with on_stage(settings("http://a.example/v1")) as stage:
            await stage.reply()
        assert proxy.requests[0].startswith(b"POST http://a.example/v1/chat/completions ")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        async with on_stage(settings(direct.url)) as stage:
            await stage.reply()
        assert (len(proxy.requests), len(direct.requests)) == (1, 1)


def test_issuers(authority: trustme.CA) -> None:
    """The issuer is read from a certificate, by common name and organisation."""
    der = ssl.PEM_cert_to_DER_cert(authority.cert_pem.bytes().decode())
    assert issuer_of(der) == "Corporate Proxy Ltd"
    assert issuer_of(b"") is None
    assert issuer_of(der[:50]) is None
    assert issuer_of(b"\x30\x00") is None


@given(st.binary(max_size=200))
def test_no_bytes_break_the_issuer(data: bytes) -> None:
    """A certificate that is none has no issuer."""
    issuer_of(data)
    issuer_of(b"\x30\x82" + len(data).to_bytes(2, "big") + data)


async def test_a_stream_that_nobody_asked_for_has_its_usage_too() -> None:
    """What the reply says was paid is what the attempt says."""
    async with scripted(answer(sse(*PLAIN_STREAM))) as (stage, _):
        got = await stage.ask()
    assert isinstance(got, Answered)
    assert got.reply.usage is not None
    assert got.attempts[0].usage == got.reply.usage

"""Faults: what is said, whose it is, and what is done about it."""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from cab_check.endpoint import network_faults
from cab_check.endpoint.address import parse
from cab_check.endpoint.exchange import Exchange, Outgoing
from cab_check.endpoint.faults import NATURES, FaultKind, Party, as_error, fault_of
from cab_check.endpoint.outcome import Question, judge_failure
from cab_check.endpoint.site import Site
from cab_check.endpoint.stacks import Stack, recognise
from cab_check.errors import AuthError, EndpointError, UsageError
from cab_check.secrets import Redactor
from tests.endpoint.endpoint_stage import (
    KEY,
    NOW,
    URL,
    Script,
    SwiftClock,
    answer,
    quick,
    scripted,
    settings,
)

if TYPE_CHECKING:
    from cab_check.endpoint.faults import Fault
    from cab_check.errors import CabError

K, P = FaultKind, Party
SITE = Site(parse("https://a.example/v1"), Redactor([KEY]))


async def _fault(
    status: int, body: object, headers: dict[str, str] | None = None, key: str = KEY
) -> tuple[Fault, int]:
    """Ask an endpoint that always answers so; return the fault and the number of requests."""
    if isinstance(body, str):
        response = httpx.Response(status, text=body, headers=headers)
    else:
        response = httpx.Response(status, json=body, headers=headers)
    async with scripted(response, used=settings(key=key)) as (stage, script):
        return await stage.fault(), len(script.requests)


def _error(message: str, **more: object) -> dict[str, object]:
    return {"error": {"message": message, **more}}


@pytest.mark.parametrize(
    ("status", "kind", "party", "asked"),
    [
        (400, K.BAD_REQUEST, P.ENDPOINT, 1),
        (401, K.AUTH, P.USER, 1),
        (402, K.QUOTA, P.GATEWAY, 1),
        (403, K.FORBIDDEN, P.USER, 1),
        (404, K.NOT_FOUND, P.USER, 1),
        (408, K.SERVER_ERROR, P.ENDPOINT, 4),
        (409, K.SERVER_ERROR, P.ENDPOINT, 4),
        (413, K.TOO_LARGE, P.ENDPOINT, 1),
        (418, K.BAD_REQUEST, P.ENDPOINT, 1),
        (422, K.BAD_REQUEST, P.ENDPOINT, 1),
        (425, K.SERVER_ERROR, P.ENDPOINT, 4),
        (429, K.RATE_LIMIT, P.GATEWAY, 4),
        (500, K.SERVER_ERROR, P.ENDPOINT, 4),
        (502, K.SERVER_ERROR, P.GATEWAY, 4),
        (503, K.SERVER_ERROR, P.GATEWAY, 4),
        (504, K.SERVER_ERROR, P.GATEWAY, 4),
        (529, K.SERVER_ERROR, P.ENDPOINT, 4),
    ],
)
async def test_statuses(status: int, kind: FaultKind, party: Party, asked: int) -> None:
    """A status without telling words has its kind, its party and its number of attempts."""
    fault, requests = await _fault(status, _error("went wrong"))
    assert (fault.kind, fault.party, fault.status, requests) == (kind, party, status, asked)
    assert fault.message == f"HTTP {status}: went wrong"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, _error("x", code="insufficient_quota"), K.QUOTA),
        (429, _error("You exceeded your current quota, please check"), K.QUOTA),
        (400, _error("Your credit balance is too low"), K.QUOTA),
        (403, _error("Insufficient balance"), K.QUOTA),
        (400, _error("No connected db.", type="no_db_connection"), K.AUTH),
        (400, _error("API key not valid. Please pass a valid API key."), K.AUTH),
        (400, _error("Incorrect API key provided"), K.AUTH),
        (401, {"detail": "Invalid credentials"}, K.AUTH),
        (404, _error("The model `m-1` does not exist.", code=404), K.UNKNOWN_MODEL),
        (404, _error("x", code="model_not_found"), K.UNKNOWN_MODEL),
        (404, {"error": 'model "m-1" not found, try pulling it first'}, K.UNKNOWN_MODEL),
        (
            404,
            _error("litellm.NotFoundError: X - The model `y` does not exist"),
            K.UPSTREAM,
        ),
        (401, _error("litellm.BadRequestError: XException - The API key is wrong"), K.UPSTREAM),
        (200, _error("litellm.AuthenticationError: XException - x", code="401"), K.UPSTREAM),
        (400, _error("Invalid model name passed in model=m-1"), K.UNKNOWN_MODEL),
        (400, _error("m-1 is not a valid model ID"), K.UNKNOWN_MODEL),
        (403, _error("no access to model m-1", code="model_not_found"), K.UNKNOWN_MODEL),
        (400, _error("Model m-1 is not supported"), K.UNKNOWN_MODEL),
        (404, _error("x", code="DeploymentNotFound"), K.UNKNOWN_MODEL),
        (
            400,
            {
                "object": "error",
                "message": '"auto" tool choice requires --enable-auto-tool-choice and '
                "--tool-call-parser to be set",
            },
            K.TOOLS_UNSUPPORTED,
        ),
        (404, _error("No endpoints found that support tool use"), K.TOOLS_UNSUPPORTED),
        (
            400,
            {"error": "registry.ollama.ai/library/x does not support tools"},
            K.TOOLS_UNSUPPORTED,
        ),
        (500, _error("tools param requires --jinja flag"), K.TOOLS_UNSUPPORTED),
        (400, _error("Function calling is not enabled for this model"), K.TOOLS_UNSUPPORTED),
        (422, {"detail": [{"loc": ["body", "tools"], "msg": "Extra inputs"}]}, K.TOOLS_UNSUPPORTED),
        (400, _error("Unrecognized request argument supplied: tools"), K.TOOLS_UNSUPPORTED),
        (400, _error("x", code="context_length_exceeded"), K.CONTEXT_OVERFLOW),
        (400, _error("This model's maximum context length is 4096 tokens."), K.CONTEXT_OVERFLOW),
        (400, _error("the request exceeds the available context size"), K.CONTEXT_OVERFLOW),
        (400, _error("prompt is too long: 212334 tokens > 200000 maximum"), K.CONTEXT_OVERFLOW),
        (400, _error("Requested tokens (9000) exceed context window of 2048"), K.CONTEXT_OVERFLOW),
        (
            422,
            {"error": "`inputs` tokens + `max_new_tokens` must be <= 4096", "error_type": "v"},
            K.CONTEXT_OVERFLOW,
        ),
        (
            400,
            _error("The input (9 tokens) is longer than the model's context length (4 tokens)."),
            K.CONTEXT_OVERFLOW,
        ),
        (
            400,
            _error("The input token count (9) exceeds the maximum number of tokens allowed (4)."),
            K.CONTEXT_OVERFLOW,
        ),
        (
            400,
            _error("The prompt is longer than the maximum model length of 4"),
            K.CONTEXT_OVERFLOW,
        ),
        (500, _error("prompt length exceeds max_num_tokens: max_seq_len"), K.CONTEXT_OVERFLOW),
        (400, _error("Your request exceeded model token limit: 8192"), K.CONTEXT_OVERFLOW),
        (413, _error("Please reduce the length of the messages"), K.CONTEXT_OVERFLOW),
        (400, _error("x", code="content_filter"), K.CONTENT_FILTER),
        (400, _error("triggering Azure OpenAI's content management policy"), K.CONTENT_FILTER),
        (403, _error("requires moderation; your input was flagged"), K.CONTENT_FILTER),
        (503, _error("Rate limit reached"), K.RATE_LIMIT),
        (200, _error("busy"), K.SERVER_ERROR),
        (200, _error("rate limited upstream", code=429), K.RATE_LIMIT),
        (200, _error("Rate limit exceeded"), K.RATE_LIMIT),
        (200, _error("x", type="invalid_request_error"), K.BAD_REQUEST),
        (200, _error("x", code=401), K.AUTH),
        (204, "", K.NOT_JSON),
        (200, {"choices": None}, K.BAD_SHAPE),
        (200, {"status": "ok"}, K.BAD_SHAPE),
        # and what only sounds like one of them
        (400, _error("max_tokens is too large: 9. This model supports at most 4"), K.BAD_REQUEST),
        (400, _error("Invalid schema for function 'read_file'"), K.BAD_REQUEST),
        (400, _error("Invalid 'messages[3].tool_calls'"), K.BAD_REQUEST),
        (429, _error("Rate limit reached for tokens per min"), K.RATE_LIMIT),
        (500, _error("model runner crashed"), K.SERVER_ERROR),
        (401, _error("Authentication Error, LiteLLM Virtual Key expected"), K.AUTH),
    ],
)
async def test_wording_tells_more_than_the_status(
    status: int, body: object, kind: FaultKind
) -> None:
    """What servers write is recognised, and what only sounds alike is not."""
    fault, _ = await _fault(status, body)
    assert fault.kind is kind


@pytest.mark.parametrize(
    ("status", "kind", "party"),
    [
        (200, K.HTML, P.GATEWAY),
        (400, K.HTML, P.GATEWAY),
        (403, K.HTML, P.GATEWAY),
        (404, K.HTML, P.GATEWAY),
        (401, K.AUTH, P.USER),
        (429, K.RATE_LIMIT, P.GATEWAY),
        (500, K.SERVER_ERROR, P.ENDPOINT),
        (502, K.SERVER_ERROR, P.GATEWAY),
    ],
)
async def test_41_a_page_is_named_by_title_and_status(
    status: int, kind: FaultKind, party: Party
) -> None:
    """The page itself is never printed."""
    page = "<html><head><title>Some Portal</title></head><body>PAGE BODY</body></html>"
    fault, _ = await _fault(status, page, {"content-type": "text/html; charset=utf-8"})
    assert (fault.kind, fault.party) == (kind, party)
    assert fault.message == f"HTTP {status}: an HTML page titled 'Some Portal'"
    untitled, _ = await _fault(status, "<!doctype html>", {"content-type": "text/html"})
    assert untitled.message.endswith("an HTML page without a title")


async def test_a_web_page_is_known_in_a_streamed_request_too() -> None:
    """A 200 with a page is a wrong address, whether a stream was asked for or not."""
    page = httpx.Response(200, html="<html><title>UI</title>")
    async with scripted(page, used=settings(stream=True)) as (stage, _):
        assert (await stage.fault()).kind is K.HTML


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirects_are_not_followed_and_their_target_is_named(status: int) -> None:
    """The key would go along; the target is shown without its credentials and query values."""
    target = f"https://u:{KEY}@other.example/v2?t={KEY}"
    fault, requests = await _fault(status, "", {"location": target})
    assert (fault.kind, requests, fault.fatal) == (K.REDIRECT, 1, True)
    assert fault.message == f"HTTP {status}: the endpoint redirects to https://other.example/v2?t=…"
    nowhere, _ = await _fault(status, "")
    assert nowhere.message.endswith("nowhere")
    odd, _ = await _fault(status, "", {"location": "https://[broken"})
    assert odd.message.endswith("an address that is none")


@pytest.mark.parametrize(
    ("kind", "leaf"),
    [
        *((kind, AuthError) for kind in (K.AUTH, K.FORBIDDEN)),
        *((kind, UsageError) for kind in (K.UNKNOWN_MODEL, K.NOT_FOUND, K.REDIRECT)),
        *((kind, EndpointError) for kind in (K.DNS, K.TLS, K.HTML, K.TOOLS_UNSUPPORTED, K.QUOTA)),
        (K.UPSTREAM, EndpointError),
    ],
)
def test_as_error(kind: FaultKind, leaf: type[CabError]) -> None:
    """A fault that ends a command does so with its own exit code, message and hint."""
    error = as_error(fault_of(kind, "what happened"))
    assert type(error) is leaf
    assert (error.message, error.hint) == ("what happened", NATURES[kind].hint)


def test_every_kind_has_a_nature() -> None:
    """No kind is left without a party and a hint; nothing fatal is asked again."""
    assert set(NATURES) == set(FaultKind)
    for nature in NATURES.values():
        assert nature.hint
        assert not (nature.fatal and nature.retryable)
        assert nature.retryable or not nature.once


@pytest.mark.parametrize(
    ("headers", "said", "stack"),
    [
        ({"x-litellm-version": "1"}, "vllm says no", Stack.LITELLM),
        ({"llm_provider-date": "x"}, "", Stack.LITELLM),
        ({"apim-request-id": "x"}, "", Stack.AZURE),
        ({"x-compute-type": "gpu"}, "", Stack.TGI),
        ({"Server": "llama.cpp"}, "", Stack.LLAMA_CPP),
        ({}, "--enable-auto-tool-choice", Stack.VLLM),
        ({}, "sglang", Stack.SGLANG),
        ({}, "try pulling it first", Stack.OLLAMA),
        ({}, "No endpoints found", Stack.OPENROUTER),
        ({"server": "uvicorn"}, "bad request", None),
    ],
)
def test_stacks(headers: dict[str, str], said: str, stack: Stack | None) -> None:
    """A server stack is known by its headers before its wording."""
    assert recognise(headers, said) is stack


async def test_31_the_hint_names_vllms_own_settings() -> None:
    """Both flags, and a line that repeats the request with the key from the environment."""
    fault, requests = await _fault(
        400, _error('"auto" tool choice requires --enable-auto-tool-choice')
    )
    assert "--enable-auto-tool-choice" in fault.hint
    assert "--tool-call-parser" in fault.hint
    line = fault.hint.splitlines()[1]
    assert line.startswith('try: curl -sSi -H "Authorization: Bearer $CAB_KEY"')
    assert '"tools"' in line
    assert requests == 1


async def test_hints_follow_the_stack_and_the_missing_key() -> None:
    """A context overflow names the server's own limit; a missing key is thought of first."""
    fault, _ = await _fault(400, _error("prompt is too long"), {"server": "llama.cpp"})
    assert "llama-server with a larger -c" in fault.hint
    unknown, _ = await _fault(400, _error("prompt is too long"))
    assert unknown.hint.startswith(NATURES[K.CONTEXT_OVERFLOW].hint)
    keyless, _ = await _fault(500, "Internal Server Error", key="")
    assert keyless.hint.startswith("no key was sent")
    assert "$CAB_KEY" not in keyless.hint
    refused, _ = await _fault(401, {"detail": "Not authenticated"}, key="")
    assert "give --key" in refused.hint


async def test_a_refusal_behind_a_proxy_is_not_the_users() -> None:
    """The key and the model's name were good for the proxy; the run ends at once all the same."""
    fault, requests = await _fault(401, _error("litellm.AuthenticationError: XException - no"))
    assert (fault.party, fault.fatal, requests) == (P.GATEWAY, True, 1)
    assert "entry for this model" in fault.hint
    own, _ = await _fault(400, _error("No connected db."))
    assert own.party is P.USER
    assert own.hint.startswith("a LiteLLM proxy without a database")


@pytest.mark.parametrize(
    ("listed", "status", "hint"),
    [
        (["other"], 404, "/models does not list this model"),
        (["other"], 500, "/models does not list this model"),
        (["m-1"], 404, "the address answered before"),
        (["m-1"], 500, NATURES[K.SERVER_ERROR].hint),
        (["other"], 429, NATURES[K.RATE_LIMIT].hint),
    ],
)
async def test_44_the_list_of_models_tells_what_a_refusal_may_mean(
    listed: list[str], status: int, hint: str
) -> None:
    """Once the list was read, the address is not doubted any more; the model's name may be."""
    models = httpx.Response(200, json={"data": [{"id": name} for name in listed]})
    refusal = httpx.Response(status, json=_error("No fixture matched"))
    async with scripted(models, refusal, used=settings()) as (stage, _):
        await stage.client.models()
        fault = await stage.fault()
    assert fault.hint.startswith(hint)


async def test_a_refused_extra_body_is_the_users() -> None:
    """What --extra-body adds is no plain request; a refusal that names nothing of it is."""
    used = replace(settings(), extra_body={"foo": 1})
    named = httpx.Response(422, json={"detail": "Unexpected fields in the request: {'foo'}"})
    other = httpx.Response(422, json={"detail": "messages: food is missing"})
    async with scripted(named, used=used) as (stage, _):
        fault = await stage.fault()
    assert (fault.kind, fault.party) == (K.BAD_REQUEST, P.USER)
    assert fault.hint.startswith("leave foo out of --extra-body")
    async with scripted(other, used=used) as (stage, _):
        assert (await stage.fault()).party is P.ENDPOINT


async def test_46_401_and_403_are_worded_apart() -> None:
    """One says that the key is wrong, the other that it may not do this."""
    wrong, _ = await _fault(401, _error("no"))
    rights, _ = await _fault(403, _error("no"))
    assert "belongs to this endpoint" in wrong.hint
    assert "may not do this" in rights.hint


async def test_messages_are_short_and_hold_no_control_characters() -> None:
    """A stranger's text cannot flood the terminal or drive it."""
    fault, _ = await _fault(400, _error("a\x1b[31m\n\n b\r" + "x" * 5000))
    assert fault.message.isprintable()
    assert len(fault.message) < 330
    assert fault.message.startswith("HTTP 400: a [31m b xxx")


def _subclasses(kind: type[BaseException]) -> set[type[BaseException]]:
    return {kind} | {found for sub in kind.__subclasses__() for found in _subclasses(sub)}


def test_every_exception_of_httpx_is_translated() -> None:
    """A new exception of the library has to be put into the table before it can be missed."""
    known = {
        *("HTTPError", "RequestError", "TransportError", "HTTPStatusError"),
        *("TimeoutException", "ConnectTimeout", "ReadTimeout", "WriteTimeout", "PoolTimeout"),
        *("NetworkError", "ConnectError", "ReadError", "WriteError", "CloseError"),
        *("ProxyError", "UnsupportedProtocol", "DecodingError", "TooManyRedirects"),
        *("ProtocolError", "LocalProtocolError", "RemoteProtocolError"),
    }
    assert {kind.__name__ for kind in _subclasses(httpx.HTTPError)} == known
    assert {kind for kind in network_faults.TRANSLATION if not hasattr(httpx, kind)} == set()


def _caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (httpx.ConnectTimeout(""), K.CONNECT_TIMEOUT, "connect timer: no connection within 10 s"),
        (httpx.PoolTimeout(""), K.CONNECT_TIMEOUT, "connect timer"),
        (httpx.ConnectError("boom"), K.CONNECT, "cannot connect: boom"),
        (
            _caused(httpx.ConnectError("all failed"), ConnectionRefusedError()),
            K.CONNECT,
            "connection refused",
        ),
        (
            _caused(
                httpx.ConnectError("all failed"),
                ExceptionGroup("both", [OSError("v6"), ConnectionRefusedError()]),
            ),
            K.CONNECT,
            "connection refused",
        ),
        (
            _caused(httpx.ConnectError("x"), socket.gaierror(socket.EAI_NONAME, "not known")),
            K.DNS,
            "the host of https://a.example/v1 is unknown: not known",
        ),
        (
            _caused(httpx.ConnectError("x"), ssl.SSLError(1, "wrong version number")),
            K.TLS,
            "TLS with https://a.example/v1 failed: ",
        ),
        (httpx.ProxyError("407 needed"), K.CONNECT, "407 needed"),
        (httpx.ReadError(""), K.BROKEN_CONNECTION, "the connection broke: ReadError"),
        (httpx.ReadTimeout(""), K.BROKEN_CONNECTION, "the connection broke"),
        (
            httpx.RemoteProtocolError("peer closed connection"),
            K.BROKEN_CONNECTION,
            "the connection broke: peer closed",
        ),
        (
            httpx.RemoteProtocolError("illegal header line"),
            K.BROKEN_CONNECTION,
            "what came is no valid HTTP: illegal header line",
        ),
        (ssl.SSLError(1, "bad record mac"), K.BROKEN_CONNECTION, "bad record mac"),
        (httpx.StreamClosed(), K.BROKEN_CONNECTION, "the connection broke"),
        (httpx.DecodingError("bad gzip"), K.NOT_JSON, "encoding is damaged: bad gzip"),
    ],
)
def test_network_faults(error: Exception, kind: FaultKind, words: str) -> None:
    """What the network did is put into words that name the address."""
    fault = network_faults.from_exception(error, site=SITE)
    assert fault.kind is kind
    assert words in fault.message
    assert "https://a.example/v1" in fault.message


@pytest.mark.parametrize(
    ("number", "again"), [(socket.EAI_NONAME, False), (socket.EAI_AGAIN, True)]
)
def test_only_a_resolver_in_trouble_is_asked_again(number: int, *, again: bool) -> None:
    """A name that does not exist will not exist in a second."""
    error = _caused(httpx.ConnectError("x"), socket.gaierror(number, "no"))
    assert network_faults.from_exception(error, site=SITE).retryable is again


async def test_a_proxys_failure_names_the_proxys_settings() -> None:
    """The hint leads to the variables, not to the endpoint."""
    async with scripted(httpx.ProxyError("407")) as (stage, _):
        assert "HTTPS_PROXY" in (await stage.fault()).hint


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("largest", [4_999, 5_002])
async def test_an_answer_without_bounds_is_given_up(largest: int, *, stream: bool) -> None:
    """A body that never ends does not fill the memory."""
    script = Script([answer(b": " + b"x" * 5000)])
    outgoing = Outgoing(
        method="POST", url=URL, body=b"", stream=stream, left_s=5.0, largest_bytes=largest
    )
    async with httpx.AsyncClient(transport=script.transport) as http:
        incoming = await Exchange(http, outgoing, timers=quick(), clock=SwiftClock()).run()
    failure = judge_failure(incoming, Question(site=SITE, now=NOW, streamed=stream))
    if largest > 5000:
        assert failure is None
    else:
        assert failure is not None
        assert failure.fault.kind is K.BAD_SHAPE
        assert failure.fault.message == "the answer was cut off at 4,999 bytes: a flood"

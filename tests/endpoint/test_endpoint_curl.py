"""The hint's command: run by the real curl it gets the failure that the client got."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import trustme

from cab_check.demo import serve
from cab_check.demo.request import HttpLimits
from cab_check.demo.response import Response
from cab_check.demo.server import DemoServer
from cab_check.endpoint.client import Client
from cab_check.endpoint.curl import BODY_NAME
from cab_check.endpoint.keep import Keep
from cab_check.endpoint.message import Answered, Message, Role, ToolSpec, Unanswered
from cab_check.secrets import Redactor
from cab_check.settings import EndpointSettings, RetryPolicy
from tests.endpoint.endpoint_stage import KEY, QUESTION, TOOLS, SwiftClock, answer, scripted
from tests.endpoint.endpoint_stage import settings as used

if TYPE_CHECKING:
    from pathlib import Path

    from cab_check.demo.request import HttpRequest
    from cab_check.endpoint.faults import Fault

CURL = shutil.which("curl")
needs_curl = pytest.mark.skipif(CURL is None, reason="curl is not installed")
LONG = (*QUESTION, Message(role=Role.USER, text="It's a “quoted” $HOME `line`.\n" * 100))


class Refusing:
    """A server of the embedded kind that answers everything alike and keeps what it was asked."""

    def __init__(self, status: int, body: bytes) -> None:
        self.requests: list[HttpRequest] = []
        self._status = status
        self._body = body

    def respond(self, request: HttpRequest) -> Response:
        """Answer as every time."""
        self.requests.append(request)
        return Response.whole(self._status, self._body)


async def _fails(
    url: str, messages: tuple[Message, ...], folder: Path | None, key: str = KEY
) -> Fault:
    found = EndpointSettings(url=url, key=key, model="m-1", retry=RetryPolicy(attempts=1))
    async with Client(found, clock=SwiftClock(), redactor=Redactor([key])) as client:
        got = await client.conversation(keep=Keep(folder=folder)).ask(
            messages, TOOLS, left_s=30, where="turn 1", on_retry=lambda _: None
        )
    assert isinstance(got, Unanswered)
    return got.fault


def _command(fault: Fault) -> str:
    advice, _, line = fault.hint.partition("\n")
    assert advice
    assert "\n" not in line
    assert KEY not in line
    return line.removeprefix("try: ")


async def _run(command: str, key: str, **more: str) -> str:
    process = await asyncio.create_subprocess_shell(
        command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "CAB_KEY": key, "NO_PROXY": "*", **more},
    )
    out, err = await process.communicate()
    assert err == b""
    return out.decode()


@needs_curl
@pytest.mark.parametrize("kept", [True, False], ids=["from-a-file", "inline"])
@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, '"auto" tool choice requires --enable-auto-tool-choice'),
        (500, "the engine died"),
        (200, ""),
    ],
    ids=["tools-refused", "500", "empty-200"],
)
async def test_curl_repeats_the_request(
    tmp_path: Path, status: int, said: str, *, kept: bool
) -> None:
    """The server sees the same path, key and body, and says the same."""
    refusing = Refusing(status, said.encode())
    server = DemoServer(refusing.respond, HttpLimits())
    await server.start(0)
    folder = tmp_path / "a run's place" if kept else None
    if folder is not None:
        folder.mkdir()
    try:
        fault = await _fails(server.url, LONG, folder)
        ours = refusing.requests[-1]
        out = await _run(_command(fault), KEY)
    finally:
        await server.close()
    theirs = refusing.requests[-1]
    assert len(refusing.requests) > 1
    assert (theirs.method, theirs.target, theirs.body) == (ours.method, ours.target, ours.body)
    for name in ("authorization", "content-type"):
        assert theirs.header(name) == ours.header(name)
    assert out.startswith(f"HTTP/1.1 {status} ")
    assert out.endswith(said)
    if folder is not None:
        kept_body = folder / BODY_NAME
        assert kept_body.read_bytes() == ours.body
        assert kept_body.stat().st_mode & 0o777 == 0o600


@needs_curl
async def test_curl_repeats_a_refused_key() -> None:
    """With the same wrong key it is refused alike, and with the right one it is not."""
    async with serve(key=KEY) as server:
        fault = await _fails(server.url, QUESTION, None, key="wrong-key-0123456789")
        command = _command(fault)
        refused = await _run(command, "wrong-key-0123456789")
        let_in = await _run(command, KEY)
    assert refused.startswith("HTTP/1.1 401 ")
    assert "invalid_api_key" in refused
    assert not let_in.startswith("HTTP/1.1 401 ")


@needs_curl
async def test_curl_takes_every_secret_from_a_variable() -> None:
    """The user's own headers, the query's values and user:password@ arrive as ours did."""
    refusing = Refusing(400, b"no")
    server = DemoServer(refusing.respond, HttpLimits())
    await server.start(0)
    place = server.url.removeprefix("http://")
    found = replace(
        used(f"http://user:pass-word-1234@{place}?api-version={'v' * 12}&flag", key=""),
        headers=(("X-Team's", "team-secret-1"),),
    )
    azure = replace(used(server.url), headers=(("api-key", KEY), ("Authorization", "none")))
    try:
        line = _command(await _refused(found))
        await _run(
            line,
            "",
            CAB_USERINFO="user:pass-word-1234",
            CAB_QUERY_API_VERSION="v" * 12,
            CAB_QUERY_2="flag",
            CAB_HEADER_X_TEAM_S="team-secret-1",
        )
        assert not re.search("pass-word|team-secret|vvv|user:|flag", line)
        command = _command(await _refused(azure))
        await _run(command, KEY, CAB_HEADER_AUTHORIZATION="none")
    finally:
        await server.close()
    assert "Bearer" not in command
    ours, theirs, ours_too, theirs_too = refusing.requests
    for one, other in ((ours, theirs), (ours_too, theirs_too)):
        assert (one.target, one.body) == (other.target, other.body)
        for name in ("authorization", "x-team's", "api-key"):
            assert one.header(name) == other.header(name)
    assert ours.header("authorization") is not None
    assert ours.header("x-team's") == "team-secret-1"


async def _refused(found: EndpointSettings) -> Fault:
    secrets = ["pass-word-1234", "team-secret-1", KEY, "v" * 12]
    async with Client(found, clock=SwiftClock(), redactor=Redactor(secrets)) as client:
        got = await client.conversation().ask(
            QUESTION, TOOLS, left_s=30, where="turn 1", on_retry=lambda _: None
        )
    assert isinstance(got, Unanswered)
    return got.fault


@needs_curl
async def test_curl_repeats_calls_that_came_as_text(tmp_path: Path) -> None:
    """What was answered, and was no answer to an agent, is had again."""
    model = "oracle:integrity/ambiguous-ticket"
    async with serve(key=KEY, quirks=["text-calls-hermes"]) as server:
        found = replace(used(server.url), model=model)
        async with Client(found, clock=SwiftClock(), redactor=Redactor([KEY])) as client:
            conversation = client.conversation(keep=Keep(folder=tmp_path))
            string = {"type": "string"}
            schema = {"type": "object", "properties": {"path": string, "content": string}}
            tools = (ToolSpec("write_file", "Write a file.", schema),)
            got = await conversation.ask(
                QUESTION, tools, left_s=30, where="turn 1", on_retry=lambda _: None
            )
            assert isinstance(got, Answered)
            assert "<tool_call>" in (got.reply.text or "")
            fault = conversation.calls_as_text("Hermes")
        out = await _run(_command(fault), KEY)
    assert fault.message == "tool calls came as text: Hermes"
    assert "<tool_call>" in out


async def test_a_bundle_is_named_and_a_stream_is_not_buffered(tmp_path: Path) -> None:
    """What the request needs beside its headers is in the command."""
    bundle = tmp_path / "my ca.pem"
    shutil.copy(_any_certificate(tmp_path), bundle)
    found = replace(used(stream=True, ca_bundle=bundle), url="https://127.0.0.1:9/v1")
    async with scripted(answer({"error": "no"}, 403), used=found) as (stage, _):
        line = _command(await stage.fault())
    assert line.startswith("curl -sSiN --cacert")
    assert str(bundle) in shlex.split(line)


def _any_certificate(folder: Path) -> Path:
    path = folder / "one.pem"
    trustme.CA().cert_pem.write_to_path(str(path))
    return path


async def test_no_command_where_none_would_help(tmp_path: Path) -> None:
    """Nobody answers, or the body fits neither in a file nor in an argument."""
    async with scripted(answer({"error": "no"}, 400)) as (stage, _):
        huge = (Message(role=Role.USER, text="x" * 130_000),)
        got = await stage.ask(huge)
        assert isinstance(got, Unanswered)
        assert "curl" not in got.fault.hint
        missing = stage.client.conversation(keep=Keep(folder=tmp_path / "gone"))
        got = await missing.ask(LONG, TOOLS, left_s=30, where="turn 1", on_retry=lambda _: None)
        assert isinstance(got, Unanswered)
        assert "@" not in got.fault.hint
        assert '"messages"' in got.fault.hint
    closed = await _fails("http://127.0.0.1:9/v1", QUESTION, None)
    assert "curl" not in closed.hint


async def test_the_list_of_models_has_its_command_too() -> None:
    """A refused key is found there first."""
    async with scripted(answer({"error": "no"}, 401)) as (stage, _):
        models = await stage.client.models()
    assert models.fault is not None
    assert _command(models.fault).endswith("http://127.0.0.1:9/v1/models")
    assert " -d " not in models.fault.hint

"""Preflight: what is told before anything is spent."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import httpx
import pytest

from cab_check.clock import SystemClock
from cab_check.endpoint.client import Client
from cab_check.errors import AuthError, EndpointError, MachineError, UsageError
from cab_check.secrets import Redactor
from cab_check.settings import EndpointSettings
from cab_check.sweep import check_endpoint, check_machine
from cab_check.tasks import catalog

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.sweep import Preflight

KEY = "made-up-key-for-tests"


async def _asked(answer: Callable[[httpx.Request], httpx.Response], model: str) -> Preflight:
    settings = EndpointSettings(url="https://api.example.com/v1", key=KEY, model=model)
    transport = httpx.MockTransport(answer)
    async with Client(
        settings, clock=SystemClock(), redactor=Redactor([KEY]), transport=transport
    ) as client:
        return await check_endpoint(client, model)


def _models(*names: str) -> Callable[[httpx.Request], httpx.Response]:
    listed = {"object": "list", "data": [{"id": name, "object": "model"} for name in names]}
    return lambda _: httpx.Response(200, json=listed)


def _status(code: int) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(code, json={"error": {"message": "no"}})


async def test_the_only_model_is_taken_and_named() -> None:
    """No model given, one listed."""
    found = await _asked(_models("only"), "")
    assert found.model == "only"
    assert "only" in found.notes[0]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), "lists no model"),
        (("a", "b"), "has 2: a, b"),
        (tuple("abcdefghijklmnopqrstuvw"), "3 more"),
    ],
    ids=["none", "two", "many"],
)
async def test_no_model_given_and_none_settled(names: tuple[str, ...], words: str) -> None:
    """None or several listed: a usage error that lists them."""
    with pytest.raises(UsageError, match=words):
        await _asked(_models(*names), "")


async def test_no_model_given_and_no_list() -> None:
    """No /models at all: a usage error that says so."""
    with pytest.raises(UsageError, match="has no /models"):
        await _asked(_status(404), "")


async def test_no_model_given_and_the_key_refused() -> None:
    """Without a model the list is needed, so a refused key ends here."""
    with pytest.raises(AuthError):
        await _asked(_status(401), "")


async def test_with_a_model_a_refused_list_is_only_a_note() -> None:
    """Some servers guard /models otherwise than chat: the first turn decides."""
    found = await _asked(_status(401), "mine")
    assert found.model == "mine"
    assert "401" in found.notes[0]


async def test_a_model_that_is_not_listed_is_a_note_with_what_is_near() -> None:
    """Lists may be partial."""
    found = await _asked(_models("step-3.5-flash", "other"), "step-3.5-flesh")
    assert "step-3.5-flash" in found.notes[0]
    assert (await _asked(_models("other"), "zzz")).notes == ("note: /models does not list zzz",)
    assert (await _asked(_models("mine"), "mine")).notes == ()


async def test_an_address_that_cannot_be_reached_ends_here() -> None:
    """Nothing else can succeed then."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("[Errno 111] Connection refused", request=request)

    with pytest.raises(EndpointError):
        await _asked(refuse, "mine")


def test_a_program_that_is_missing_is_told_before_any_request() -> None:
    """`requires` that this machine lacks: exit 6, named, with a way out."""
    task = catalog.find("polyglot/python-reverse-string")
    check_machine([task])
    needy = dataclasses.replace(task, requires=("python3", "no-such-compiler"))
    with pytest.raises(MachineError, match="no-such-compiler") as caught:
        check_machine([task, needy])
    assert "python3" not in caught.value.message
    assert "install no-such-compiler" in caught.value.hint

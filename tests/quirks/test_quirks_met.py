"""Every quirk met end to end: real server, client, loop, cell and sweep; the id is its name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cab_check.agent.episode import StopReason
from cab_check.demo.quirks import QUIRKS
from cab_check.endpoint.faults import Party
from cab_check.endpoint.ledger import ADVICE, Oddity
from cab_check.endpoint.message import Role
from cab_check.errors import EndpointError, ExitCode, UsageError
from cab_check.verdict import Status
from tests.quirks.expectations import ENDS, PASSES, SCENES, STOPS_BEFORE, TURNS, Scene

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.quirks.conftest import Met

    Meet = Callable[..., Awaitable[Met]]


def test_every_row_has_a_quirk_and_every_quirk_an_expectation() -> None:
    """ENDPOINTS §5 and §6 have 59 rows."""
    assert {quirk.row for quirk in QUIRKS.values()} == set(range(1, 60))
    assert sorted([*PASSES, *ENDS, *STOPS_BEFORE]) == sorted(QUIRKS)
    assert set(SCENES) <= set(QUIRKS)


def test_every_oddity_has_its_advice() -> None:
    """Whoever reads an entry is told what to mend."""
    assert set(ADVICE) == set(Oddity)


async def test_without_a_quirk_the_ledger_is_empty(meet: Meet) -> None:
    """The oracle passes in four turns, and nothing had to be done for the endpoint."""
    met = await meet()
    assert met.ledger == {}
    assert (met.record.passed, met.completions, met.notes) == (True, TURNS, ())


@pytest.mark.parametrize("name", PASSES)
async def test_a_quirk_that_can_be_lived_with(meet: Meet, name: str) -> None:
    """The oracle passes with exactly the entries that tell of it, and asks no more than needed."""
    expected = PASSES[name]
    met = await meet(name, scene=SCENES.get(name))
    assert met.ledger == expected.ledger
    assert all(entry.advice for entry in met.record.accommodations)
    assert met.record.passed, met.record.verdict.evidence
    assert met.record.verdict.status is Status.SCORED
    assert (met.record.stop_reason, met.exit_code) == (StopReason.FINISHED, ExitCode.PASSED)
    assert met.completions == TURNS + expected.more


@pytest.mark.parametrize("name", ENDS)
async def test_a_quirk_that_ends_the_cell(meet: Meet, name: str) -> None:
    """Not scored, or a model's scored failure; whose fault it was, and by which evidence."""
    expected = ENDS[name]
    met = await meet(name, scene=SCENES.get(name))
    verdict = met.record.verdict
    scored = expected.fault is Party.MODEL
    assert (verdict.status is Status.SCORED, verdict.fault) == (scored, expected.fault)
    assert expected.says in verdict.evidence
    assert verdict.hint
    assert (met.record.stop_reason, met.exit_code) == (expected.stop, expected.exit)
    assert met.ledger == expected.ledger
    assert met.completions == expected.asks
    assert not met.record.passed


async def test_tls_that_is_intercepted_names_the_issuer(meet: Meet) -> None:
    """Row 47: told before anything is spent, with the way out."""
    with pytest.raises(EndpointError, match="issued by Example Corp Inspection CA") as caught:
        await meet("tls-intercepted")
    assert "--ca-bundle" in caught.value.hint


@pytest.mark.parametrize("key", ["https://api.example.com/v1", "my key is abc"])
async def test_what_is_no_key_is_refused_unshown(meet: Meet, key: str) -> None:
    """Row 46: an address or prose pasted as the key."""
    with pytest.raises(UsageError) as caught:
        await meet(scene=Scene(key=key))
    assert key not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("name", ["arguments-emptied", "tool-name-unknown", "arguments-one-bad"])
async def test_every_call_is_answered_and_a_bad_one_told_why(meet: Meet, name: str) -> None:
    """Rows 2, 5, 35: the schema, the valid names, or where reading failed."""
    words = {
        "arguments-emptied": 'The parameters of read_file are {"type": "object"',
        "tool-name-unknown": "The tools are: read_file, write_file,",
        "arguments-one-bad": "Reading them failed: Invalid \\escape",
    }
    met = await meet(name)
    messages = met.cell.run.messages
    calls = [call.id for message in messages for call in message.tool_calls]
    told = [message for message in messages if message.role is Role.TOOL]
    assert [message.call_id for message in told] == calls
    assert any(words[name] in (message.text or "") for message in told)


@pytest.mark.parametrize("name", ["text-calls-streamed", "stream-loses-calls", "stream-refused"])
async def test_what_only_streams_have_is_gone_without_one(meet: Meet, name: str) -> None:
    """Rows 34, 58: with --no-stream nothing is to be noted."""
    met = await meet(name, scene=Scene(settings={"stream": False}))
    assert (met.ledger, met.record.passed, met.completions) == ({}, True, TURNS)


async def test_unknown_usage_is_never_zero(meet: Meet) -> None:
    """Rows 14, 15: no figure where none came, the true ones where zeros came first."""
    unknown, zeros, plain = await meet("usage-null"), await meet("usage-zero-early"), await meet()
    assert unknown.record.timing.prompt_tokens is None
    assert zeros.record.timing.prompt_tokens == plain.record.timing.prompt_tokens


async def test_lists_of_models_are_only_noted(meet: Meet) -> None:
    """Row 44: a partial list and a refused one are lines before the run."""
    assert "does not list oracle:quirks/small" in (await meet("models-partial")).notes[0]
    assert "401" in (await meet("models-refused")).notes[0]
    assert (await meet("models-missing")).notes == ()


@pytest.mark.parametrize(
    "form", ["{bare}/v1/", "{bare}/v1/chat/completions", "{bare}/", "{host}/v1", "{host}"]
)
async def test_addresses_as_people_paste_them(meet: Meet, form: str) -> None:
    """Row 42: slash, full path, no /v1, no scheme."""

    def written(server: object) -> str:
        bare = str(getattr(server, "url", "")).removesuffix("/v1")
        return form.format(bare=bare, host=bare.removeprefix("http://"))

    met = await meet("bare-base-page", scene=Scene(url=written))
    assert (met.ledger, met.record.passed) == ({}, True)


async def test_several_quirks_at_once(meet: Meet) -> None:
    """They add up: each leaves its own entry."""
    met = await meet("index-missing", "done-missing", "stream-options-refused", "ids-missing")
    assert met.record.passed
    assert met.ledger == {
        "tool-index-missing": 3,
        "call-id-missing": 3,
        "stream-done-missing": TURNS,
        "stream-options-refused": 1,
    }


async def test_a_doubt_that_is_refused_leaves_the_streams_answer(meet: Meet) -> None:
    """Asked once without a stream, refused, never asked again: the first answer counts."""
    met = await meet("calls-announced-once", "stream-only")
    assert met.ledger == {"finish-reason-mismatch": 1}
    assert (met.record.passed, met.completions) == (True, TURNS + 2)
    first = met.record.model_calls[0]
    assert (first.attempts, first.finish_reason, first.error) == (2, "tool_calls", None)


@pytest.mark.parametrize("name", [name for name in QUIRKS if QUIRKS[name].whole])
async def test_a_quirk_of_plain_answers_as_well(meet: Meet, name: str) -> None:
    """What is odd in a stream is odd in a plain answer too, and met the same way."""
    scene = replace(SCENES.get(name, Scene()), settings={"stream": False})
    met = await meet(name, scene=scene)
    expected = {
        entry.replace("stream-usage", "usage"): count
        for entry, count in PASSES[name].ledger.items()
    }
    assert (met.ledger, met.record.passed, met.completions) == (expected, True, TURNS)

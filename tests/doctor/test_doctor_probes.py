"""Single probes before a scripted endpoint: what each makes of an answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import httpx
import pytest

from cab_check.doctor import accounts, calls, comparing, entry, load, questions, turns
from cab_check.doctor.asking import How
from cab_check.doctor.chart import Chart
from cab_check.doctor.finding import Mark
from cab_check.endpoint.client import Models
from cab_check.endpoint.message import Reasoning, Reply, ToolCall, Usage
from tests.doctor.ward import MODEL, probed, reply, settings

if TYPE_CHECKING:
    from collections.abc import Callable

READ = ("read_file", '{"path": "README.md"}')
LIST = ("list_files", "{}")
LIMITED = httpx.Response(429, json={"error": {"message": "slow down", "code": "rate_limit"}})
BROKEN = httpx.Response(400, json={"error": {"message": "I do not like this"}})
NO_TOOLS = httpx.Response(400, json={"error": {"message": "tools are not supported"}})

CASES: dict[str, tuple[Callable[..., object], list[httpx.Response], Mark, str]] = {
    "plain: text": (turns.plain, [reply("READY")], Mark.PASS, "answered 'READY'"),
    "plain: cut while thinking": (
        turns.plain,
        [reply("", finish="length", reasoning="hm")],
        Mark.PASS,
        "reachable: 64 tokens went",
    ),
    "plain: nothing": (turns.plain, [reply("")], Mark.FAIL, "an empty reply, finish_reason stop"),
    "plain: refused": (turns.plain, [BROKEN], Mark.FAIL, "I do not like this"),
    "unicode: same": (turns.foreign_letters, [reply(questions.FOREIGN)], Mark.PASS, "unharmed"),
    "unicode: second try": (
        turns.foreign_letters,
        [reply("a crab"), reply(questions.FOREIGN)],
        Mark.PASS,
        "unharmed",
    ),
    "unicode: damaged": (
        turns.foreign_letters,
        [reply("\ufffd\ufffd na\u00efve")],
        Mark.FAIL,
        "came back damaged",
    ),
    "unicode: other words": (turns.foreign_letters, [reply("a crab")], Mark.WARN, "said 'a crab'"),
    "unicode: cut": (turns.foreign_letters, [reply("", finish="length")], Mark.SKIPPED, "went"),
    "unicode: refused": (turns.foreign_letters, [BROKEN], Mark.FAIL, "I do not like this"),
    "call: right": (calls.tool_call, [reply(calls=[READ])], Mark.PASS, "read_file("),
    "call: another tool": (
        calls.tool_call,
        [reply(calls=[LIST])],
        Mark.WARN,
        "asked for read_file",
    ),
    "call: second try": (
        calls.tool_call,
        [reply("I would read it."), reply(calls=[READ])],
        Mark.WARN,
        "at the second try",
    ),
    "call: never": (calls.tool_call, [reply("I would read it.")], Mark.WARN, "no call came"),
    "call: broken the second time": (
        calls.tool_call,
        [reply("I would read it."), BROKEN],
        Mark.WARN,
        "no call came",
    ),
    "call: cut while thinking": (
        calls.tool_call,
        [reply("", finish="length", reasoning="hm")],
        Mark.WARN,
        "cut before a call",
    ),
    "call: leaked": (
        calls.tool_call,
        [reply('<tool_call>{"name": "read_file", "arguments": {"path": "a"}}</tool_call>')],
        Mark.FAIL,
        "Hermes",
    ),
    "call: rate limit": (calls.tool_call, [LIMITED], Mark.WARN, "429"),
    "two: one": (calls.two_calls, [reply(calls=[READ])], Mark.WARN, "one call came"),
    "two: the same twice": (
        calls.two_calls,
        [reply(calls=[READ, READ])],
        Mark.WARN,
        "asked for two tools",
    ),
    "two: right": (calls.two_calls, [reply(calls=[READ, LIST])], Mark.PASS, "list_files({})"),
    "large: read": (calls.large_result, [reply(questions.LAST_LINE)], Mark.PASS, "30 KB taken"),
    "large: not read": (calls.large_result, [reply("What log?")], Mark.WARN, "'What log?'"),
    "large: called again": (calls.large_result, [reply(calls=[READ])], Mark.WARN, "again"),
    "large: empty": (calls.large_result, [reply("")], Mark.WARN, "the reply is empty"),
    "large: too large": (
        calls.large_result,
        [httpx.Response(413, text="too large")],
        Mark.FAIL,
        "413",
    ),
    "large: no tools": (calls.large_result, [NO_TOOLS], Mark.SKIPPED, "tools are refused"),
    "malformed: taken": (calls.malformed_history, [reply(calls=[READ])], Mark.PASS, "taken"),
    "malformed: refused": (
        calls.malformed_history,
        [BROKEN, BROKEN, reply("x")],
        Mark.WARN,
        "refused: HTTP 400",
    ),
    "malformed: any history is refused": (
        calls.malformed_history,
        [BROKEN],
        Mark.FAIL,
        "HTTP 400: I do not like this",
    ),
    "malformed: rate limit": (calls.malformed_history, [LIMITED], Mark.WARN, "HTTP 429"),
    "turn two: nothing to send back": (calls.turn_two, [reply("x")], Mark.SKIPPED, "no tool call"),
    "stop: length": (accounts.stop_reasons, [reply("1 2", finish="length")], Mark.PASS, "length"),
    "stop: never cut": (
        accounts.stop_reasons,
        [reply("1 2 3 400")],
        Mark.WARN,
        "did not cut a text of 400 numbers",
    ),
    "stop: not named": (accounts.stop_reasons, [reply("1 2")], Mark.WARN, "not with length"),
    "stop: calls": (accounts.stop_reasons, [reply(calls=[READ])], Mark.SKIPPED, "calls came"),
    "stop: refused": (accounts.stop_reasons, [BROKEN], Mark.FAIL, "I do not like this"),
    "crowd: all mixed up": (load.four_at_once, [reply("READY 333")], Mark.FAIL, "another question"),
    "crowd: other words": (load.four_at_once, [reply("I am ready.")], Mark.PASS, "all answered"),
    "crowd: some": (
        load.four_at_once,
        [reply("READY"), reply("READY"), BROKEN],
        Mark.WARN,
        "2 of 4 were answered",
    ),
    "crowd: nobody": (load.four_at_once, [BROKEN], Mark.FAIL, "I do not like this"),
    "pace: not streamed": (load.pace, [reply("1")], Mark.SKIPPED, "nothing is streamed"),
    "compare: not streamed": (comparing.stream_and_plain, [reply("1")], Mark.SKIPPED, "nothing is"),
    "unknown: refused": (entry.unknown_model, [BROKEN], Mark.PASS, "refused (400)"),
    "unknown: answered": (entry.unknown_model, [reply("READY")], Mark.WARN, f"as {MODEL}"),
    "unknown: 500": (entry.unknown_model, [httpx.Response(500)], Mark.WARN, "HTTP 500"),
    "unknown: rate limit": (entry.unknown_model, [LIMITED], Mark.SKIPPED, "rate limit"),
    "usage: none": (accounts.usage, [reply("x")], Mark.WARN, "no answer carries usage"),
}


@pytest.mark.parametrize("name", CASES)
async def test_a_probe_judges_what_it_is_answered(name: str) -> None:
    """Each answer gets its mark, and whatever is not well gets a fix."""
    probe, answers, mark, said = CASES[name]
    seen, asking = await probed(probe, *answers)
    assert (seen.mark, said in seen.evidence) == (mark, True), seen
    assert bool(seen.fix) == (mark in (Mark.WARN, Mark.FAIL))
    # that another name answered a model that cannot exist is that probe's own finding
    assert "another-model-answered" not in {found.name for found in asking.ledger.entries()}


async def test_turn_two_sends_back_what_came() -> None:
    """The id, the null content and the reasoning's field are named in the evidence."""
    called = Reply(
        text=None,
        reasoning=(Reasoning("reasoning", "hm"),),
        tool_calls=(ToolCall("call_7", *READ),),
        finish_reason="tool_calls",
        usage=None,
        model=None,
    )
    chart = Chart(streams=False, called=called)
    seen, _ = await probed(calls.turn_two, reply(questions.FIRST_LINE), chart=chart)
    assert seen.mark is Mark.PASS
    assert seen.evidence.startswith("its ids, null content, reasoning taken back")
    seen, _ = await probed(calls.turn_two, BROKEN, chart=chart)
    assert seen.mark is Mark.FAIL


async def test_a_rate_limit_makes_the_probes_go_one_by_one() -> None:
    """A 429 that a second attempt got over is entered, and no more is asked at once."""
    seen, asking = await probed(turns.plain, LIMITED, reply("READY"))
    assert seen.mark is Mark.PASS
    assert [entry.name for entry in asking.ledger.entries()] == ["retried-rate-limit"]
    assert asking.chart.one_by_one


async def test_answers_without_usage_are_counted_as_such() -> None:
    """What an answer took is unknown when it does not say, and never zero."""
    body = {"choices": [{"index": 0, "message": {"content": "READY"}, "finish_reason": "stop"}]}
    _, asking = await probed(turns.plain, httpx.Response(200, json=body))
    assert (asking.spent.requests, asking.spent.tokens, asking.spent.uncounted) == (1, 0, 1)


@pytest.mark.parametrize(
    ("usage", "said"),
    [
        ({"prompt_tokens": 0, "completion_tokens": 3}, "0 prompt tokens"),
        ({"prompt_tokens": 9, "completion_tokens": 0}, "0 completion tokens"),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 3,
                "completion_tokens_details": {"reasoning_tokens": 4},
            },
            "4 reasoning tokens are not inside 3",
        ),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 3,
                "prompt_tokens_details": {"cached_tokens": 10},
            },
            "10 cached tokens are not inside 9",
        ),
    ],
    ids=["prompt", "completion", "reasoning", "cached"],
)
async def test_usage_that_cannot_be_is_named(usage: dict[str, object], said: str) -> None:
    """A part is never more than what it is a part of, and nothing is free."""
    _, asking = await probed(turns.plain, reply("READY", usage=usage))
    seen = await accounts.usage(asking)
    assert seen.mark is Mark.WARN
    assert said in seen.evidence


def _said(**changed: object) -> Reply:
    fields: dict[str, object] = {
        "text": None,
        "tool_calls": (ToolCall("a", *READ),),
        "finish_reason": "tool_calls",
        "usage": Usage(prompt_tokens=9, completion_tokens=3, total_tokens=12),
        "model": "m",
        **changed,
    }
    return Reply(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "field", "grave"),
    [
        ({"tool_calls": ()}, "tool_calls", True),
        ({"tool_calls": (ToolCall("a", "read_file", "{"),)}, "arguments", True),
        ({"finish_reason": "stop"}, "finish_reason", False),
        ({"reasoning": (Reasoning("thinking", "x"),)}, "reasoning", False),
        ({"model": "n"}, "model", False),
        (
            {"usage": Usage(prompt_tokens=8, completion_tokens=3, total_tokens=11)},
            "usage.prompt_tokens",
            False,
        ),
    ],
    ids=["calls", "arguments", "finish", "reasoning", "model", "usage"],
)
def test_the_first_field_that_differs_is_named(
    changed: dict[str, object],
    field: str,
    grave: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    """Only what an agent acts on is grave."""
    found = comparing.first_difference(_said(**changed), _said())
    assert found is not None
    assert (found.field, found.grave) == (field, grave)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"tool_calls": (ToolCall("b", "read_file", '{ "path":"README.md" }'),)},
        {"text": "I look."},
        {"usage": None},
    ],
    ids=["same", "id and spacing", "text", "no usage"],
)
def test_what_a_model_may_say_otherwise_is_no_difference(changed: dict[str, object]) -> None:
    """Ids, spacing and words may differ; usage that is missing is told elsewhere."""
    assert comparing.first_difference(_said(**changed), _said()) is None


OVERFLOWS = {
    "named": (
        httpx.Response(400, json={"error": {"message": "maximum context length is 4096 tokens"}}),
        4096,
        Mark.PASS,
        "refused as one",
    ),
    "not named": (BROKEN, 4096, Mark.WARN, "not named as one"),
    "cut in silence": (
        reply("READY", usage={"prompt_tokens": 4096, "completion_tokens": 2}),
        4096,
        Mark.WARN,
        "cut away",
    ),
    "larger than named": (
        reply("READY", usage={"prompt_tokens": 9000, "completion_tokens": 2}),
        4096,
        Mark.WARN,
        "names 4,096",
    ),
    "not asked": (reply("READY"), 40_000, Mark.SKIPPED, "--deep"),
    "no length": (reply("READY"), None, Mark.SKIPPED, "no context length at /models"),
}


@pytest.mark.parametrize("name", OVERFLOWS)
async def test_the_end_of_the_context_must_be_named(name: str) -> None:
    """It is asked for only where /models names a small one, unless --deep is given."""
    answer, limit, mark, said = OVERFLOWS[name]
    models = Models((MODEL,), contexts={} if limit is None else {MODEL: limit})
    chart = Chart(streams=False, models=models)
    seen, asking = await probed(partial(load.context_overflow, deep=False), answer, chart=chart)
    assert (seen.mark, said in seen.evidence) == (mark, True), seen
    assert bool(asking.spent.requests) == (mark is not Mark.SKIPPED)


async def test_a_context_too_large_to_pay_for_is_left_out_even_when_deep() -> None:
    """What was foretold at worst stays the worst."""
    models = Models((MODEL,), contexts={MODEL: 1_000_000})
    chart = Chart(streams=False, models=models)
    seen, _ = await probed(partial(load.context_overflow, deep=True), reply("x"), chart=chart)
    assert seen.mark is Mark.SKIPPED
    assert "1,300,000 words" in seen.evidence


@pytest.mark.parametrize(
    ("models", "mark", "said"),
    [
        (Models((MODEL,), contexts={MODEL: 8192}), Mark.PASS, "context 8,192 tokens"),
        (Models(("other",)), Mark.WARN, "lists 1 names without"),
        (Models((MODEL + "x",)), Mark.WARN, f"close to it: {MODEL}x"),
        (Models(None), Mark.WARN, "there is no /models"),
        (None, Mark.WARN, "was not asked"),
    ],
    ids=["listed", "not listed", "misspelt", "no list", "not asked"],
)
async def test_the_list_of_models_is_read(models: Models | None, mark: Mark, said: str) -> None:
    """Its absence limits, and never fails."""
    seen, _ = await probed(entry.model, reply("x"), chart=Chart(models=models))
    assert (seen.mark, said in seen.evidence) == (mark, True), seen


async def test_a_limit_of_the_users_own_is_kept_but_where_the_question_is_about_one() -> None:
    """--max-tokens gives a thinking model its time; the cut text is cut all the same."""
    used = settings("http://127.0.0.1:9/v1", stream=False)
    _, asking = await probed(turns.plain, reply("READY"), used=used)
    how = How(max_tokens=100)
    assert asking.settings_for(how).max_tokens == 100

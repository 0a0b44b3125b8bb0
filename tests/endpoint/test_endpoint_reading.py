"""Whole bodies read tolerantly: every row of ENDPOINTS §5 and §6 that concerns one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.endpoint.body import read_body, usage_of
from cab_check.endpoint.error_body import ErrorDetail, find_error, html_title, read_error
from cab_check.endpoint.faults import FaultKind
from cab_check.endpoint.jsonvalue import mend, mend_text, parse_json, whole_number
from cab_check.endpoint.ledger import ADVICE, Oddity
from cab_check.endpoint.message import Reasoning, ToolCall
from cab_check.endpoint.reading import BadBody, Reading, read_usage
from tests.endpoint.endpoint_stage import (
    KEY,
    answer,
    call,
    head,
    message,
    on_stage,
    quick,
    raw_server,
    scripted,
)
from tests.endpoint.endpoint_stage import settings as used_settings

NONE: frozenset[str] = frozenset()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
NAMES = st.sampled_from(
    [
        *("choices", "message", "delta", "content", "tool_calls", "function", "name", "arguments"),
        *("id", "index", "finish_reason", "usage", "prompt_tokens", "completion_tokens", "error"),
        *("code", "status", "type", "text", "refusal", "reasoning", "reasoning_details"),
        *("function_call", "model", "object", "detail", "loc", "metadata", "raw"),
    ]
)
SHAPED = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 600)
    | st.floats()
    | st.sampled_from(["", "x", "{}", '{"a":1}', "stop", "error", "\ud83d", "429", "²"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)


def _read(value: object, taken: frozenset[str] = frozenset()) -> Reading:
    got = read_body(json.dumps(value).encode(), taken)
    assert isinstance(got, Reading), got
    return got


def test_a_plain_reply_is_read_and_leaves_nothing_to_enter() -> None:
    """A good endpoint has an empty ledger."""
    got = _read(message(content="Hello"))
    assert got.oddities == ()
    assert (got.reply.text, got.reply.finish_reason, got.reply.model) == ("Hello", "stop", "m-1")
    assert got.reply.usage is not None
    assert got.reply.usage.total_tokens == 10


@pytest.mark.parametrize(
    ("fields", "calls", "oddities"),
    [
        pytest.param(
            {"tool_calls": [call(arguments={"path": "ä"})]},
            (("c1", "read_file", '{"path":"ä"}'),),
            {Oddity.ARGUMENTS_NOT_TEXT},
            id="01-arguments-as-object",
        ),
        pytest.param(
            {"tool_calls": [call(arguments="")]}, (("c1", "read_file", ""),), set(), id="03-empty"
        ),
        pytest.param(
            {"tool_calls": [call(arguments=None)]}, (("c1", "read_file", ""),), set(), id="null"
        ),
        pytest.param(
            {"tool_calls": [call(arguments='{"a": "x\ny"')]},
            (("c1", "read_file", '{"a": "x\ny"'),),
            set(),
            id="04-malformed-kept-raw",
        ),
        pytest.param(
            {"tool_calls": [call(arguments=False)]},
            (("c1", "read_file", "false"),),
            {Oddity.ARGUMENTS_NOT_TEXT},
            id="59-false",
        ),
        pytest.param(
            {"tool_calls": [call(arguments="null")]},
            (("c1", "read_file", "null"),),
            set(),
            id="59-null-text",
        ),
        pytest.param(
            {"tool_calls": [call(identity=None), call(identity="")]},
            (("call00001", "read_file", "{}"), ("call00002", "read_file", "{}")),
            {Oddity.CALL_ID_MISSING},
            id="28-null-id-synthesised",
        ),
        pytest.param(
            {"tool_calls": [call(), call()]},
            (("c1", "read_file", "{}"), ("call00001", "read_file", "{}")),
            {Oddity.CALL_ID_REPEATED},
            id="27-duplicate-ids-in-a-turn",
        ),
        pytest.param(
            {"tool_calls": [call(identity="functions.read_file:0")]},
            (("functions.read_file:0", "read_file", "{}"),),
            set(),
            id="28-own-ids-kept",
        ),
        pytest.param(
            {"tool_calls": [{"id": "c1", "type": "function"}]},
            (("c1", "", ""),),
            {Oddity.CALL_SHAPE},
            id="without-function",
        ),
        pytest.param(
            {"tool_calls": [{"id": "c1", "name": "read_file", "arguments": "{}"}]},
            (("c1", "read_file", "{}"),),
            {Oddity.CALL_SHAPE},
            id="flat-call",
        ),
        pytest.param(
            {"tool_calls": [None, 3, call()]}, (("c1", "read_file", "{}"),), set(), id="not-objects"
        ),
        pytest.param(
            {"tool_calls": None, "function_call": {"name": "read_file", "arguments": "{}"}},
            (("call00001", "read_file", "{}"),),
            {Oddity.LEGACY_CALL, Oddity.CALL_ID_MISSING},
            id="legacy-function-call",
        ),
    ],
)
def test_calls(
    fields: dict[str, object], calls: tuple[tuple[str, str, str], ...], oddities: set[Oddity]
) -> None:
    """Every call that came is kept, raw, with an id of its own."""
    got = _read(message(content=None, **fields))
    assert got.reply.tool_calls == tuple(ToolCall(*expected) for expected in calls)
    assert set(got.oddities) == oddities


def test_27_ids_of_earlier_turns_are_not_used_again() -> None:
    """An id that the history holds already is replaced, and so is one of ours."""
    taken = frozenset({"c1", "call00003"})
    got = _read(message(tool_calls=[call(), call()]), taken)
    assert [made.id for made in got.reply.tool_calls] == ["call00004", "call00005"]
    assert all(len(made.id) == 9 and made.id.isalnum() for made in got.reply.tool_calls)


@pytest.mark.parametrize(
    ("content", "text", "oddities"),
    [
        pytest.param("", None, set(), id="empty-is-null"),
        pytest.param(None, None, set(), id="null"),
        pytest.param(
            [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}, "c", 4],
            "abc",
            {Oddity.CONTENT_PARTS},
            id="list-of-parts",
        ),
        pytest.param({"text": "a"}, "a", {Oddity.CONTENT_NOT_TEXT}, id="object"),
        pytest.param(5, None, {Oddity.CONTENT_NOT_TEXT}, id="number"),
        pytest.param("a\ud800b", "a�b", {Oddity.INVALID_UTF8}, id="lone-surrogate"),
        pytest.param("\ud83d\ude00", "😀", set(), id="surrogate-halves"),
    ],
)
def test_content(content: object, text: str | None, oddities: set[Oddity]) -> None:
    """Content is read from whatever it is sent as."""
    got = _read(message(content=content))
    assert got.reply.text == text
    assert set(got.oddities) == oddities


def test_a_refusal_is_visible_text() -> None:
    """What a model says in `refusal` is what it says."""
    assert _read(message(content=None, refusal="No.")).reply.text == "No."


@pytest.mark.parametrize(
    ("fields", "reasoning"),
    [
        ({"reasoning_content": "hm"}, (Reasoning("reasoning_content", "hm"),)),
        ({"reasoning": "hm"}, (Reasoning("reasoning", "hm"),)),
        ({"reasoning_details": [{"a": 1}]}, (Reasoning("reasoning_details", [{"a": 1}]),)),
        ({"reasoning": "", "reasoning_content": None}, ()),
        ({"content": [{"type": "thinking", "thinking": "hm"}]}, (Reasoning("thinking", "hm"),)),
    ],
    ids=["content", "plain", "details", "empty", "mistral-part"],
)
def test_25_reasoning_keeps_its_name(
    fields: dict[str, object], reasoning: tuple[Reasoning, ...]
) -> None:
    """Reasoning is kept under the name that it came in, so that it can be echoed."""
    assert _read(message(**fields)).reply.reasoning == reasoning


@pytest.mark.parametrize(
    ("finish", "calls", "odd"),
    [
        ("stop", True, Oddity.FINISH_MISMATCH),
        ("end_turn", True, Oddity.FINISH_MISMATCH),
        (None, True, Oddity.FINISH_MISSING),
        ("tool_calls", True, None),
        ("function_call", True, None),
        ("length", True, None),
        ("tool_calls", False, Oddity.FINISH_MISMATCH),
        ("stop", False, None),
        ("content_filter", False, None),
        (7, False, Oddity.FINISH_MISSING),
    ],
)
def test_21_finish_reasons_that_do_not_fit_are_entered(
    finish: object, odd: Oddity | None, *, calls: bool
) -> None:
    """The label is kept as it came; one that contradicts the calls is entered."""
    body = {
        "choices": [
            {"message": {"tool_calls": [call()] if calls else None}, "finish_reason": finish}
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1},
    }
    got = _read(body)
    assert got.oddities == (() if odd is None else (odd,))
    assert got.reply.finish_reason == (finish if isinstance(finish, str) else None)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        pytest.param(None, None, id="15-null"),
        pytest.param({}, None, id="15-empty"),
        pytest.param([], None, id="list"),
        pytest.param({"prompt_tokens": None, "completion_tokens": 1}, None, id="null-field"),
        pytest.param({"prompt_tokens": True, "completion_tokens": 1}, None, id="boolean"),
        pytest.param({"prompt_tokens": -1, "completion_tokens": 1}, None, id="negative"),
        pytest.param({"prompt_tokens": "5", "completion_tokens": 1}, None, id="string"),
        pytest.param({"total_tokens": 9}, None, id="total-alone"),
        pytest.param({"prompt_tokens": 5, "completion_tokens": 2.0}, (5, 2, 7), id="float"),
        pytest.param({"input_tokens": 5, "output_tokens": 2}, (5, 2, 7), id="other-names"),
        pytest.param(
            {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 6}, (5, 2, 6), id="16-low"
        ),
    ],
)
def test_usage(usage: object, expected: tuple[int, int, int] | None) -> None:
    """Only an object with both counts is usage; everything else is unknown, never 0."""
    got = read_usage(usage)
    found = got and (got.prompt_tokens, got.completion_tokens, got.total_tokens)
    assert found == expected


def test_16_details_of_usage_are_inside_the_sums() -> None:
    """Cached and reasoning tokens are told apart, and a low total is flagged."""
    usage = {
        "prompt_tokens": 50,
        "completion_tokens": 20,
        "total_tokens": 60,
        "prompt_tokens_details": {"cached_tokens": 40},
        "completion_tokens_details": {"reasoning_tokens": 15},
    }
    got = _read({**message(content="x"), "usage": usage})
    assert got.reply.usage is not None
    assert (got.reply.usage.cached_tokens, got.reply.usage.reasoning_tokens) == (40, 15)
    assert got.oddities == (Oddity.USAGE_TOTAL_LOW,)


def test_renamed_and_missing_usage_are_entered() -> None:
    """The ledger says which of the two it was."""
    renamed = {**message(content="x"), "usage": {"input_tokens": 1, "output_tokens": 1}}
    assert _read(renamed).oddities == (Oddity.USAGE_RENAMED,)
    assert _read({**message(content="x"), "usage": None}).oddities == (Oddity.USAGE_MISSING,)


@pytest.mark.parametrize(
    ("body", "what", "is_json"),
    [
        (b"", "an empty body", False),
        (b"  \n", "an empty body", False),
        (b"oops", "a body that is not JSON", False),
        (b'{"choices": [', "a body that is not JSON", False),
        (b"[" * 5000 + b"]" * 5000, "a body that is not JSON", False),
        (b"9" * 5000, "a body that is not JSON", False),
        (b"null", "JSON that is null instead of an object", True),
        (b"[]", "JSON that is a list instead of an object", True),
        (b'"x"', "JSON that is a string instead of an object", True),
        (b"true", "JSON that is a boolean instead of an object", True),
        (b"12", "JSON that is a number instead of an object", True),
        (b"{}", "JSON with no list of choices", True),
        (b'{"choices": null}', "JSON with choices: null", True),
        (b'{"choices": []}', "JSON without a choice in its list", True),
        (b'{"choices": [null]}', "JSON without a choice in its list", True),
        (b'{"choices": [{}]}', "JSON whose choice has no message", True),
        (b'{"choices": [{"message": null}]}', "JSON whose choice has no message", True),
    ],
)
def test_damaged_bodies_are_named(body: bytes, what: str, *, is_json: bool) -> None:
    """A 200 without an answer says what there was in place of one."""
    assert read_body(body, frozenset()) == BadBody(what, json=is_json)


def test_a_completion_in_the_old_form_is_read() -> None:
    """`text` in a choice is an answer too."""
    body = {"choices": [{"text": "hi", "finish_reason": "stop"}], "usage": None}
    assert _read(body).reply.text == "hi"


def test_events_that_nobody_asked_for_are_read() -> None:
    """A server that always streams is understood, and told."""
    body = b'data: {"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]'
    got = read_body(body, frozenset())
    assert isinstance(got, Reading)
    assert got.reply.text == "hi"
    assert Oddity.STREAM_UNASKED in got.oddities
    error = read_body(b'data: {"error": "no"}\n\n', frozenset())
    assert error == ErrorDetail("no")
    cut = read_body(b'data: {"choices":[]}\n\n', frozenset())
    assert isinstance(cut, BadBody)


def test_20_invalid_utf8_is_replaced_and_entered() -> None:
    """Bytes that are no UTF-8 do not lose the reply."""
    body = json.dumps(message(content="a?b")).encode().replace(b"?", b"\xff")
    got = read_body(b"\xef\xbb\xbf" + body, frozenset())
    assert isinstance(got, Reading)
    assert got.reply.text == "a�b"
    assert got.oddities == (Oddity.INVALID_UTF8,)


def test_12_an_error_in_place_of_a_message_is_found() -> None:
    """A router that puts its error into the choice is understood."""
    body = {"choices": [{"error": {"message": "no", "code": 502}, "message": None}]}
    assert read_body(json.dumps(body).encode(), NONE) == ErrorDetail("no", "502", status=502)
    failed = {"choices": [{"message": {"content": ""}, "finish_reason": "error"}]}
    assert read_body(json.dumps(failed).encode(), NONE) == ErrorDetail("finish_reason is error")


def test_lone_surrogates_in_a_call_are_replaced_and_entered() -> None:
    """A call's texts can be written to the record, whatever the server sent."""
    got = _read(message(tool_calls=[call("f\ud800", '{"a": "\udfff"}')]))
    assert got.reply.tool_calls == (ToolCall("c1", "f�", '{"a": "�"}'),)
    assert got.oddities == (Oddity.INVALID_UTF8,)


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        ({"error": "no"}, ErrorDetail("no")),
        ({"error": {"message": "no", "code": 429}}, ErrorDetail("no", code="429", status=429)),
        (
            {"error": {"message": "no", "code": "503", "type": "t", "param": "p"}},
            ErrorDetail("no", code="503", type="t", param="p", status=503),
        ),
        ({"error": {"message": "no", "code": "bad_thing"}}, ErrorDetail("no", code="bad_thing")),
        ({"error": {"message": "no", "code": "²"}}, ErrorDetail("no", code="²")),
        ({"error": {"message": "no", "status": 502}}, ErrorDetail("no", status=502)),
        (
            {"error": {"message": "no", "code": 1, "status": "UNAVAILABLE"}},
            ErrorDetail("no", code="1", type="UNAVAILABLE"),
        ),
        ({"object": "error", "message": "no", "code": 400}, ErrorDetail("no", "400", status=400)),
        ({"type": "error", "error": {"message": "no"}}, ErrorDetail("no")),
        ([{"error": {"message": "no"}}], ErrorDetail("no")),
        (
            {"error": {"message": "no", "metadata": {"raw": "upstream said no"}}},
            ErrorDetail("no (upstream said no)"),
        ),
        ({"error": None}, None),
        ({"error": {}}, None),
        ({"error": ""}, None),
        ({"error": False}, None),
        ([], None),
        ([[{"error": "no"}]], None),
        (None, None),
    ],
)
def test_11_an_error_counts_before_choices(value: object, detail: ErrorDetail | None) -> None:
    """An error object is found in every form, and an empty one is none."""
    assert find_error(value) == detail


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('{"detail": "Not authenticated"}', "Not authenticated"),
        ('{"detail": [{"loc": ["body", "x"], "msg": "field required"}]}', "body.x: field required"),
        ('{"message": "no", "code": 7}', "7 no"),
        ('{"title": "Bad", "status": 400}', "Bad"),
        ('{"weird": 1}', '{"weird":1}'),
        ("Internal Server Error", "Internal Server Error"),
        ('"just text"', "just text"),
        ('data: {"error": {"message": "no"}}\n\n', "no"),
        ("null", ""),
        ("", ""),
    ],
)
def test_51_error_bodies_of_all_shapes(body: str, text: str) -> None:
    """What an error body says is found wherever the server put it."""
    assert read_error(body).text == text


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("<html><head><title>502 Bad\n Gateway</title>", "502 Bad Gateway"),
        ("<!DOCTYPE html><p>x", ""),
        ("<!-- a --> <HTML><TITLE>A &amp; B</TITLE>", "A & B"),
        ('{"html": "<html>"}', None),
        ("plain <html>", None),
    ],
)
def test_41_html_is_known_by_its_title(body: str, title: str | None) -> None:
    """A page is recognised by how it begins."""
    assert html_title(body) == title


@given(JSON | SHAPED)
def test_no_json_value_breaks_the_reading(value: object) -> None:
    """Any JSON value at all comes to a reply, an error or a named damage, which can be written."""
    body = json.dumps(value).encode()
    got = read_body(body, frozenset({"call00001"}))
    if isinstance(got, Reading):
        text = repr(got) + "".join(made.arguments for made in got.reply.tool_calls)
        text.encode()
        json.dumps([r.value for r in got.reply.reasoning], allow_nan=False)
    usage_of(body)
    read_error(body.decode())


@given(SHAPED, SHAPED, SHAPED)
def test_no_value_inside_a_message_breaks_the_reading(a: object, b: object, c: object) -> None:
    """Neither does one in a place where the reading looks closely."""
    for value in (
        {"choices": [{"message": a, "finish_reason": b}], "usage": c},
        {"choices": [{"message": {"content": a, "tool_calls": b, "reasoning": c}}]},
        {"choices": [{"message": {"tool_calls": [{"id": a, "function": b, "index": c}]}}]},
        {"error": {"message": a, "code": b, "type": c}},
        {"choices": a, "error": b, "model": c},
    ):
        assert isinstance(
            read_body(json.dumps(value).encode(), frozenset()), Reading | BadBody | ErrorDetail
        )


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading(body: bytes) -> None:
    """Nor do bytes that are no JSON."""
    assert read_body(body, frozenset()) is not None
    usage_of(body)


@given(st.text(st.characters()))
def test_mended_text_can_be_written(text: str) -> None:
    """Mended text is UTF-8, and text that was whole stays as it is."""
    mended, replaced = mend_text(text)
    mended.encode()
    if not replaced and not any("\ud800" <= character <= "\udfff" for character in text):
        assert mended == text


def test_numbers_and_depth() -> None:
    """The corners of JSON that Python would let through."""
    assert parse_json("[NaN, Infinity]") == [None, None]
    assert mend({"a": [1e999, 1.5, True, None], "\ud800": "x"}) == {
        "a": [None, 1.5, True, None],
        "�": "x",
    }
    assert whole_number(12.0) == 12
    assert whole_number(12.5) is None
    assert parse_json('"' + "[" * 300 + '\\""') == "[" * 300 + '"'
    with pytest.raises(ValueError, match="deep"):
        parse_json("[" * 201 + "]" * 201)


def test_every_oddity_has_its_advice() -> None:
    """Each entry says in one sentence what to mend."""
    assert set(ADVICE) == set(Oddity)


async def test_a_corrupt_encoding_is_a_named_fault() -> None:
    """A gzip body that is none is told apart from an answer, and asked again once."""
    script = [head("200 OK", "application/json", "Content-Encoding: gzip"), b"not gzip at all"]
    async with (
        raw_server(script) as server,
        on_stage(used_settings(server.url, timers=quick())) as stage,
    ):
        fault = await stage.fault()
        assert len(server.requests) == 2
    assert fault.kind is FaultKind.NOT_JSON
    assert "encoding is damaged" in fault.message


async def test_usage_is_kept_of_an_answer_that_was_none() -> None:
    """What was paid for is on the attempt, though it failed."""
    body = {"choices": [], "usage": {"prompt_tokens": 4, "completion_tokens": 1}}
    async with scripted(answer(body)) as (stage, _):
        got = await stage.ask()
    assert got.attempts[0].usage is not None
    assert got.attempts[0].usage.prompt_tokens == 4
    assert KEY not in repr(got)

"""Streams: events out of any chunks, and replies out of any deltas."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.endpoint.body import read_body
from cab_check.endpoint.error_body import ErrorDetail
from cab_check.endpoint.faults import FaultKind
from cab_check.endpoint.ledger import Oddity
from cab_check.endpoint.message import Answered
from cab_check.endpoint.reading import BadBody, Reading
from cab_check.endpoint.sse import EventParser
from cab_check.endpoint.stream import StreamAssembly, looks_streamed
from tests.endpoint.endpoint_stage import (
    PLAIN_STREAM,
    USAGE_CHUNK,
    answer,
    call,
    chunk,
    message,
    scripted,
    settings,
    sse,
)

NONE: frozenset[str] = frozenset()


def _assemble(stream: bytes, cuts: tuple[int, ...] = ()) -> StreamAssembly:
    assembly = StreamAssembly()
    ends = sorted({*(cut % (len(stream) + 1) for cut in cuts), len(stream)})
    begin = 0
    for end in ends:
        assembly.feed(stream[begin:end])
        begin = end
    assembly.close()
    return assembly


def _read(*events: object, done: bool = True) -> Reading:
    got = _assemble(sse(*events, done=done)).outcome(NONE)
    assert isinstance(got, Reading), got
    return got


def _calls(*deltas: object) -> tuple[list[tuple[str, str, str]], set[Oddity]]:
    """Assemble tool call entries, one chunk each, or several where a list is given."""
    events = [chunk({"tool_calls": d if isinstance(d, list) else [d]}) for d in deltas]
    got = _read(*events, chunk({}, "tool_calls"), USAGE_CHUNK)
    return [(c.id, c.name, c.arguments) for c in got.reply.tool_calls], set(got.oddities)


def _part(
    arguments: object = None, *, index: object = 0, name: str | None = None, identity: object = None
) -> dict[str, object]:
    """Build a fragment with just the fields that are given."""
    function: dict[str, object] = {}
    if name is not None:
        function["name"] = name
    if arguments is not None:
        function["arguments"] = arguments
    fragment: dict[str, object] = {"function": function}
    if index != "absent":
        fragment["index"] = index
    if identity is not None:
        fragment["id"] = identity
    return fragment


A, B = "absent", '{"b":2}'
_IN_ORDER = [("c1", "f", '{"a":1}')]


@pytest.mark.parametrize(
    ("deltas", "calls", "oddities"),
    [
        pytest.param(
            [_part("", name="f", identity="c1"), _part('{"a"'), _part(":1}")],
            _IN_ORDER,
            set(),
            id="plain",
        ),
        pytest.param(
            [
                _part('{"a":1}', name="f", identity="c1"),
                _part(B, index=1, name="f", identity="c2"),
            ],
            [*_IN_ORDER, ("c2", "f", B)],
            set(),
            id="29-parallel-calls-to-one-tool",
        ),
        pytest.param(
            [
                _part("", name="f", identity="c1"),
                _part("", index=1, name="g", identity="c2"),
                _part('{"a":1}'),
                _part(B, index=1),
            ],
            [*_IN_ORDER, ("c2", "g", B)],
            set(),
            id="interleaved-by-index",
        ),
        pytest.param(
            [_part("", index=A, name="f", identity="c1"), _part('{"a":1}', index=A)],
            _IN_ORDER,
            {Oddity.INDEX_MISSING},
            id="06-index-missing",
        ),
        pytest.param(
            [_part("", index=None, name="f", identity="c1"), _part('{"a":1}', index=None)],
            _IN_ORDER,
            {Oddity.INDEX_MISSING},
            id="06-index-null",
        ),
        pytest.param(
            [
                _part("", index=A, name="f", identity="c1"),
                _part("", index=A, name="g", identity="c2"),
                _part('{"a":1}', index=A, identity="c1"),
                _part(B, index=A, identity="c2"),
            ],
            [*_IN_ORDER, ("c2", "g", B)],
            {Oddity.INDEX_MISSING},
            id="06-interleaved-by-id",
        ),
        pytest.param(
            [
                [
                    _part('{"a":1}', index=A, name="f"),
                    _part(B, index=A, name="f"),
                ]
            ],
            [("call00001", "f", '{"a":1}'), ("call00002", "f", B)],
            {Oddity.INDEX_MISSING, Oddity.CALL_ID_MISSING},
            id="06-whole-calls-without-index-and-id",
        ),
        pytest.param(
            [_part("", index=A, name="f", identity="c1"), _part('{"a":1}')],
            _IN_ORDER,
            {Oddity.INDEX_MISSING},
            id="06-index-comes-late",
        ),
        pytest.param(
            [[_part("", name="f", identity="c1"), _part('{"a":1}')]],
            _IN_ORDER,
            set(),
            id="07-same-index-twice-in-a-chunk",
        ),
        pytest.param(
            [
                _part("", name="f", identity="c1"),
                _part('{"a"', identity="x2"),
                _part(":1}", identity="x3"),
            ],
            _IN_ORDER,
            {Oddity.ID_CHANGED},
            id="07-new-id-on-every-fragment",
        ),
        pytest.param(
            [
                _part("", index=A, name="f", identity="c1"),
                _part('{"a"', index=A, identity="x2"),
                _part(":1}", index=A, identity="x3"),
            ],
            _IN_ORDER,
            {Oddity.ID_CHANGED, Oddity.INDEX_MISSING},
            id="07-new-id-and-no-index",
        ),
        pytest.param(
            [
                _part('{"a":1}', name="f", identity="c1"),
                _part(B, name="f", identity="c2"),
            ],
            [*_IN_ORDER, ("c2", "f", B)],
            {Oddity.INDEX_REPEATED},
            id="07-all-calls-at-index-0",
        ),
        pytest.param(
            [
                _part("", name="f", identity="c1"),
                _part('{"a":1}'),
                _part("", name="g", identity="c2"),
                _part(B),
            ],
            [*_IN_ORDER, ("c2", "g", B)],
            {Oddity.INDEX_REPEATED},
            id="07-all-at-index-0-in-fragments",
        ),
        pytest.param(
            [
                _part("", name="f", identity="c1"),
                _part('{"a"', name="f", identity="c1"),
                _part(":1}", name="f", identity="c1"),
                _part("", name="f", identity="c1"),
            ],
            _IN_ORDER,
            {Oddity.NAME_RESENT},
            id="08-name-and-id-resent",
        ),
        pytest.param(
            [
                _part('{"a"', name="f", identity="c1"),
                _part(":1}", name="f", identity="x2"),
            ],
            _IN_ORDER,
            {Oddity.NAME_RESENT, Oddity.ID_CHANGED},
            id="08-name-resent-with-new-ids",
        ),
        pytest.param(
            [
                _part('{"a":1}', name="f", identity="c1"),
                _part('{"a":1}', name="f", identity="c1"),
            ],
            _IN_ORDER,
            {Oddity.NAME_RESENT},
            id="08-whole-call-resent",
        ),
        pytest.param(
            [
                _part(name="read_", identity="c1"),
                _part(name="file", identity="c1"),
                _part("{}"),
            ],
            [("c1", "read_file", "{}")],
            {Oddity.NAME_SPLIT},
            id="09-name-split",
        ),
        pytest.param(
            [_part('{"a"', identity="c1"), _part(":1}", name="f")],
            _IN_ORDER,
            {Oddity.NAME_LATE},
            id="09-name-after-arguments",
        ),
        pytest.param(
            [_part('{"a"', name="f"), _part(":1}", identity="c1")],
            _IN_ORDER,
            set(),
            id="id-after-arguments",
        ),
        pytest.param(
            [_part('{"a":1}', identity="c1"), _part(name="f")],
            _IN_ORDER,
            {Oddity.NAME_LATE},
            id="09-name-after-whole-arguments",
        ),
        pytest.param(
            [_part({"a": 1}, name="f", identity="c1")],
            _IN_ORDER,
            {Oddity.ARGUMENTS_NOT_TEXT},
            id="01-arguments-as-object",
        ),
        pytest.param(
            [_part("{}", index="zero", name="f", identity=5)],
            [("call00001", "f", "{}")],
            {Oddity.INDEX_MISSING, Oddity.CALL_ID_MISSING},
            id="wrong-types",
        ),
        pytest.param(
            [_part("", name="f", identity="c1"), _part("", index=1, name="f", identity="c2")],
            [("c1", "f", ""), ("c2", "f", "")],
            set(),
            id="calls-without-arguments",
        ),
        pytest.param(
            [_part("", name="f", identity="c1"), _part("", name="f", identity="c2")],
            [("c1", "f", ""), ("c2", "f", "")],
            {Oddity.INDEX_REPEATED},
            id="calls-without-arguments-at-index-0",
        ),
        pytest.param(
            [_part('{"a":"}', name="f", identity="c1"), _part('"}', name="f", identity="c1")],
            [("c1", "f", '{"a":"}"}')],
            {Oddity.NAME_RESENT},
            id="08-a-brace-is-not-yet-the-end",
        ),
        pytest.param(
            [_part('{"a"', name="f", identity="c1"), _part("", name="g")],
            [("c1", "f", '{"a"')],
            {Oddity.NAME_RESENT},
            id="another-name-in-mid-arguments",
        ),
    ],
)
def test_tool_call_deltas(
    deltas: list[object], calls: list[tuple[str, str, str]], oddities: set[Oddity]
) -> None:
    """Fragments come together to the calls that were meant."""
    assert _calls(*deltas) == (calls, oddities)


def test_legacy_function_call_deltas() -> None:
    """The old protocol's one call is put together too."""
    got = _read(
        chunk({"function_call": {"name": "f", "arguments": ""}}),
        chunk({"function_call": {"arguments": '{"a":1}'}}),
        chunk({}, "function_call"),
        USAGE_CHUNK,
    )
    assert [(c.name, c.arguments) for c in got.reply.tool_calls] == [("f", '{"a":1}')]
    assert set(got.oddities) == {Oddity.LEGACY_CALL, Oddity.CALL_ID_MISSING}


@pytest.mark.parametrize(
    "preamble",
    [
        {"choices": []},
        {"choices": None},
        {"usage": None, "choices": []},
        {"prompt_filter_results": [1], "choices": []},
        {},
        None,
        [],
        7,
        {"choices": [None]},
        {"choices": "x"},
    ],
)
def test_10_chunks_without_a_choice_are_passed_over(preamble: object) -> None:
    """A preamble is no answer and no damage, but many clients trip over it."""
    got = _read(preamble, *PLAIN_STREAM)
    assert (got.reply.text, got.oddities) == ("Hello", (Oddity.CHUNK_EMPTY,))


@pytest.mark.parametrize(
    "preamble",
    [
        {"choices": [{}]},
        {"choices": [{"delta": None}]},
        {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}},
    ],
)
def test_10_chunks_with_an_empty_choice_or_with_usage_are_plain_protocol(preamble: object) -> None:
    """What holds a choice, or usage, is nothing to mend."""
    got = _read(preamble, *PLAIN_STREAM)
    assert (got.reply.text, got.oddities) == ("Hello", ())


def test_15_null_usage_on_early_chunks_is_unknown() -> None:
    """Null and zeros do not hide the real figures, in either order."""
    zero = {"prompt_tokens": 0, "completion_tokens": 0}
    first = chunk({"content": "a"}, usage=None)
    got = _read(first, chunk({}, "stop", usage=zero), USAGE_CHUNK, {"choices": [], "usage": zero})
    assert got.reply.usage is not None
    assert got.reply.usage.prompt_tokens == 7
    unknown = _read(first, chunk({}, "stop"))
    assert unknown.reply.usage is None


def test_55_a_usage_chunk_with_a_choice_is_read() -> None:
    """The usage counts, and the choice beside it changes nothing."""
    got = _read(chunk({"content": "a"}, "stop"), chunk({}, None, usage=USAGE_CHUNK["usage"]))
    assert got.reply.usage is not None
    assert got.reply.finish_reason == "stop"


def test_17_comments_wrapped_as_data_are_entered() -> None:
    """Data that is no JSON is passed over and told."""
    got = _read(": OPENROUTER PROCESSING", *PLAIN_STREAM)
    assert (got.reply.text, got.oddities) == ("Hello", (Oddity.DATA_NOT_JSON,))


@pytest.mark.parametrize(
    ("events", "detail"),
    [
        ([{"error": {"message": "busy", "code": 503}}], ErrorDetail("busy", "503", status=503)),
        ([PLAIN_STREAM[0], {"error": "broke"}], ErrorDetail("broke")),
        (
            [{"choices": [{"error": {"message": "no", "code": 502}, "delta": {}}]}],
            ErrorDetail("no", "502", status=502),
        ),
        ([chunk({}, "error")], ErrorDetail("finish_reason is error")),
        ([b"event: error\n", {"error": {"message": "late"}}], ErrorDetail("late")),
        (
            [b"event: error\n", {"message": "died", "code": 500}],
            ErrorDetail("died", "500", status=500),
        ),
        ([b"event: error\ndata: died\n\n"], ErrorDetail("died")),
    ],
)
def test_12_an_error_inside_the_stream_ends_it(events: list[object], detail: ErrorDetail) -> None:
    """An error is found wherever it is put, and what follows it does not matter."""
    assert _assemble(sse(*events, *PLAIN_STREAM)).outcome(NONE) == detail


def test_done_without_a_choice_is_no_answer() -> None:
    """A stream that only says that it is done said nothing."""
    assert _assemble(b"data: [DONE]\n\n").outcome(NONE) == BadBody(
        "a stream without any choice", json=True
    )


def test_an_error_event_is_over_with_its_event() -> None:
    """The type of one event says nothing of the next."""
    assembly = _assemble(b"event: error\n\n" + sse(*PLAIN_STREAM))
    assert isinstance(assembly.outcome(NONE), Reading)


@given(cuts=st.lists(st.integers(0, 2000), max_size=8).map(tuple))
def test_events_that_no_empty_line_parts(cuts: tuple[int, ...]) -> None:
    """Each line is an event then, and the ledger says what to mend."""
    stream = sse(*PLAIN_STREAM).replace(b"\n\n", b"\n")
    got = _assemble(stream, cuts).outcome(NONE)
    assert isinstance(got, Reading)
    assert (got.reply.text, got.reply.finish_reason) == ("Hello", "stop")
    assert got.oddities == (Oddity.EVENTS_UNPARTED,)


@pytest.mark.parametrize("first", [0, 1])
def test_of_several_answers_one_is_read(first: int) -> None:
    """That of index 0, whichever comes first, and never a mixture."""
    own = [_of(0, {"content": "own"}), _of(0, {}, "stop")]
    other = [_of(1, {"content": "other"}), _of(1, {}, "length")]
    pairs = zip(own, other, strict=True)
    events = [event for pair in pairs for event in (pair if first == 0 else pair[::-1])]
    got = _read(*events, USAGE_CHUNK)
    assert (got.reply.text, got.reply.finish_reason) == ("own", "stop")
    assert got.reply.usage is not None
    assert got.oddities == (Oddity.CHOICES_UNASKED,)
    alone = _read(*other)
    assert (alone.reply.text, alone.oddities) == ("other", ())


def test_of_several_whole_answers_one_is_read() -> None:
    """The first; that there are others is entered."""
    answers = [{"message": {"content": text}, "finish_reason": "stop"} for text in ("own", "other")]
    got = read_body(json.dumps({"choices": answers}).encode(), NONE)
    assert isinstance(got, Reading)
    assert got.reply.text == "own"
    assert Oddity.CHOICES_UNASKED in got.oddities


def _of(index: int, delta: dict[str, str], finish: str | None = None) -> dict[str, object]:
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return {"model": "m-1", "choices": [choice]}


def test_two_reasons_that_contradict_are_entered() -> None:
    """The last one counts; the same one twice is none."""
    got = _read(chunk({"content": "x"}), chunk({}, "length"), chunk({}, "stop"))
    assert (got.reply.finish_reason, got.oddities) == ("stop", (Oddity.FINISH_CHANGED,))
    assert _read(chunk({"content": "x"}), chunk({}, "stop"), chunk({}, "stop")).oddities == ()


def test_done_without_finish_reason_completes() -> None:
    """Either of the two ends is enough; the missing one is entered."""
    got = _read(chunk({"content": "a"}), USAGE_CHUNK)
    assert got.oddities == (Oddity.FINISH_MISSING,)


def test_the_message_of_a_chunk_may_be_called_message() -> None:
    """A server that forgets to say delta is understood."""
    event = {"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}]}
    assert _read(event).reply.text == "a"


def test_only_the_first_choice_counts() -> None:
    """Other choices of the same chunk are not mixed in."""
    event = {
        "choices": [
            {"index": 1, "delta": {"content": "b"}},
            {"index": 0, "delta": {"content": "a"}, "finish_reason": "stop"},
        ]
    }
    assert _read(event).reply.text == "a"
    other = {"choices": [{"index": 1, "delta": {"content": "b"}, "finish_reason": "stop"}]}
    assert _read(other).reply.text == "b"


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\ndata: b\n\n", ["a", "b"]),
        (b"data:a\r\n\r\ndata:b\r\n\r\n", ["a", "b"]),
        (b"data: a\r\rdata: b\r\r", ["a", "b"]),
        (b"data: a\ndata: b\n\n", ["a\nb"]),
        (b"data: a\r\ndata: b\r\n\r\n", ["a\nb"]),
        (b"event: x\nid: 1\nretry: 5\ndata: a\n\n", ["a"]),
        (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
        (b"data: a", ["a"]),
        (b": c\n\ndata: a\n:\n\n", ["a"]),
        (b"data\n\nfoo\n\n", [""]),
        (b"\n\n\n", []),
        ("data: 😀ä\n\n".encode(), ["😀ä"]),
    ],
)
def test_events(stream: bytes, events: list[str]) -> None:
    """The forms of server-sent events, cut at every single byte."""
    for size in (1, 2, 3, len(stream)):
        parser = EventParser()
        pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
        got = [event for piece in pieces for event in parser.feed(piece)]
        assert got + parser.close() == events


def test_comments_and_invalid_bytes_are_counted() -> None:
    """Comments are counted, and so are events that are no UTF-8."""
    parser = EventParser()
    got = parser.feed(b": one\n: two\n\ndata: \xff\n\ndata: ok\n\n")
    assert (got, parser.comments, parser.invalid_utf8) == (["�", "ok"], 2, 1)
    stream = sse(chunk({"content": "a?b"}, "stop"), USAGE_CHUNK).replace(b"?", b"\xff")
    outcome = _assemble(stream).outcome(NONE)
    assert isinstance(outcome, Reading)
    assert outcome.oddities == (Oddity.INVALID_UTF8,)


@pytest.mark.parametrize(
    ("text", "streamed"),
    [
        *((text, True) for text in ("data: x", ": ping", "event: a", "\ufeffdata:", "\n\nid:1")),
        *((text, False) for text in ('{"data": 1}', "", "error: x", "date: 1", "<html>", "null")),
    ],
)
def test_streams_are_known_by_their_first_line(text: str, *, streamed: bool) -> None:
    """The content type is not needed to tell events from a body."""
    assert looks_streamed(text) is streamed


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.dictionaries(TEXTS, TEXTS | st.integers() | st.none(), max_size=3)
REPLIES = st.fixed_dictionaries(
    {
        "content": st.none() | TEXTS,
        "reasoning": st.none() | TEXTS,
        "calls": st.lists(st.tuples(st.sampled_from(["f", "g"]), VALUES), max_size=3),
        "finish": st.sampled_from(["stop", "length", "tool_calls"]),
    }
)


def _pieces(text: str, sizes: list[int]) -> list[str]:
    """Cut a text into pieces of the given sizes."""
    pieces: list[str] = []
    for size in sizes:
        if text:
            pieces.append(text[:size])
            text = text[size:]
    return [*pieces, text] if text else pieces


def _whole(reply: dict[str, Any]) -> bytes:
    calls = [
        call(name, json.dumps(arguments), f"id{number}")
        for number, (name, arguments) in enumerate(reply["calls"])
    ]
    body = message(content=reply["content"], reasoning=reply["reasoning"], tool_calls=calls)
    choices = body["choices"]
    assert isinstance(choices, list)
    choices[0]["finish_reason"] = reply["finish"]
    return json.dumps(body, ensure_ascii=False).encode()


def _streamed(reply: dict[str, Any], sizes: list[int], end: str, *, ascii_only: bool) -> bytes:
    events: list[object] = [chunk({"role": "assistant", "content": ""})]
    events += [chunk({"reasoning": piece}) for piece in _pieces(reply["reasoning"] or "", sizes)]
    events += [chunk({"content": piece}) for piece in _pieces(reply["content"] or "", sizes)]
    for number, (name, arguments) in enumerate(reply["calls"]):
        first = call(name, "", f"id{number}")
        events.append(chunk({"tool_calls": [{**first, "index": number}]}))
        for piece in _pieces(json.dumps(arguments), sizes):
            part = {"index": number, "function": {"arguments": piece}}
            events.append(chunk({"tool_calls": [part]}))
    events += [chunk({}, reply["finish"]), USAGE_CHUNK]
    lines = [f"data: {json.dumps(event, ensure_ascii=ascii_only)}" for event in events]
    return (end + end).join([*lines, "data: [DONE]", ""]).encode()


@given(
    REPLIES,
    st.lists(st.integers(1, 5), min_size=1, max_size=6),
    st.lists(st.integers(0, 10_000), max_size=12),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
def test_a_reply_is_the_same_however_it_is_cut(
    reply: dict[str, Any],
    sizes: list[int],
    cuts: list[int],
    end: str,
    ascii_only: bool,  # noqa: FBT001 - given by hypothesis
) -> None:
    """Any reply, cut into any deltas and any chunks at any byte, is the unstreamed one."""
    whole = read_body(_whole(reply), NONE)
    stream = _streamed(reply, sizes, end, ascii_only=ascii_only)
    assert _assemble(stream, tuple(cuts)).outcome(NONE) == whole


@given(REPLIES, st.integers(0, 10_000), st.lists(st.integers(0, 10_000), max_size=4))
def test_any_prefix_is_classified(reply: dict[str, Any], end: int, cuts: list[int]) -> None:
    """A stream that ends anywhere is complete exactly when its finish_reason came."""
    stream = _streamed(reply, [3], "\n", ascii_only=False)
    prefix = stream[: end % (len(stream) + 1)]
    outcome = _assemble(prefix, tuple(cuts)).outcome(NONE)
    finish = f'"finish_reason": "{reply["finish"]}"}}]}}'.encode()
    if finish in prefix:
        assert isinstance(outcome, Reading)
    else:
        assert outcome is None


@given(st.lists(st.binary(max_size=30) | st.sampled_from([b"data: ", b"\n\n", b"{}"])))
def test_no_bytes_break_the_assembly(chunks: list[bytes]) -> None:
    """Whatever arrives in the place of a stream is taken without an exception."""
    assembly = StreamAssembly()
    for piece in chunks:
        assembly.feed(piece)
    assembly.close()
    assembly.outcome(NONE)


SCRAPS = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "f", "c1", "{}", "stop"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("choices", "delta", "content", "tool_calls", "function", "name"),
                    *("arguments", "id", "index", "finish_reason", "usage", "error"),
                    *("function_call", "reasoning", "model"),
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.lists(SCRAPS, max_size=6), st.lists(SCRAPS, max_size=6))
def test_no_events_break_the_assembly(events: list[object], deltas: list[object]) -> None:
    """Nor do events whose JSON is of any shape, on the outside or in the deltas."""
    entries = [chunk({"tool_calls": [delta]}) for delta in deltas]
    outcome = _assemble(sse(*events, *entries)).outcome(NONE)
    assert outcome is None or isinstance(outcome, Reading | ErrorDetail | BadBody)


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
async def test_a_stream_is_read_under_any_content_type(content_type: str) -> None:
    """What a body is called does not matter, what it is does."""
    response = answer(sse(*PLAIN_STREAM), headers={"content-type": content_type})
    async with scripted(response, used=settings(stream=True)) as (stage, _):
        assert (await stage.reply()).text == "Hello"
    assert stage.ledger() == {}


@pytest.mark.parametrize("content_type", ["application/json", "text/event-stream"])
async def test_a_whole_answer_to_a_streamed_request_is_read(content_type: str) -> None:
    """A server that ignores the wish for a stream is understood, and told."""
    response = answer(message(content="Hello"), headers={"content-type": content_type})
    async with scripted(response, used=settings(stream=True)) as (stage, _):
        assert (await stage.reply()).text == "Hello"
    assert stage.ledger() == {"stream-ignored": 1}


async def test_14_missing_usage_is_entered_where_it_was_asked_for() -> None:
    """A stream without usage leaves it unknown, and is told."""
    response = answer(sse(*PLAIN_STREAM[:2]))
    async with scripted(response, used=settings(stream=True)) as (stage, _):
        got = await stage.ask()
        await stage.ask()
    assert isinstance(got, Answered)
    assert got.reply.usage is None
    (entry,) = stage.conversation.accommodations()
    assert (entry.name, entry.count, entry.first_at) == ("stream-usage-missing", 2, "turn 1")


async def test_usage_of_a_cut_stream_is_on_the_attempt() -> None:
    """A stream that broke after its usage has been paid for all the same."""
    cut = answer(sse(chunk({"content": "a"}, usage=USAGE_CHUNK["usage"]), done=False))
    async with scripted(cut, used=settings(stream=True, attempts=1)) as (stage, _):
        got = await stage.ask()
    assert got.attempts[0].usage is not None
    assert got.attempts[0].fault is not None
    assert got.attempts[0].fault.kind is FaultKind.TRUNCATED_STREAM
    assert got.attempts[0].first_token_ms is not None


async def test_an_error_in_the_stream_is_retried_by_its_code() -> None:
    """An overloaded provider inside a 200 is asked again; a bad request is not."""
    busy = answer(sse({"error": {"message": "Overloaded", "code": 529}}, done=False))
    good = answer(sse(*PLAIN_STREAM))
    async with scripted(busy, good, used=settings(stream=True)) as (stage, _):
        assert (await stage.reply()).text == "Hello"
        assert stage.ledger() == {"error-inside-200": 1, "retried-server-error": 1}
    bad = answer(sse({"error": {"message": "nope", "code": 400}}, done=False))
    async with scripted(bad, used=settings(stream=True)) as (stage, _):
        fault = await stage.fault()
        assert fault.kind is FaultKind.BAD_REQUEST
        assert fault.message == "an error inside a 200: HTTP 400: nope"
    assert len(stage.retries) == 0

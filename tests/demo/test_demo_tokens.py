"""Counting tokens and cutting replies, for any text."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from cab_check.demo.reply import Call, Reply, Usage, UsageRule
from cab_check.demo.tokens import count_json, cut_to, usage_of
from cab_check.demo.wire import fragments

TEXTS = st.text(st.characters(), max_size=60)  # lone surrogates included
REPLIES = st.builds(
    Reply,
    text=st.none() | TEXTS,
    reasoning=st.none() | TEXTS,
    calls=st.lists(st.builds(Call, TEXTS, TEXTS), max_size=3).map(tuple),
)


def said(reply: Reply) -> str:
    """Return everything that a reply says, in order."""
    calls = "".join(call.name + call.arguments for call in reply.calls)
    return (reply.reasoning or "") + (reply.text or "") + calls


@example(Reply(text="a\ud800bcé"), 1)
@example(Reply(text="abcd\ud800🦊🦊"), 3)
@settings(deadline=None)
@given(REPLIES, st.integers(1, 80))
def test_a_cut_reply_is_a_beginning_that_fits(reply: Reply, limit: int) -> None:
    """Nothing but the end is missing, and the usage keeps the limit."""
    cut = cut_to(reply, limit)
    usage = usage_of(cut, 7)
    assert usage is not None
    assert usage.completion_tokens <= limit
    assert usage.total_tokens == 7 + usage.completion_tokens
    assert said(reply).startswith(said(cut))
    if cut is not reply:
        assert cut.ends_with == "length"
        whole = usage_of(reply, 7)
        assert whole is not None
        assert whole.completion_tokens > limit


@settings(deadline=None)
@given(REPLIES)
def test_without_a_limit_nothing_is_cut(reply: Reply) -> None:
    """No max_tokens, no cut."""
    assert cut_to(reply, None) is reply


@settings(deadline=None)
@given(TEXTS | st.builds(str.__mul__, TEXTS, st.integers(0, 200)))
def test_fragments_make_the_text(text: str) -> None:
    """A text cut for a stream is the same text, in no more than 48 pieces."""
    pieces = list(fragments(text))
    assert "".join(pieces) == text
    assert len(pieces) <= 48
    assert all(pieces)


def test_a_call_without_room_for_its_name_is_dropped() -> None:
    """A call is cut in its arguments, never in its name."""
    reply = Reply(calls=(Call("abcd", "123456"), Call("efgh", "{}")))
    assert cut_to(reply, 2).calls == (Call("abcd", "1234"),)
    assert cut_to(reply, 3).calls == (Call("abcd", "123456"),)


def test_what_counts_as_usage() -> None:
    """Figures of the reply's own go out as they are; left out is left out; none is never zero."""
    own = Usage(prompt_tokens=1, completion_tokens=2, total_tokens=9)
    assert usage_of(Reply(text="x", usage=own), 7) is own
    assert usage_of(Reply(text="x", usage=UsageRule.LEFT_OUT), 7) is None
    counted = usage_of(Reply(), 7)
    assert counted is not None
    assert counted.completion_tokens == 1
    thinking = usage_of(Reply(text="12345", reasoning="12345"), 7)
    assert thinking is not None
    assert (thinking.completion_tokens, thinking.reasoning_tokens) == (3, 2)


def test_tokens_are_bytes() -> None:
    """Four bytes of UTF-8 are a token, begun ones counted."""
    assert count_json("ab") == 1
    assert count_json("abc") == 2
    assert count_json("🦊🦊") == 3
    assert count_json("\ud800") == 2

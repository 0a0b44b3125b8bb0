"""What keeps long streams linear: the watch and the nesting, held by what they must do."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.endpoint.calls import CallAssembly
from cab_check.endpoint.nesting import Nesting
from cab_check.endpoint.watch import Watch

_VALUES = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(value=st.dictionaries(st.text(), _VALUES, max_size=4), data=st.data())
def test_nesting_is_closed_exactly_at_the_end(value: object, data: st.DataObject) -> None:
    """An object in any pieces is open at each of its prefixes, and closed when it is whole."""
    text = json.dumps(value, ensure_ascii=data.draw(st.booleans()))
    cuts = data.draw(st.lists(st.integers(1, len(text) - 1), max_size=6)) if len(text) > 1 else []
    edges = sorted({0, *cuts})
    nesting = Nesting()
    for begin, end in zip(edges, [*edges[1:], len(text)], strict=True):
        if begin:
            assert not nesting.closed
        nesting.feed(text[begin:end])
        nesting.feed("")
    assert nesting.closed


@pytest.mark.parametrize(
    ("pieces", "calls"),
    [
        (['{"a":', '"}"', "}"], 1),
        (['{"a":1}', '{"a":2}'], 2),
        (["{}}", "{}"], 1),
        (["]", "[", "{}"], 1),
        (['{"a":"\\', '"}', '"}', "{}"], 2),
    ],
)
def test_a_named_fragment_begins_another_call_only_after_a_whole_one(
    pieces: list[str], calls: int
) -> None:
    """Arguments that closed as no JSON can become none, whatever comes behind them."""
    assembly = CallAssembly(set())
    for piece in pieces:
        assembly.add_fragment({"index": 0, "function": {"name": "f", "arguments": piece}})
    assert len(assembly) == calls
    assert "".join(assembly.texts()) == "".join(pieces)


async def test_a_watch_ends_what_waits_too_long() -> None:
    """Also when the deadline came nearer, and when it went away before."""
    loop = asyncio.get_running_loop()
    for moments in ((0.02,), (60.0, 0.02), (0.01, 0.03)):
        watch = Watch()
        with pytest.raises(TimeoutError):
            await _waiting(watch, [loop.time() + moment for moment in moments])
        assert watch.expired


async def _waiting(watch: Watch, moments: list[float]) -> None:
    async with asyncio.timeout(10), watch:
        for moment in moments:
            watch.until(moment)
        await asyncio.Event().wait()


async def test_a_watch_leaves_alone_what_moves_its_deadline() -> None:
    """A deadline that is moved in time never comes, nor does one that was never set."""
    loop = asyncio.get_running_loop()
    async with Watch() as watch:
        for _ in range(6):
            watch.until(loop.time() + 5)
            await asyncio.sleep(0)
        watch.until(loop.time() + 0.01)
        watch.until(loop.time() + 5)
        await asyncio.sleep(0.02)
    assert not watch.expired
    async with Watch() as unset:
        await asyncio.sleep(0)
    assert not unset.expired


async def test_a_cancellation_from_outside_is_no_timeout() -> None:
    """It goes through as it is."""
    watch = Watch()
    begun = asyncio.Event()

    async def wait() -> None:
        async with watch:
            watch.until(asyncio.get_running_loop().time() + 60)
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not watch.expired

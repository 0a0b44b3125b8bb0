"""Aside: a thread does it, and nobody leaves before it is done."""

from __future__ import annotations

import asyncio
import threading

import pytest

from cab_check.aside import aside


async def test_the_loop_goes_on_meanwhile() -> None:
    """The work waits for what only the loop can do."""
    done = threading.Event()
    asyncio.get_running_loop().call_soon(done.set)
    assert await aside(done.wait, timeout=30)


async def test_what_it_raises_comes_out() -> None:
    """As if it had been called."""
    with pytest.raises(ValueError, match="base"):
        await aside(int, "x", base=10)


@pytest.mark.parametrize("fails", [False, True])
async def test_who_is_cancelled_waits_for_its_end_first(fails: bool) -> None:  # noqa: FBT001
    """Also when told twice, and whatever it comes to."""
    begun, go_on = threading.Event(), threading.Event()
    ended: list[str] = []

    def work() -> None:
        begun.set()
        go_on.wait(30)
        ended.append("work")
        if fails:
            raise ValueError

    async def cell() -> None:
        try:
            await aside(work)
        finally:
            ended.append("cell")

    task = asyncio.create_task(cell())
    assert await asyncio.to_thread(begun.wait, 30)
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0)
    assert ended == []
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["work", "cell"]

"""Aside: what waits for the disk is done in a thread, so that other cells go on meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")


async def aside(work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """Do it in a thread and return what it returns, or raise what it raises.

    Whoever is cancelled meanwhile waits for its end all the same, so that nothing is left half
    done, and is cancelled then.
    """
    working = asyncio.ensure_future(asyncio.to_thread(work, *given, **named))
    cancelled: asyncio.CancelledError | None = None
    while not working.done():
        try:
            await asyncio.wait({working})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        working.exception()  # is retrieved: nobody is left to be told
        raise cancelled
    return working.result()

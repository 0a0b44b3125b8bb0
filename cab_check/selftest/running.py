"""The plays through the real loop, the real wire and the real scorers, several at once."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.cell import Bench, Halt, Judges, run_cell
from cab_check.clock import SystemClock
from cab_check.demo import serve
from cab_check.endpoint.client import Client
from cab_check.sandbox import open_box
from cab_check.secrets import Redactor
from cab_check.selftest.expected import complaints
from cab_check.settings import EndpointSettings, RunSettings
from cab_check.store import Store
from cab_check.workspace import open_private_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence
    from pathlib import Path

    from cab_check.record import RunRecord
    from cab_check.selftest.plays import Play
    from cab_check.settings import Isolation


@dataclass(frozen=True, slots=True)
class Measurement:
    """One play: what it should have come to, what it did, and whether that agrees.

    `took_s` is the whole cell, verification and clearing up included, while others ran beside it.
    """

    play: Play
    wrong: tuple[str, ...]
    record: RunRecord
    took_s: float

    @property
    def straight(self) -> bool:
        """Say whether the cell was scored as it must be."""
        return not self.wrong


async def run_selftest(
    plays: Sequence[Play],
    *,
    isolation: Isolation,
    heard: Callable[[Measurement], None],
    jobs: int = 1,
) -> tuple[Measurement, ...]:
    """Play them all, `jobs` at once; `heard` is told of each, the result is in their order.

    The right answers come first: what a judge said of one is known when it has to be asked whether
    it can be trusted with a wrong one.
    """
    key = f"selftest-{secrets.token_hex(16)}"
    found: dict[int, Measurement] = {}
    with open_private_dir(None) as folder:
        tasks = {str(play.task.root): play.task for play in plays}
        async with serve(key=key, find=tasks.__getitem__, all_tasks=tasks.values) as server:
            stage = _Stage(server.url, key, folder.path, isolation, jobs)

            async def measure(place: int) -> None:
                found[place] = await stage.measure(plays[place])
                heard(found[place])

            for first in (True, False):
                await _all_of(
                    measure(place)
                    for place, play in enumerate(plays)
                    if (play.actor == "oracle") is first
                )
    return tuple(found[place] for place in range(len(plays)))


class _Stage:
    """What the plays share: the endpoint, the store, the places to run and what judges said."""

    def __init__(self, url: str, key: str, state: Path, isolation: Isolation, jobs: int) -> None:
        self._url, self._key, self._state = url, key, state
        self._isolation = isolation
        self._jobs = jobs
        self._places = asyncio.Semaphore(jobs)
        self._judges = Judges()

    async def measure(self, play: Play) -> Measurement:
        """Run one play as a cell, when there is room for it."""
        async with self._places:
            began = time.monotonic()
            record = await self._run(play)
            took_s = time.monotonic() - began
        if play.actor == "oracle" and record.passed:
            self._judges.trust(play.task.root)
        return Measurement(play, complaints(play.actor, play.task, record), record, took_s)

    async def _run(self, play: Play) -> RunRecord:
        model = f"{play.actor}:{play.task.root}"
        endpoint = EndpointSettings(url=self._url, key=self._key, model=model)
        clock, redactor = SystemClock(), Redactor([endpoint.key])
        settings = RunSettings(
            endpoint=endpoint, state_dir=self._state, isolation=self._isolation, demo=True
        )
        async with Client(endpoint, clock=clock, redactor=redactor) as client:
            bench = Bench(
                settings=settings,
                client=client,
                store=Store(self._state, redactor=redactor),
                open_box=open_box,
                clock=clock,
                redactor=redactor,
                isolation=self._isolation,
                interrupted=Halt(),
                sweep_id="selftest",
                jobs=self._jobs,
                judges=self._judges,
            )
            result = await run_cell(play.task, bench)
        if (error := result.crash or result.lack) is not None:
            raise error
        return result.run.record


async def _all_of(measuring: Iterable[Coroutine[object, object, None]]) -> None:
    """Await them all; the first error ends the others and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            for one in measuring:
                group.create_task(one)
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None

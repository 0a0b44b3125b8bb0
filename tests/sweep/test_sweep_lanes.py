"""Lanes: cells start one after the other, each when the one before is under way or over."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import httpx

from cab_check.cell import Bench, Halt
from cab_check.clock import SystemClock
from cab_check.endpoint.client import Client
from cab_check.endpoint.faults import Party
from cab_check.errors import ExitCode
from cab_check.sandbox import open_box
from cab_check.secrets import Redactor
from cab_check.settings import EndpointSettings, Isolation, RetryPolicy, RunSettings
from cab_check.store import Store
from cab_check.sweep import lay_out, run_sweep
from cab_check.sweep.lanes import Lane, Queue
from cab_check.tasks import catalog
from cab_check.verdict import Status

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from pathlib import Path

    from cab_check.cell import CellResult
    from cab_check.record import RunRecord
    from cab_check.sandbox.box import Box, BoxSpec
    from cab_check.sweep import Cell
    from cab_check.sweep.lanes import Start
    from cab_check.trace import Progress

TASK = "integrity/ambiguous-ticket"


def _lanes(count: int, *, answered: bool = True) -> tuple[Lane, ...]:
    bench = cast("Bench", None)  # a lane only hands it on
    return tuple(Lane(bench, begun=answered, answered=answered) for _ in range(count))


def _cells(count: int) -> tuple[Cell, ...]:
    return lay_out([catalog.find(TASK)], repeats=count)


async def _settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def _handed(waiting: asyncio.Task[Start | None]) -> Start:
    async with asyncio.timeout(60):
        start = await waiting
    assert start is not None
    return start


async def test_the_next_cell_goes_when_the_one_before_is_under_way() -> None:
    """Four ask at once: one is handed out, and one more with each that has begun."""
    queue = Queue(_cells(4), _lanes(1))
    asking = [asyncio.create_task(queue.next()) for _ in range(4)]
    for place in range(3):
        await _settled()
        assert [one.done() for one in asking] == [at <= place for at in range(4)]
        queue.under_way(await _handed(asking[place]))
    await _handed(asking[3])
    assert await queue.next() is None


async def test_one_that_has_long_begun_does_not_let_another_in() -> None:
    """A cell's end is said too: it must not open the door for two at once."""
    queue = Queue(_cells(3), _lanes(1))
    first = await queue.next()
    assert first is not None
    queue.under_way(first)
    second = await queue.next()
    third = asyncio.create_task(queue.next())
    queue.under_way(first)
    await _settled()
    assert not third.done()
    assert second is not None
    queue.under_way(second)
    await _handed(third)


async def test_a_lane_that_waits_for_its_first_answer_holds_no_other_lane_up() -> None:
    """The first cells of two targets go one after the other, and the third waits for an answer."""
    queue = Queue(lay_out([catalog.find(TASK)], targets=2, repeats=2), _lanes(2, answered=False))
    starts = []
    for _ in range(2):
        starts.append(await _handed(asyncio.create_task(queue.next())))
        queue.under_way(starts[-1])
    assert [start.cell.target for start in starts] == [0, 1]
    third = asyncio.create_task(queue.next())
    await _settled()
    assert not third.done()
    starts[1].lane.answered = True
    queue.changed()
    assert (await _handed(third)).lane is starts[1].lane


@dataclass
class Show:
    """Keeps the order in which cells begin, send their first request and end."""

    said: list[str] = field(default_factory=list)
    records: dict[str, RunRecord] = field(default_factory=dict)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    def started(self, cell: Cell) -> Callable[[Progress], None]:
        """Watch a cell; `begun` is set with the fourth."""
        self.said.append(f"begins {cell.repeat}")
        if cell.repeat == 4:
            self.begun.set()

        def watch(progress: Progress) -> None:
            if progress.action == "waiting for the model" and progress.turn == 1:
                self.said.append(f"asks {cell.repeat}")

        return watch

    def finished(self, cell: Cell, result: CellResult) -> None:
        """Take note of the end."""
        self.said.append(f"ends {cell.repeat}")
        self.records[cell.key] = result.run.record


def _answer(*, wait_s: float | None = None) -> httpx.Response:
    if wait_s is not None:
        headers = {"retry-after": f"{wait_s:g}"}
        return httpx.Response(429, json={"error": {"message": "slow down"}}, headers=headers)
    choice = {"message": {"role": "assistant", "content": "done"}, "finish_reason": "stop"}
    return httpx.Response(200, json={"model": "m", "choices": [choice]})


@asynccontextmanager
async def _bench(
    root: Path,
    reply: Callable[[httpx.Request], Coroutine[None, None, httpx.Response]],
    attempts: int = 4,
) -> AsyncIterator[Bench]:
    (root / "scratch").mkdir(exist_ok=True)
    clock, redactor = SystemClock(), Redactor([])
    endpoint = EndpointSettings(
        url="http://127.0.0.1:9/v1", key="", model="m", stream=False,
        retry=RetryPolicy(attempts=attempts),
    )  # fmt: skip
    transport = httpx.MockTransport(reply)
    async with Client(endpoint, clock=clock, redactor=redactor, transport=transport) as client:
        yield Bench(
            settings=RunSettings(
                endpoint=endpoint,
                state_dir=root / "state",
                scratch_dir=root / "scratch",
                isolation=Isolation.NONE,
            ),
            client=client,
            store=Store(root / "state", redactor=redactor),
            open_box=open_box,
            clock=clock,
            redactor=redactor,
            isolation=Isolation.NONE,
            interrupted=Halt(),
            sweep_id="lanes",
        )


async def test_cells_of_a_sweep_begin_one_after_the_other(tmp_path: Path) -> None:
    """No second cell begins between the beginning of one and its first request."""

    async def reply(_: httpx.Request) -> httpx.Response:
        return _answer()

    show = Show()
    async with _bench(tmp_path, reply) as bench:
        await run_sweep(_cells(4), [bench], show, jobs=4)
    order = [said for said in show.said if not said.startswith("ends")]
    assert order == [f"{what} {cell}" for cell in range(1, 5) for what in ("begins", "asks")]


async def test_a_halt_lets_no_other_target_begin(tmp_path: Path) -> None:
    """Not even its first cell, which would leave a run directory of nothing."""
    halt = Halt()

    async def reply(_: httpx.Request) -> httpx.Response:
        halt.set()
        return _answer()

    show = Show()
    async with _bench(tmp_path, reply) as bench, asyncio.timeout(60):
        cells = lay_out([catalog.find(TASK)], targets=2, repeats=2)
        await run_sweep(cells, [replace(bench, interrupted=halt)] * 2, show, jobs=1)
    assert show.said == ["begins 1", "asks 1", "ends 1", "ends 1", "ends 2", "ends 2"]


async def test_a_cell_that_ends_before_its_first_request_holds_nobody_up(tmp_path: Path) -> None:
    """A box that cannot be opened is a bug of ours in that cell; the others run."""

    async def reply(_: httpx.Request) -> httpx.Response:
        return _answer()

    opened = 0

    @asynccontextmanager
    async def broken(spec: BoxSpec) -> AsyncIterator[Box]:
        nonlocal opened
        opened += spec.root.name != "judge"
        if opened == 2 and spec.root.name != "judge":
            raise ZeroDivisionError
        async with open_box(spec) as box:
            yield box

    show = Show()
    async with _bench(tmp_path, reply) as bench, asyncio.timeout(60):
        result = await run_sweep(_cells(4), [replace(bench, open_box=broken)], show, jobs=4)
    assert result.exit_code is ExitCode.INTERNAL
    assert [said for said in show.said if said.startswith("asks")] == ["asks 1", "asks 3", "asks 4"]


async def test_a_cell_that_waits_at_the_gate_lets_the_next_begin(tmp_path: Path) -> None:
    """The second meets a limit; the third and fourth begin all the same, and wait with it."""
    asked = 0
    show = Show()

    async def reply(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        if asked == 2:
            return _answer(wait_s=0.05)
        if asked > 2:
            await show.begun.wait()
        return _answer()

    async with _bench(tmp_path, reply) as bench, asyncio.timeout(60):
        await run_sweep(_cells(4), [bench], show, jobs=4)
    assert sum(said.startswith("ends") for said in show.said) == 4
    assert asked == 5
    waited = [record.timing.retry_wait_ms for record in show.records.values()]
    assert sum(ms >= 50 for ms in waited) >= 1
    for record in show.records.values():
        assert record.axes is not None
        latency = record.axes.latency
        # a wait is told, and is no part of the model's time
        apart = latency.model_call_ms + record.timing.retry_wait_ms
        assert apart <= latency.container_active_ms + 0.01


async def test_an_endpoint_that_is_gone_ends_alone(tmp_path: Path) -> None:
    """Three cells in a row reach nobody: the others are left, to be run when it is back."""
    asked = 0

    async def dying(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        if asked in {1, 4}:
            return _answer()
        raise httpx.ConnectError("connection refused", request=request)

    async def good(_: httpx.Request) -> httpx.Response:
        return _answer()

    cells = lay_out([catalog.find(TASK)], targets=2, repeats=8)
    show = Show()
    async with (
        asyncio.timeout(60),
        _bench(tmp_path, dying, attempts=1) as first,
        _bench(tmp_path, good) as second,
    ):
        result = await run_sweep(cells, [first, second], show, jobs=1)
    ended = [show.records[cell.key] for cell in cells if cell.target == 0]
    assert asked == 7  # two that reached nobody, one that did, three that did not
    assert [record.verdict.fault for record in ended[4:]] == [Party.ENDPOINT] * 4
    assert ended[6].verdict.evidence.startswith("cannot connect: ")
    assert ended[7].verdict.evidence.startswith("not run: cannot connect: ")
    assert result.exit_code is ExitCode.ENDPOINT
    assert result.ended_by is not None
    others = [show.records[cell.key] for cell in cells if cell.target == 1]
    assert all(record.verdict.status is Status.SCORED for record in others)


async def test_a_limit_that_nobody_waits_out_ends_its_endpoint_alone(tmp_path: Path) -> None:
    """The first endpoint wants an hour in its third request: its other cells end, nobody waits."""
    asked = 0

    async def limited(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return _answer(wait_s=3600.0) if asked == 3 else _answer()

    async def good(_: httpx.Request) -> httpx.Response:
        return _answer()

    cells = lay_out([catalog.find(TASK)], targets=2, repeats=6)
    show = Show()
    async with (
        asyncio.timeout(60),
        _bench(tmp_path, limited) as first,
        _bench(tmp_path, good) as second,
    ):
        result = await run_sweep(cells, [first, second], show, jobs=1)
    ended = [show.records[cell.key] for cell in cells if cell.target == 0]
    assert asked == 3
    assert [record.verdict.fault for record in ended[2:]] == [Party.GATEWAY] * 4
    assert "asks to wait 3600 s" in ended[2].verdict.evidence
    assert all(record.verdict.evidence.startswith("not run: ") for record in ended[3:])
    assert "--retry-unscored" in ended[3].verdict.hint
    assert result.exit_code is ExitCode.ENDPOINT
    assert result.ended_by is not None
    others = [show.records[cell.key] for cell in cells if cell.target == 1]
    assert all(record.verdict.status is Status.SCORED for record in others)

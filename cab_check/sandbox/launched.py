"""A box that is a launcher and what descends from it: the shape that all levels share."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.errors import MachineError
from cab_check.sandbox import seatbelt
from cab_check.sandbox.box import CommandResult, Limit, Receipt
from cab_check.sandbox.bubblewrap import find_bubblewrap
from cab_check.sandbox.channel import Launch, LauncherGoneError, launch
from cab_check.sandbox.environment import count_withheld
from cab_check.sandbox.guard import Guard
from cab_check.sandbox.inside.kernel import hide_from_user
from cab_check.sandbox.inside.orders import (
    EVERYTHING,
    KILLED,
    NOT_RUN,
    Order,
    Ready,
    Report,
    Setup,
)
from cab_check.sandbox.layout import confine_order
from cab_check.sandbox.output import Outputs
from cab_check.sandbox.premises import Premises
from cab_check.sandbox.receipts import UNFILTERED, Held, layers, means, weaknesses
from cab_check.sandbox.stragglers import HOLDER, end_stragglers
from cab_check.sandbox.toolchain import find_python
from cab_check.settings import MIB, Isolation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from cab_check.sandbox.box import Box, BoxSpec
    from cab_check.sandbox.channel import Channel
    from cab_check.sandbox.inside.orders import Confine, Confined

_KEEP_BYTES = MIB
_ENTRY = Path(__file__).with_name("start.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchPlan:
    """How a box's launcher is started and how long it is waited for.

    `grace_s` is what it may take beyond what a command was allowed before it is given up (halfway
    it is woken, should a command have stopped it), `closing_s` what the end of everything may take;
    `subreaper` off is for systems that have none.
    """

    entry: Path = _ENTRY
    grace_s: float = 2.0
    closing_s: float = 10.0
    subreaper: bool = True
    without: tuple[str, ...] = ()
    most_landlock: int = 99


PLAN = LaunchPlan()


@asynccontextmanager
async def open_box_at(
    level: Isolation, spec: BoxSpec, *, plan: LaunchPlan = PLAN
) -> AsyncIterator[Box]:
    """Open a box at a level; leaving the context ends every process that was started inside.

    Nothing is started before the first command, which raises MachineError when the level cannot be
    had. On Linux this process's memory and environment are closed to other processes of the same
    user from here on, core dumps included.
    """
    with closing(Premises(spec, level)) as premises:
        box = LaunchedBox(spec, premises, level, plan=plan, hidden=hide_from_user())
        try:
            yield box
        finally:
            await _to_the_end(box.close())


async def _to_the_end(ending: Coroutine[None, None, None]) -> None:
    """Wait for an ending even when the waiting task is cancelled meanwhile; it is bounded.

    It gets a task of its own: until 3.11.3 a timeout inside a task that has been cancelled is not
    told from that cancellation.
    """
    task = asyncio.ensure_future(ending)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    task.result()


class LaunchedBox:
    """One box. `hidden` says that this process is closed to others of its user."""

    def __init__(
        self,
        spec: BoxSpec,
        premises: Premises,
        level: Isolation,
        *,
        plan: LaunchPlan,
        hidden: bool,
    ) -> None:
        self._spec = spec
        self._level = level
        self._premises = premises
        self._hidden = hidden
        self._plan = plan
        self._turn = asyncio.Lock()
        self._channel: Channel | None = None
        self._guard = Guard(premises.root, spec.limits, self._end_all)
        linux = sys.platform == "linux"
        self._ready = Ready(plan.subreaper and linux, linux, linux)
        self._confined: Confined | None = None
        self._closed = False
        self._commands = 0
        self._lost = 0
        self._uncertain = 0
        self._withheld = 0
        self._left_behind = 0
        self._python: str | None = None

    async def run(
        self,
        argv: tuple[str, ...],
        limit_s: float,
        *,
        merge: bool = True,
        keep_bytes: int = _KEEP_BYTES,
    ) -> CommandResult:
        """Run a command to its end, or to its limit; then its whole process tree is gone.

        At its end, what it left running in the background stays until the box closes. Cancelling
        this ends the command's tree and leaves the box usable. What earlier commands have made
        impossible is a result with exit code 126; MachineError is raised before the first only.
        """
        if not argv:
            raise ValueError("a command needs at least its program's name")
        async with self._turn:
            if self._closed:
                raise RuntimeError("the box is closed")
            try:
                channel = self._channel or await self._launch()
                argv = self._held(argv)
                outputs = Outputs(self._premises.nameless, merge=merge)
            except (MachineError, OSError) as error:
                if not self._commands:
                    raise  # no command of this box can have caused it
                return _not_run(error, merge=merge)
            self._commands += 1
            with outputs:
                order = Order(self._commands, argv, limit_s)
                before = self._guard.take()
                report = await self._carry_out(channel, order, outputs)
                return _result(report, *outputs.read(keep_bytes), before)

    def receipt(self) -> Receipt:
        """Say what held this box; complete once it is closed."""
        held = Held(
            level=self._level,
            limits=self._spec.limits,
            ready=self._ready,
            confined=self._confined,
            hidden=self._hidden and self._ready.cannot_trace,
            lost=self._lost,
            uncertain=self._uncertain,
            watched=self._guard.began,
            without=self._plan.without,
        )
        return Receipt(
            level=self._level,
            layers=layers(held),
            weaker_than_full=weaknesses(held),
            commands=self._commands,
            withheld=self._withheld,
            left_behind=self._left_behind,
            python=self._python,
            means=means(held),
        )

    async def close(self) -> None:
        """End the command under way, then everything else."""
        self._closed = True
        if self._channel is not None:
            self._channel.wake()
            self._channel.stop(self._commands)
        try:
            await asyncio.wait_for(self._turn.acquire(), self._plan.closing_s)
        except TimeoutError:
            if self._channel is not None:
                self._channel.end()
            await self._turn.acquire()
        if self._channel is not None:
            await self._finish(self._channel)
        self._turn.release()

    async def _finish(self, channel: Channel) -> None:
        self._guard.release()
        try:
            async with asyncio.timeout(self._plan.closing_s):
                self._left_behind += await channel.close()
        except (TimeoutError, LauncherGoneError):
            await self._give_up(channel)
        self._channel = None

    async def _carry_out(self, channel: Channel, order: Order, outputs: Outputs) -> Report:
        started, half_s = time.monotonic(), self._plan.grace_s / 2
        stopped_by = None
        try:
            try:
                async with asyncio.timeout(order.limit_s + half_s) as patience:
                    with self._guard.command(patience):
                        return await channel.ask(order, (outputs.stdout, outputs.stderr))
            except TimeoutError:
                over = self._guard.take()
                stopped_by = over or Limit.TIME
                channel.wake()
                channel.stop(order.number if over is None else EVERYTHING)
            async with asyncio.timeout(half_s):
                return _named(await channel.report(order.number), over)
        except (TimeoutError, LauncherGoneError):
            pass
        except asyncio.CancelledError:
            await _to_the_end(self._cancel(channel, order))
            raise
        await self._give_up(channel)
        return Report(order.number, KILLED, stopped_by, (time.monotonic() - started) * 1000)

    def _end_all(self) -> None:
        """Have all ended that runs in the box, without waiting."""
        if self._channel is not None:
            self._channel.wake()
            self._channel.stop(EVERYTHING)

    async def _cancel(self, channel: Channel, order: Order) -> None:
        channel.wake()
        channel.stop(order.number)
        try:
            async with asyncio.timeout(self._plan.grace_s):
                await channel.report(order.number)
        except (TimeoutError, LauncherGoneError):
            await self._give_up(channel)

    async def _give_up(self, channel: Channel) -> None:
        """Do without a launcher that is lost; the next command gets a new one."""
        self._guard.release()
        self._lost += 1
        self._channel = None
        if not await channel.kill():
            self._uncertain += 1
            self._left_behind += await end_stragglers(self._spec.root)

    def _order(self) -> Confine | None:
        if self._level in UNFILTERED:
            return None
        order = confine_order(self._spec, self._level, self._premises.readable())
        return order._replace(without=self._plan.without, most_landlock=self._plan.most_landlock)

    def _held(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        if self._level is not Isolation.SEATBELT:
            return argv
        return seatbelt.command(argv, self._spec, self._premises.readable())

    def _bubblewrap(self) -> str | None:
        if self._level is not Isolation.BUBBLEWRAP:
            return None
        spec = self._spec
        unsafe = (spec.root.parent, spec.cwd, *spec.writable, *spec.hidden, Path.cwd())
        return find_bubblewrap(unsafe)

    async def _launch(self) -> Channel:
        environment = self._premises.environment()
        await self._guard.measure()
        limits = self._spec.limits
        setup = Setup(
            cwd=str(self._spec.cwd),
            environment=tuple(environment.items()),
            processes=limits.processes,
            data_bytes=limits.data_bytes,
            file_bytes=limits.file_bytes,
            open_files=limits.open_files,
            cpu_s=limits.cpu_s,
            output_bytes=limits.output_bytes,
            subreaper=self._plan.subreaper,
        )
        own = {"PATH": environment["PATH"], HOLDER: str(self._spec.root)}
        self._channel, self._confined, self._ready = await launch(
            Launch(
                entry=self._plan.entry,
                confine=self._order(),
                setup=setup,
                environment=own,
                nameless=self._premises.nameless,
                bubblewrap=self._bubblewrap(),
            )
        )
        self._guard.watch(self._channel.pid)
        self._python = find_python().version
        self._withheld = count_withheld(environment)
        return self._channel


def _named(report: Report, over: Limit | None) -> Report:
    """Name the limit of the watchdog that ended a command, unless it ended by itself meanwhile."""
    if over is None or report.stopped_by is not None or report.exit_code != KILLED:
        return report
    return report._replace(stopped_by=over.value)


def _result(
    report: Report,
    stdout: bytes,
    stderr: bytes,
    elided_bytes: int,
    ended_before: Limit | None = None,
) -> CommandResult:
    return CommandResult(
        exit_code=report.exit_code,
        stdout=stdout,
        stderr=stderr,
        elided_bytes=elided_bytes,
        duration_ms=report.duration_ms,
        stopped_by=None if report.stopped_by is None else Limit(report.stopped_by),
        ended_before=ended_before,
    )


def _not_run(error: Exception, *, merge: bool) -> CommandResult:
    told = f"the command was not run: {error}\n".encode(errors="replace")
    report = Report(0, NOT_RUN, None, 0.0)
    return _result(report, told, b"", 0) if merge else _result(report, b"", told, 0)

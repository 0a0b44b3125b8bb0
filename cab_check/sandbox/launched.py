"""A box that is a launcher and what descends from it: the shape that all levels share."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.sandbox.box import CommandResult, Limit, Receipt
from cab_check.sandbox.channel import LauncherGoneError, launch
from cab_check.sandbox.environment import build_environment, count_withheld, host_path
from cab_check.sandbox.inside.kernel import hide_from_user
from cab_check.sandbox.inside.orders import KILLED, Order, Ready, Report, Setup
from cab_check.sandbox.levels import choose, layers_of_none, weaknesses_of_none
from cab_check.sandbox.output import Outputs
from cab_check.sandbox.stragglers import HOLDER, end_stragglers
from cab_check.sandbox.toolchain import find_python, path_with_python
from cab_check.settings import MIB, Isolation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from cab_check.sandbox.box import Box, BoxSpec
    from cab_check.sandbox.channel import Channel
    from cab_check.sandbox.toolchain import Interpreter

_KEEP_BYTES = MIB
_ENTRY = Path(__file__).with_name("start.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchPlan:
    """How a box's launcher is started and how long it is waited for.

    `grace_s` is what it may take beyond what a command was allowed before it is given up;
    `subreaper` off is for systems that have none.
    """

    entry: Path = _ENTRY
    grace_s: float = 10.0
    subreaper: bool = True


_PLAN = LaunchPlan()


@asynccontextmanager
async def open_box(spec: BoxSpec, *, plan: LaunchPlan = _PLAN) -> AsyncIterator[Box]:
    """Open a box; leaving the context ends every process that was started inside.

    Nothing is started before the first command. On Linux this process's memory and environment
    are closed to other processes of the same user from here on, core dumps included. Raises
    MachineError when the asked isolation, or a Python for the commands, cannot be had.
    """
    choose(spec.isolation)
    box = LaunchedBox(spec, plan=plan, hidden=hide_from_user() and os.getuid() != 0)
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
    """One box. `hidden` says that this process cannot be read by the commands."""

    def __init__(self, spec: BoxSpec, *, plan: LaunchPlan, hidden: bool) -> None:
        self._spec = spec
        self._hidden = hidden
        self._plan = plan
        self._turn = asyncio.Lock()
        self._channel: Channel | None = None
        self._ready = Ready(plan.subreaper and sys.platform == "linux", sys.platform == "linux")
        self._closed = False
        self._commands = 0
        self._lost = 0
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
        this ends the command's tree and leaves the box usable.
        """
        if not argv:
            raise ValueError("a command needs at least its program's name")
        async with self._turn:
            if self._closed:
                raise RuntimeError("the box is closed")
            channel = self._channel or await self._launch()
            self._commands += 1
            with Outputs(self._folder("control"), merge=merge) as outputs:
                order = Order(self._commands, argv, limit_s)
                report = await self._carry_out(channel, order, outputs)
                stdout, stderr, elided = outputs.read(keep_bytes)
        return CommandResult(
            exit_code=report.exit_code,
            stdout=stdout,
            stderr=stderr,
            elided_bytes=elided,
            duration_ms=report.duration_ms,
            stopped_by=None if report.stopped_by is None else Limit(report.stopped_by),
        )

    def receipt(self) -> Receipt:
        """Say what held this box; complete once it is closed."""
        limits, ready, hidden = self._spec.limits, self._ready, self._hidden
        return Receipt(
            level=Isolation.NONE,
            layers=layers_of_none(limits, ready, hidden=hidden),
            weaker_than_full=weaknesses_of_none(limits, ready, hidden=hidden, lost=self._lost),
            commands=self._commands,
            withheld=self._withheld,
            left_behind=self._left_behind,
            python=self._python,
        )

    async def close(self) -> None:
        """End the command under way, then everything else."""
        self._closed = True
        if self._channel is not None:
            self._channel.stop(self._commands)
        try:
            await asyncio.wait_for(self._turn.acquire(), self._plan.grace_s)
        except TimeoutError:
            if self._channel is not None:
                self._channel.end()
            await self._turn.acquire()
        if self._channel is not None:
            await self._finish(self._channel)
        self._turn.release()

    async def _finish(self, channel: Channel) -> None:
        try:
            async with asyncio.timeout(self._plan.grace_s):
                self._left_behind += await channel.close()
        except (TimeoutError, LauncherGoneError):
            await self._give_up(channel)
        self._channel = None

    async def _carry_out(self, channel: Channel, order: Order, outputs: Outputs) -> Report:
        started = time.monotonic()
        stopped_by = None
        try:
            async with asyncio.timeout(order.limit_s + self._plan.grace_s):
                return await channel.ask(order, (outputs.stdout, outputs.stderr))
        except TimeoutError:
            stopped_by = Limit.TIME.value
        except LauncherGoneError:
            pass
        except asyncio.CancelledError:
            await _to_the_end(self._cancel(channel, order))
            raise
        await self._give_up(channel)
        return Report(order.number, KILLED, stopped_by, (time.monotonic() - started) * 1000)

    async def _cancel(self, channel: Channel, order: Order) -> None:
        channel.stop(order.number)
        try:
            async with asyncio.timeout(self._plan.grace_s):
                await channel.report(order.number)
        except (TimeoutError, LauncherGoneError):
            await self._give_up(channel)

    async def _give_up(self, channel: Channel) -> None:
        """Do without a launcher that is lost; the next command gets a new one."""
        self._lost += 1
        self._channel = None
        channel.kill()
        self._left_behind += await end_stragglers(self._spec.root)

    async def _launch(self) -> Channel:
        python = find_python()
        environment = self._environment(python)
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
        log = self._folder("control") / "launcher.log"
        self._channel, self._ready = await launch(self._plan.entry, setup, environment=own, log=log)
        self._python = python.version
        self._withheld = count_withheld(environment)
        return self._channel

    def _environment(self, python: Interpreter) -> dict[str, str]:
        spec = self._spec
        path = host_path(below=(spec.root, spec.cwd, *spec.writable))
        return build_environment(
            path=path_with_python(path, python.path, spec.root / "bin"),
            home=self._folder("home"),
            tmp=self._folder("tmp"),
            declared=spec.environment,
        )

    def _folder(self, name: str) -> Path:
        folder = self._spec.root / name
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

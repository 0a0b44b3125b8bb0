"""The host's end of a launcher: start it, send it orders, read its reports."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import struct
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.errors import MachineError
from cab_check.sandbox import bubblewrap
from cab_check.sandbox.inside.orders import (
    Close,
    Closed,
    Confined,
    Ready,
    Refused,
    Report,
    Stop,
    decode,
    encode,
)
from cab_check.sandbox.toolchain import base_executable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cab_check.sandbox.inside.orders import Confine, Message, Order, Setup

_START_LIMIT_S = 20.0
_KERNEL_LIMIT_S = 5.0
_MOST_COMPLAINTS = 65_536
_CREDENTIALS = struct.Struct("iii")  # of a process: its id, user and group


class LauncherGoneError(Exception):
    """The launcher ended without being asked to."""


class RefusedError(MachineError):
    """This machine refused a step of the isolation that was asked for."""


class Channel:
    """One launcher under way."""

    def __init__(self, process: subprocess.Popen[bytes], link: socket.socket) -> None:
        self._process = process
        self._link = link
        self._pending = b""
        self._init: int | None = None

    @property
    def pid(self) -> int:
        """Return the process that all of the box descends from."""
        return self._process.pid

    async def ask(self, order: Order, outputs: tuple[int, int]) -> Report:
        """Have a command run to its end; raises LauncherGoneError."""
        line = memoryview(encode(order))
        try:
            sent = socket.send_fds(self._link, [line], outputs)
        except OSError as error:
            raise LauncherGoneError from error
        try:
            await self._send(line[sent:])
        except asyncio.CancelledError:
            self._link.close()  # half an order was sent: nothing may follow it
            raise
        return await self.report(order.number)

    async def report(self, number: int) -> Report:
        """Wait for the report of that command."""
        message = await self._receive()
        if not isinstance(message, Report) or message.number != number:
            raise LauncherGoneError
        return message

    def stop(self, number: int) -> None:
        """Ask for the end of the command of that number, without waiting."""
        with suppress(OSError):  # a launcher that is gone, or reads no more, is found out later
            self._link.send(encode(Stop(number)))

    async def confine(self, order: Confine) -> Confined:
        """Have the launcher put itself into its box; raises RefusedError."""
        self._link.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        await self._send(memoryview(encode(order)))
        await _readable(self._link)
        try:
            line, passed, _, _ = self._link.recvmsg(
                _MOST_COMPLAINTS, socket.CMSG_SPACE(_CREDENTIALS.size)
            )
        except OSError as error:  # it ended with our order unread
            raise LauncherGoneError from error
        self._link.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
        message = decode(line) if line else None
        if isinstance(message, Refused):
            raise RefusedError(message.reason, hint="ask for another --isolation level")
        if not isinstance(message, Confined):
            raise LauncherGoneError
        # whoever answers is PID 1 of its box, and the kernel tells us which process of ours that is
        try:
            self._init = os.pidfd_open(_CREDENTIALS.unpack(passed[0][2])[0])
        except ProcessLookupError as error:
            raise LauncherGoneError from error
        return message

    async def prepare(self, setup: Setup) -> Ready:
        """Hand over what all commands of the box share."""
        await self._send(memoryview(encode(setup)))
        message = await self._receive()
        if not isinstance(message, Ready):
            raise LauncherGoneError
        return message

    async def close(self) -> int:
        """Have everything ended and return how many processes that took."""
        await self._send(memoryview(encode(Close())))
        message = await self._receive()
        if not isinstance(message, Closed):
            raise LauncherGoneError
        self._link.close()
        await self._ended()
        return message.left_behind

    def wake(self) -> None:
        """Let a launcher go on that a command has stopped."""
        self._process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """End the launcher at once, which whoever waits for a report is told.

        With PID 1 of a box the kernel ends all that is in it; else stewards notice and end their
        trees.
        """
        if self._init is None:
            self._process.kill()
        else:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._init, signal.SIGKILL)

    async def kill(self) -> bool:
        """End the launcher at once; say whether it is certain that nothing of the box is left."""
        self._link.close()
        certain = self._init is not None
        self.end()
        try:
            async with asyncio.timeout(_KERNEL_LIMIT_S):
                await self._ended()
        except TimeoutError:
            certain = False
        finally:
            self._process.kill()
            self._process.wait()
        return certain

    async def _ended(self) -> None:
        while self._process.poll() is None:  # noqa: ASYNC110 - a process sets no event
            await asyncio.sleep(0.001)
        if self._init is not None:
            os.close(self._init)
            self._init = None

    async def _send(self, data: memoryview) -> None:
        try:
            await asyncio.get_running_loop().sock_sendall(self._link, data)
        except OSError as error:
            raise LauncherGoneError from error

    async def _receive(self) -> Message:
        while b"\n" not in self._pending:
            try:
                data = await asyncio.get_running_loop().sock_recv(self._link, 65_536)
            except OSError as error:
                raise LauncherGoneError from error
            if not data:
                raise LauncherGoneError
            self._pending += data
        line, self._pending = self._pending.split(b"\n", 1)
        return decode(line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How a launcher is started: its program's file, what it is told first, its environment.

    `nameless` opens a file for what its interpreter has to complain about. Without `confine` it
    stays as unconfined as this process. `bubblewrap` is the program that it is started by, if any.
    """

    entry: Path
    confine: Confine | None
    setup: Setup
    environment: Mapping[str, str]
    nameless: Callable[[], int]
    bubblewrap: str | None = None

    def argv(self, told: int) -> tuple[str, ...]:
        """Return the command line; the file `told` is filled with what bubblewrap reads there."""
        if self.bubblewrap is None or self.confine is None:
            return (base_executable(), "-I", "-S", "-X", "utf8", str(self.entry))
        texts = bubblewrap.arguments(self.confine, self.entry)
        os.pwrite(told, b"".join(os.fsencode(text) + b"\0" for text in texts), 0)
        return (self.bubblewrap, "--args", str(told), *bubblewrap.command(self.entry))


async def launch(what: Launch) -> tuple[Channel, Confined | None, Ready]:
    """Start a launcher in a session of its own and hand it the setup.

    What it needs goes over a socket, never over its command line or its environment: both can be
    read by others. Raises MachineError, RefusedError when the isolation is what cannot be had.
    """
    try:
        log = what.nameless()
    except OSError as error:
        raise _no_launcher(str(error)) from error
    try:
        return await _start(_spawn(what, log), what, log)
    finally:
        os.close(log)


async def _start(
    channel: Channel, what: Launch, log: int
) -> tuple[Channel, Confined | None, Ready]:
    try:
        async with asyncio.timeout(_START_LIMIT_S):
            confined = await channel.confine(what.confine) if what.confine else None
            return channel, confined, await channel.prepare(what.setup)
    except (LauncherGoneError, TimeoutError) as error:
        await channel.kill()
        raise _no_launcher(_complaints(log)) from error
    except (asyncio.CancelledError, RefusedError):
        await channel.kill()
        raise


def _spawn(what: Launch, log: int) -> Channel:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    try:
        with theirs, tempfile.TemporaryFile() as told:
            process = subprocess.Popen(
                what.argv(told.fileno()),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=what.environment,
                cwd="/",
                start_new_session=True,
                pass_fds=(told.fileno(),) if what.bubblewrap else (),
            )
    except OSError as error:
        ours.close()
        raise _no_launcher(str(error)) from error
    return Channel(process, ours)


async def _readable(link: socket.socket) -> None:
    """Wait until there is something to read, without reading it."""
    loop = asyncio.get_running_loop()
    arrived = asyncio.Event()
    loop.add_reader(link, arrived.set)
    try:
        await arrived.wait()
    finally:
        loop.remove_reader(link)


def _complaints(log: int) -> str:
    return os.pread(log, _MOST_COMPLAINTS, 0).decode(errors="replace")


def _no_launcher(reason: str) -> MachineError:
    last = reason.strip().rpartition("\n")[2] or "it said nothing"
    return MachineError(
        f"the process that holds a cell's commands did not start: {last}",
        hint=f"check that `{base_executable()} -I -S -c pass` works on this machine",
    )

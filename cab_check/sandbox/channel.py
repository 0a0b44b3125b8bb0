"""The host's end of a launcher: start it, send it orders, read its reports."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from cab_check.errors import MachineError
from cab_check.sandbox.inside.orders import (
    Close,
    Closed,
    Ready,
    Report,
    Stop,
    decode,
    encode,
)
from cab_check.sandbox.toolchain import base_executable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cab_check.sandbox.inside.orders import Message, Order, Setup

_START_LIMIT_S = 20.0
_MOST_COMPLAINTS = 65_536


class LauncherGoneError(Exception):
    """The launcher ended without being asked to."""


class Channel:
    """One launcher under way."""

    def __init__(self, process: subprocess.Popen[bytes], link: socket.socket) -> None:
        self._process = process
        self._link = link
        self._pending = b""

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
        while self._process.poll() is None:  # noqa: ASYNC110 - a process sets no event
            await asyncio.sleep(0.001)
        return message.left_behind

    def wake(self) -> None:
        """Let a launcher go on that a command has stopped."""
        self._process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """End the launcher at once, which whoever waits for a report is told."""
        self._process.kill()

    def kill(self) -> None:
        """End the launcher at once; its stewards notice and end their trees."""
        self._link.close()
        self._process.kill()
        self._process.wait()

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


async def launch(
    entry: Path, setup: Setup, *, environment: Mapping[str, str], nameless: Callable[[], int]
) -> tuple[Channel, Ready]:
    """Start a launcher in a session of its own and hand it the setup.

    What it needs goes over a socket, never over its command line or its environment: both can be
    read by others. `nameless` opens a file for what its interpreter has to complain about. Raises
    MachineError.
    """
    try:
        log = nameless()
    except OSError as error:
        raise _no_launcher(str(error)) from error
    try:
        return await _start(_spawn(entry, environment, log), setup, log)
    finally:
        os.close(log)


async def _start(channel: Channel, setup: Setup, log: int) -> tuple[Channel, Ready]:
    try:
        async with asyncio.timeout(_START_LIMIT_S):
            return channel, await channel.prepare(setup)
    except (LauncherGoneError, TimeoutError) as error:
        channel.kill()
        raise _no_launcher(_complaints(log)) from error
    except asyncio.CancelledError:
        channel.kill()
        raise


def _spawn(entry: Path, environment: Mapping[str, str], log: int) -> Channel:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    try:
        with theirs:
            process = subprocess.Popen(
                [base_executable(), "-I", "-S", "-X", "utf8", str(entry)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=environment,
                cwd="/",
                start_new_session=True,
            )
    except OSError as error:
        ours.close()
        raise _no_launcher(str(error)) from error
    return Channel(process, ours)


def _complaints(log: int) -> str:
    return os.pread(log, _MOST_COMPLAINTS, 0).decode(errors="replace")


def _no_launcher(reason: str) -> MachineError:
    last = reason.strip().rpartition("\n")[2] or "it said nothing"
    return MachineError(
        f"the process that holds a cell's commands did not start: {last}",
        hint=f"check that `{base_executable()} -I -S -c pass` works on this machine",
    )

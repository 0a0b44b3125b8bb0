"""The box's interface: what every level of isolation gives (DESIGN §1, SANDBOX §13)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from cab_check.settings import BoxLimits, Isolation


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxSpec:
    """What a box is made of.

    `root` is a private directory: the box makes its home and tmp folders below it. `cwd` is where
    commands run, and writable. `writable` and `readable` are directories that commands need besides
    the machine's own, `hidden` those that they must not see, as far as the level can hide anything;
    what holds `root`, and cab itself, are hidden always. `environment` is added to the allow-list.
    """

    root: Path
    cwd: Path
    isolation: Isolation
    limits: BoxLimits
    writable: tuple[Path, ...] = ()
    readable: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class Limit(StrEnum):
    """Which limit ended a command."""

    TIME = "time"
    OUTPUT = "output"
    PROCESSES = "processes"
    MEMORY = "memory"
    DISK = "disk"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """What became of one command.

    `exit_code` is 128 + signal when a signal ended it, 127 when its program was not found, 126
    when it could not be started. `stdout` and `stderr` are the raw bytes, the first and the last
    half of `keep_bytes` each when there were more; `elided_bytes` says how many are left out, of
    both. With `merge` on, everything is in `stdout`. A command that ended by itself was stopped by
    nothing, however much it wrote. `ended_before` is the limit that, before this command, ended
    what earlier ones had left running.
    """

    exit_code: int
    stdout: bytes
    stderr: bytes
    elided_bytes: int
    duration_ms: float
    stopped_by: Limit | None
    ended_before: Limit | None = None


class Network(StrEnum):
    """What a command has of a network: a loopback of its own, nothing, or all that the user has."""

    PRIVATE = "private"
    BLOCKED = "blocked"
    HOST = "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """By which means a box was held (SANDBOX §12), for programs; the sentences are for people.

    `landlock_abi` is the version of its interface, 0 where it took no part; it and `watchdog` are
    None where no command was run. `as_root` is cab's own effective user.
    """

    network: Network
    pid_ns: bool
    landlock_abi: int | None
    seccomp: bool
    watchdog: bool | None
    as_root: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What held a box, for the record (SANDBOX §12); every sentence is true of that very box.

    `python` is the version of the interpreter that `python3` is inside, None while no command ran.
    `withheld` counts the variables of cab's own environment that commands were not given.
    `left_behind` counts the processes that were found and ended beyond their command's end; where a
    launcher was lost, which `weaker_than_full` then says, others may run on. `means` is None in a
    record of an older cab.
    """

    level: Isolation
    layers: tuple[str, ...]
    weaker_than_full: tuple[str, ...]
    commands: int
    withheld: int
    left_behind: int
    python: str | None
    means: Means | None = None


class Box(Protocol):
    """A box that is open: one command at a time, many boxes at once."""

    async def run(
        self, argv: tuple[str, ...], limit_s: float, *, merge: bool = True, keep_bytes: int = ...
    ) -> CommandResult:
        """Run a command to its end, or to its limit; then its whole process tree is gone."""
        ...

    def receipt(self) -> Receipt:
        """Say what held this box; complete once it is closed."""
        ...


class OpenBox(Protocol):
    """How a cell gets its boxes: the third seam of the tests."""

    def __call__(self, spec: BoxSpec) -> AbstractAsyncContextManager[Box]:
        """Open a box; leaving the context ends every process that was started inside."""
        ...

"""Which level of isolation a box gets, and what is said of it (SANDBOX §2, §12)."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from cab_check.errors import MachineError
from cab_check.settings import MIB, Isolation

if TYPE_CHECKING:
    from cab_check.sandbox.inside.orders import Ready
    from cab_check.settings import BoxLimits

_WARNING = (
    "no isolation: the model's commands run as you, with your files and your network; "
    "use a machine that may be lost, such as a container"
)
_FORGONE = (
    "commands of root are without its rights to trace processes that are closed to them, "
    "to mount, and to load code into the kernel"
)
_AS_ROOT = (
    "commands run as root: a service of this machine can be made to do for them what they may not"
)
_SEEN = "your other processes can be seen and signalled, and the environments of some read"
_SEEN_WHOLE = "your other processes, and their environments, can be seen; they can be signalled"
_LOST = "processes may survive, beside those that were found and ended"


def choose(isolation: Isolation) -> Isolation:
    """Return the level that a box gets; raises MachineError when it cannot be had here.

    `auto` is the strongest level that there is. `warning` says what to print about it.
    """
    if sys.platform == "win32":
        raise MachineError(
            "commands cannot be run and ended reliably on Windows itself",
            hint="run cab inside WSL2",
        )
    if isolation not in {Isolation.AUTO, Isolation.NONE}:
        raise MachineError(
            f"the isolation level {isolation.value!r} is not available in this version",
            hint=f"use --isolation none, on a machine that may be lost: {_WARNING}",
        )
    return Isolation.NONE


def warning(level: Isolation) -> str | None:
    """Return the one line that a person must see before commands run at that level."""
    return _WARNING if level is Isolation.NONE else None


def layers_of_none(limits: BoxLimits, ready: Ready, *, hidden: bool) -> tuple[str, ...]:
    """Say what holds a box at level `none`, in plain words; `hidden` is cab's own process."""
    data = limits.data_bytes
    return (
        "clean environment",
        "new session without a terminal, standard input closed",
        *(("set-id programs gain nothing",) if ready.no_new_privs else ()),
        *(("cab's own memory and environment cannot be read",) if hidden else ()),
        *((_FORGONE,) if ready.cannot_trace and os.getuid() == 0 else ()),
        _sweep(subreaper=ready.subreaper),
        "limits of each process: "
        + ("" if data is None else f"{data // MIB} MiB of memory, ")
        + f"files of {limits.file_bytes // MIB} MiB, {limits.open_files} open files, "
        f"{limits.cpu_s} s of processor time",
        _watched(limits),
        f"commands that print more than {limits.output_bytes // MIB} MiB are ended",
    )


def _watched(limits: BoxLimits) -> str:
    return (
        f"watchdog: all that runs is ended when together it has over {limits.processes} processes, "
        f"{limits.memory_bytes // MIB} MiB in use, or added {limits.disk_bytes // MIB} MiB on disk"
    )


def _sweep(*, subreaper: bool) -> str:
    if subreaper:
        return "subreaper: whatever a command starts is ended with its limit or with the box"
    return "the process groups of commands are ended with their limit or with the box"


def weaknesses_of_none(
    limits: BoxLimits, ready: Ready, *, hidden: bool, lost: int
) -> tuple[str, ...]:
    """Say what a box at level `none` leaves open, in plain words; `lost` counts dead launchers."""
    root = os.getuid() == 0
    return (
        "your files can be read, changed and deleted",
        "the network is open, local services and their sockets included",
        _SEEN if root and ready.cannot_trace else _SEEN_WHOLE,
        "answers readable: the tasks' solutions and hidden tests, and earlier runs, are on disk",
        "a command can end the processes that hold the box",
        "what commands write outside of the box's own directory is not counted",
        *(("only the watchdog limits memory",) if limits.data_bytes is None else ()),
        *(() if hidden else ("cab's own environment, a key in it included, can be read",)),
        *(() if ready.subreaper else ("daemons may survive",)),
        *(() if ready.no_new_privs else ("set-id programs keep their rights",)),
        *((_AS_ROOT,) if root else ()),
        *((f"the box's launcher was lost {lost} times: {_LOST}",) if lost else ()),
    )

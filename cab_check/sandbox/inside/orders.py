"""What host, launcher and stewards say to each other: one JSON line a message.

Named tuples, since the launcher starts once a cell and `dataclasses` would add 5 ms to each start.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

KILLED = 128 + 9
"""The exit code of a command that was ended by SIGKILL."""
NOT_RUN = 126
"""The exit code of a command that could not be started."""


ROOT_INSIDE = 1000
"""Who root is in a user namespace of ours: no program there that looks may take it for root."""


HOST_NAME = "localhost"
"""What a box with a root of its own is called: a name that programs can look up."""


LINK, READ, WRITE, HIDE = "link", "read", "write", "hide"
"""How a place is made: a symlink of that text; a path of the machine, shown to be read or also
written; an empty directory over what is there."""


class Confine(NamedTuple):
    """The first message to a launcher that isolates: what its box can see.

    `root` is a folder that the new root is built upon. `places` are in the order in which they are
    made, each as how, of what, and where. `without` names layers that are left out, and
    `most_landlock` the highest version of its interface to use: both for those who try a layer.
    """

    level: str
    root: str
    places: tuple[tuple[str, str, str], ...]
    shared_memory_bytes: int
    without: tuple[str, ...] = ()
    most_landlock: int = 99


MOVES_ALLOWED, TRUNCATION_KNOWN, SIGNALS_SCOPED = 2, 3, 6
"""Versions of Landlock's interface: from these on a file can be moved to another directory, cutting
one short is a right of its own, and signals stay within the box."""


class Confined(NamedTuple):
    """The launcher is inside; `landlock_abi` is 0 where Landlock takes no part."""

    landlock_abi: int


class Refused(NamedTuple):
    """The kernel refused a step, and the launcher has ended."""

    reason: str


class Setup(NamedTuple):
    """The message before the first order: what all commands of its box share.

    `subreaper` off leaves orphans to init, as on a system that knows no subreaper.
    """

    cwd: str
    environment: tuple[tuple[str, str], ...]
    processes: int
    data_bytes: int | None
    file_bytes: int
    open_files: int
    cpu_s: int
    output_bytes: int
    subreaper: bool = True


class Ready(NamedTuple):
    """A launcher's answer to its setup: which layers the kernel granted.

    `cannot_trace` says that commands have none of the rights that `rights.forgo` gives up.
    """

    subreaper: bool
    no_new_privs: bool
    cannot_trace: bool


class Order(NamedTuple):
    """Run a command; the descriptors of its two outputs come with the line."""

    number: int
    argv: tuple[str, ...]
    limit_s: float


EVERYTHING = 0
"""The number of no command, which ends what every command of the box started."""


class Stop(NamedTuple):
    """End the command of that number, if it is still under way, or EVERYTHING."""

    number: int


class Report(NamedTuple):
    """What became of a command; `stopped_by` is a value of `box.Limit`."""

    number: int
    exit_code: int
    stopped_by: str | None
    duration_ms: float


class Close(NamedTuple):
    """End everything."""


class Closed(NamedTuple):
    """Everything has ended; so many processes had to be killed for it."""

    left_behind: int


Message = Confine | Confined | Refused | Setup | Ready | Order | Stop | Report | Close | Closed

_KINDS: dict[str, Callable[..., Message]] = {
    kind.__name__: kind
    for kind in (Confine, Confined, Refused, Setup, Ready, Order, Stop, Report, Close, Closed)
}


def encode(message: Message) -> bytes:
    """Write a message as one line; texts may hold surrogate escapes."""
    return json.dumps([type(message).__name__, *message]).encode() + b"\n"


def decode(line: bytes) -> Message:
    """Read a message back from its line."""
    kind, *fields = json.loads(line)
    return _KINDS[kind](*(_tuples(value) for value in fields))


def _tuples(value: object) -> object:
    return tuple(_tuples(inner) for inner in value) if isinstance(value, list) else value

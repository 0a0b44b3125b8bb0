"""What is said of a box, in plain words: what held it, and what it left open (SANDBOX §12)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.sandbox.box import Means, Network
from cab_check.sandbox.inside.orders import MOVES_ALLOWED, SIGNALS_SCOPED
from cab_check.settings import MIB, Isolation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cab_check.sandbox.inside.orders import Confined, Ready
    from cab_check.settings import BoxLimits


OWN_ROOT = frozenset({Isolation.NAMESPACES, Isolation.BUBBLEWRAP})
"""The levels whose commands see a root directory of their box alone."""

UNFILTERED = frozenset({Isolation.SEATBELT, Isolation.NONE})
"""The levels without what Linux alone has: a filter of system calls, and Landlock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is known of a box.

    `hidden` says that cab's own process is closed to others of its user, `lost` counts launchers
    that had to be given up, `uncertain` those of them after which processes may have survived.
    `watched` says that the watchdog was told of it, None before that. `without` names layers that
    were left out.
    """

    level: Isolation
    limits: BoxLimits
    ready: Ready
    confined: Confined | None
    hidden: bool
    lost: int
    uncertain: int
    watched: bool | None = None
    without: tuple[str, ...] = ()


_FORGONE = (
    "commands of root are without its rights to trace processes that are closed to them, "
    "to mount, and to load code into the kernel"
)
_AS_ROOT = (
    "commands run as root: a service of this machine can be made to do for them what they may not"
)
_ROOT_INSIDE = (
    "cab runs as root: what a box shows of root's files is open to its commands, and only the "
    "watchdog limits its processes"
)
_ELSEWHERE = "what commands write outside of the box's own directory is not counted"
_SEEN = "your other processes can be seen and signalled, and the environments of some read"
_SEEN_WHOLE = "your other processes, and their environments, can be seen; they can be signalled"
NEVER_RUN = (
    "this level was written from descriptions and never run by its authors: that it holds was "
    "tried on this machine by one canary, and else by nobody"
)
_LOST = "processes may survive, beside those that were found and ended"


def means(held: Held) -> Means:
    """Say by which means a box is held."""
    own_root, alone = held.level in OWN_ROOT, held.level is Isolation.NONE
    network = Network.PRIVATE if own_root else Network.HOST if alone else Network.BLOCKED
    abi = None if held.confined is None else held.confined.landlock_abi
    return Means(
        network=network,
        pid_ns=own_root,
        landlock_abi=0 if held.level in UNFILTERED else abi,
        seccomp=held.level not in UNFILTERED and "seccomp" not in held.without,
        watchdog=held.watched,
        as_root=os.geteuid() == 0,
    )


def layers(held: Held) -> tuple[str, ...]:
    """Say what holds a box: each layer that the kernel granted, and no other."""
    return (*_walls(held), *_clothes(held))


def weaknesses(held: Held) -> tuple[str, ...]:
    """Say what a box leaves open that full isolation would not."""
    root = os.getuid() == 0
    own = {
        Isolation.NONE: _open_at_none,
        Isolation.LANDLOCK: _open_at_landlock,
        Isolation.SEATBELT: _open_at_seatbelt,
    }.get(held.level)
    return (
        *(own(held) if own else ()),
        *(("only the watchdog limits memory",) if held.limits.data_bytes is None else ()),
        *((_ROOT_INSIDE,) if root and held.level is not Isolation.NONE else ()),
        *((_lost(held),) if held.lost else ()),
    )


def _walls(held: Held) -> Iterator[str]:
    if held.level in OWN_ROOT:
        yield "files: a root directory of its own, with toolchains read-only and the workspace"
        yield "network: none but a loopback of its own"
        yield "processes: a list of its own; the kernel ends all of them with the box"
    if held.level is Isolation.LANDLOCK:
        yield "network: no socket can be made, but for pairs"
    if held.level is Isolation.SEATBELT:
        yield "files: a Seatbelt profile opens the system's, toolchains and the workspace alone"
        yield "network: denied by that profile, loopback and unix sockets included"
    if held.level not in UNFILTERED:
        yield "system calls: filtered (seccomp); no rights of root"
    if held.confined is not None and held.confined.landlock_abi:
        yield f"files: Landlock, version {held.confined.landlock_abi} of its interface"


def _clothes(held: Held) -> Iterator[str]:
    """Yield the layers that need nothing but a launcher: level `none` has them all."""
    limits, ready, root = held.limits, held.ready, os.getuid() == 0
    yield "clean environment"
    yield "new session without a terminal, standard input closed"
    if ready.no_new_privs:
        yield "set-id programs gain nothing"
    if held.hidden:
        yield "cab's own memory and environment cannot be read"
    if held.level is Isolation.NONE and ready.cannot_trace and root:
        yield _FORGONE
    yield _sweep(subreaper=ready.subreaper)
    data = limits.data_bytes
    yield (
        "limits of each process: "
        + ("" if data is None else f"{data // MIB} MiB of memory, ")
        + f"files of {limits.file_bytes // MIB} MiB, {limits.open_files} open files, "
        f"{limits.cpu_s} s of processor time"
    )
    yield _watched(limits)
    yield f"commands that print more than {limits.output_bytes // MIB} MiB are ended"


def _watched(limits: BoxLimits) -> str:
    return (
        f"watchdog: all that runs is ended when together it has over {limits.processes} processes, "
        f"{limits.memory_bytes // MIB} MiB in use, or added {limits.disk_bytes // MIB} MiB on disk"
    )


def _sweep(*, subreaper: bool) -> str:
    if subreaper:
        return "subreaper: whatever a command starts is ended with its limit or with the box"
    return "the process groups of commands are ended with their limit or with the box"


def _open_at_none(held: Held) -> Iterator[str]:
    root = os.getuid() == 0
    yield "your files can be read, changed and deleted"
    yield "the network is open, local services and their sockets included"
    yield _SEEN if root and held.ready.cannot_trace else _SEEN_WHOLE
    yield "answers readable: the tasks' solutions and hidden tests, and earlier runs, are on disk"
    yield "a command can end the processes that hold the box"
    yield _ELSEWHERE
    if not held.hidden:
        yield "cab's own environment, a key in it included, can be read"
    if not held.ready.subreaper:
        yield "daemons may survive"
    if not held.ready.no_new_privs:
        yield "set-id programs keep their rights"
    if root:
        yield _AS_ROOT


def _open_at_landlock(held: Held) -> Iterator[str]:
    yield "sizes, times and modes of your files can be seen; modes, times and attributes changed"
    yield "the command lines of your other processes can be seen"
    abi = held.confined.landlock_abi if held.confined else SIGNALS_SCOPED
    if abi < SIGNALS_SCOPED:
        yield "your other processes can be signalled, cab's own aside"
    if abi < MOVES_ALLOWED:
        yield "files cannot be moved to another directory: some programs fail there"
    yield "no servers, no /tmp and no shared memory: some programs fail there that work elsewhere"


def _open_at_seatbelt(held: Held) -> Iterator[str]:
    yield NEVER_RUN
    yield "daemons may survive"
    yield "sizes, times and modes of your files can be seen, by those who know their names"
    yield "your other processes, and their command lines, may be seen"
    yield "system calls are not filtered, and some services of the system can be asked"
    yield "only the watchdog limits memory: the kernel there does not"
    yield _ELSEWHERE
    if not held.hidden:
        yield "cab's own environment, a key in it included, is kept by the profile alone"
    yield "no servers, no loopback, no /tmp and no terminals: some programs fail there"


def _lost(held: Held) -> str:
    rest = _LOST if held.uncertain else "the kernel ended what it held, uncounted"
    return f"the box's launcher was lost {held.lost} times: {rest}"

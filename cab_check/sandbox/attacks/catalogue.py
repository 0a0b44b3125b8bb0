"""The attacks by name, in the rows of SANDBOX §6, and which level leaves which row open."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from cab_check.sandbox.attacks.ground import Ground
from cab_check.settings import Isolation

if TYPE_CHECKING:
    from collections.abc import Callable

    Judge = Callable[[Ground, str], bool]


class Row(StrEnum):
    """What an attack is after; the words are what a person reads."""

    READ = "read a file outside"
    NAMES = "list a directory outside"
    STATUS = "see sizes and times outside"
    WRITE = "change, make, move or remove a file outside"
    TRUNCATE = "empty a file outside"
    MODES = "change modes, times or attributes outside"
    PLANT = "leave files at home, on PATH, in /etc or /tmp"
    TCP = "reach a local service"
    OTHER_TCP = "reach it by MPTCP or TCP Fast Open"
    DATAGRAMS = "send datagrams, find a route out"
    SOCKETS = "reach a unix socket by its path"
    ABSTRACT = "reach an abstract unix socket"
    OWN_ENVIRONMENT = "read secrets handed down to commands"
    ENVIRONMENTS = "read other processes' environments"
    COMMAND_LINES = "read other processes' command lines"
    MEMORY = "read another process's memory or files"
    LIMITS = "change another process's limits"
    SIGNALS = "end another process"
    KEY = "find what cab holds, its key included"
    SET_ID = "gain rights by a set-id program"
    TERMINAL = "type on the user's terminal"
    KERNEL = "open the kernel's back doors"
    MOUNT = "mount a file system"
    SHARED_MEMORY = "leave shared memory behind"
    HUNGER = "take processes, memory or disk beyond a limit"
    TREE_HUNGER = "take memory or disk by many processes or files"
    DAEMON = "outlive the box"


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack: its row, the function of `weapons` that it is, and who says whether it won.

    `alone` needs a box of its own. `control` tells whether it is tried outside of any box as well:
    what works for nobody on this machine is not stopped by a box. `needs_mib` is what it takes of
    memory and disk.
    """

    row: Row
    weapon: str
    won: Judge
    alone: bool = False
    control: bool = True
    needs_mib: int = 0


def _prints(kind: str) -> Judge:
    return lambda ground, said: ground.secrets[kind] in said


def _proves(ground: Ground, said: str) -> bool:
    return ground.field.proof in said


def _sees(look: Callable[[Ground], bool]) -> Judge:
    return lambda ground, _said: look(ground)


_CHANGED, _REACHED = _sees(Ground.is_changed), _sees(Ground.is_reached)
_PLANTED = _sees(Ground.is_planted)


def _hungry(row: Row, weapon: str, needs_mib: int) -> Attack:
    return Attack(row, weapon, _proves, alone=True, control=False, needs_mib=needs_mib)


ATTACKS: Final = (
    *(
        Attack(Row.READ, f"files.{name}", _prints("content"))
        for name in (
            "read",
            "read_by_symlink",
            "read_by_hard_link",
            "read_by_root_of_others",
            "read_by_loader",
            "read_by_shell",
        )
    ),
    Attack(Row.NAMES, "files.list_directory", _prints("name")),
    Attack(Row.NAMES, "files.list_home", _prints("home")),
    Attack(Row.STATUS, "files.status", _prints("status")),
    *(
        Attack(Row.WRITE, f"files.{name}", _CHANGED)
        for name in (
            "append",
            "create",
            "plant_program",
            "delete",
            "rename",
            "move_away",
            "write_by_symlink",
        )
    ),
    Attack(Row.TRUNCATE, "files.truncate", _CHANGED),
    Attack(Row.TRUNCATE, "files.truncate_by_opening", _CHANGED),
    Attack(Row.MODES, "files.change_mode", _CHANGED),
    Attack(Row.MODES, "files.change_times", _CHANGED),
    Attack(Row.MODES, "files.change_attributes", _CHANGED),
    Attack(Row.PLANT, "files.plant_in_places", _PLANTED),
    Attack(Row.PLANT, "files.plant_in_temporary", _PLANTED),
    Attack(Row.TCP, "network.tcp4", _REACHED),
    Attack(Row.TCP, "network.tcp6", _REACHED),
    Attack(Row.OTHER_TCP, "network.mptcp", _REACHED),
    Attack(Row.OTHER_TCP, "network.fast_open", _REACHED),
    Attack(Row.DATAGRAMS, "network.udp", _REACHED),
    Attack(Row.DATAGRAMS, "network.route", _proves),
    Attack(Row.SOCKETS, "network.unix_stream", _REACHED),
    Attack(Row.SOCKETS, "network.unix_datagram", _REACHED),
    Attack(Row.ABSTRACT, "network.unix_abstract", _REACHED),
    Attack(Row.OWN_ENVIRONMENT, "processes.own_environment", _prints("environment")),
    Attack(Row.ENVIRONMENTS, "processes.environments", _prints("others")),
    Attack(Row.COMMAND_LINES, "processes.command_lines", _prints("arguments")),
    Attack(Row.MEMORY, "processes.memory", _prints("memory")),
    Attack(Row.MEMORY, "processes.memory_by_call", _prints("memory")),
    Attack(Row.MEMORY, "processes.trace", _proves),
    Attack(Row.MEMORY, "processes.steal_descriptor", _prints("descriptor")),
    Attack(Row.LIMITS, "processes.limit", _sees(Ground.is_limited)),
    Attack(Row.SIGNALS, "processes.signals", _sees(Ground.is_ended)),
    Attack(Row.KEY, "processes.key_of_the_host", _prints("host"), control=False),
    Attack(Row.SET_ID, "processes.set_id", _proves),
    Attack(Row.TERMINAL, "processes.terminal", _sees(Ground.is_typed)),
    *(
        Attack(Row.KERNEL, f"kernel.{name}", _proves)
        for name in (
            "user_namespace",
            "user_namespace_by_clone",
            "keyring",
            "io_uring",
            "perf",
            "userfault",
            "virtual_socket",
            "netfilter",
        )
    ),
    Attack(Row.MOUNT, "kernel.mount", _proves),
    Attack(Row.SHARED_MEMORY, "kernel.shared_memory", _sees(Ground.is_left_in_memory)),
    _hungry(Row.HUNGER, "hunger.processes", 512),
    _hungry(Row.HUNGER, "hunger.memory", 3072),
    _hungry(Row.HUNGER, "hunger.file", 1024),
    _hungry(Row.TREE_HUNGER, "hunger.memory_of_many", 3072),
    _hungry(Row.TREE_HUNGER, "hunger.many_files", 1024),
    Attack(Row.DAEMON, "processes.daemon", _sees(Ground.is_running), alone=True),
)

_CLOSED_AT_NONE = frozenset(
    {
        Row.OWN_ENVIRONMENT,
        Row.KEY,
        Row.SET_ID,
        Row.HUNGER,
        Row.TREE_HUNGER,
        Row.DAEMON,
    }
)
LEFT_OPEN: Final = {
    Isolation.NAMESPACES: frozenset[Row](),
    Isolation.BUBBLEWRAP: frozenset[Row](),
    Isolation.LANDLOCK: frozenset({Row.STATUS, Row.MODES, Row.COMMAND_LINES}),
    Isolation.SEATBELT: frozenset({Row.STATUS, Row.COMMAND_LINES, Row.HUNGER, Row.DAEMON}),
    Isolation.NONE: frozenset(set(Row) - _CLOSED_AT_NONE),
}
"""What a level does not claim to stop (SANDBOX §13)."""

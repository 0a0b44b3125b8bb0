"""Putting the launcher into its box: the layers of each level, in the order that works."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from . import kernel, landlock, mounts, namespaces, overseer, rights, seccomp, syscalls
from .orders import (
    HIDE,
    LINK,
    MOVES_ALLOWED,
    READ,
    SIGNALS_SCOPED,
    TRUNCATION_KNOWN,
    WRITE,
    Confined,
)

if TYPE_CHECKING:
    from .orders import Confine

_KEPT_FREE = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - the box's own


def confine(message: Confine) -> Confined:
    """Return in the process that is confined; raises OSError with the step that was refused."""
    if not syscalls.KNOWN_MACHINE:
        raise OSError(0, "the numbers of this machine's system calls are not known")
    return _WAYS[message.level](message)


def _confine_all(message: Confine) -> Confined:
    """Build a world of its own and close it."""
    namespaces.enter()
    mounts.build_root(message)
    namespaces.start_loopback()
    return _close(message)


def _confine_further(message: Confine) -> Confined:
    """Close the world that bubblewrap has built."""
    kernel.end_with_parent(signal.SIGKILL)
    return _close(message)


def _close(message: Confine) -> Confined:
    _renounce(message)
    abi = landlock.version(message.most_landlock)
    if abi < MOVES_ALLOWED or "landlock" in message.without:
        abi = 0  # it would take away more than it adds
    else:
        writable = [place for how, _, place in message.places if how == WRITE]
        places = [(READ, "/"), *((WRITE, place) for place in (*writable, *_KEPT_FREE))]
        landlock.restrict(places, abi, closed=False)
    _filter(message, seccomp.private_network_filter())
    return Confined(abi)


def _confine_files(message: Confine) -> Confined:
    """Close the machine's files and network to the launcher, where there can be no own ones."""
    abi = landlock.version(message.most_landlock)
    if abi == 0:
        raise OSError(0, "the kernel has no Landlock, or does not allow it")
    _renounce(message)
    host = os.getppid()
    overseer.enter()
    if "landlock" not in message.without:
        places = [(how, place) for how, _, place in message.places if how not in {LINK, HIDE}]
        landlock.restrict(places, abi, closed=True)
    unreachable = () if abi >= SIGNALS_SCOPED else (host, os.getppid())
    truncation = abi >= TRUNCATION_KNOWN
    _filter(message, seccomp.shared_network_filter(unreachable, truncation_known=truncation))
    return Confined(abi)


def _renounce(message: Confine) -> None:
    """Give up what commands must not get hold of; before there is one that could take it."""
    if "rights" not in message.without:
        rights.forgo_all()
    if not kernel.refuse_new_privileges():
        raise OSError(0, "no_new_privs: refused")
    if not kernel.hide_from_user():
        raise OSError(0, "the launcher's memory cannot be closed")


def _filter(message: Confine, program: bytes) -> None:
    if "seccomp" not in message.without:
        seccomp.put_on(program)


_WAYS = {
    "namespaces": _confine_all,
    "bubblewrap": _confine_further,
    "landlock": _confine_files,
}

"""Putting the launcher into its box: the layers of each level, in the order that works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import kernel, mounts, namespaces, rights, seccomp, syscalls
from .orders import Confined

if TYPE_CHECKING:
    from .orders import Confine


def confine(message: Confine) -> Confined:
    """Return in the process that is confined; raises OSError with the step that was refused."""
    if not syscalls.KNOWN_MACHINE:
        raise OSError(0, "the numbers of this machine's system calls are not known")
    namespaces.enter()
    mounts.build_root(message)
    namespaces.start_loopback()
    _renounce()
    seccomp.put_on(seccomp.private_network_filter())
    return Confined(landlock_abi=0)


def _renounce() -> None:
    """Give up what commands must not get hold of; before there is one that could take it."""
    rights.forgo_all()
    if not kernel.refuse_new_privileges():
        raise OSError(0, "no_new_privs: refused")
    if not kernel.hide_from_user():
        raise OSError(0, "the launcher's memory cannot be closed")

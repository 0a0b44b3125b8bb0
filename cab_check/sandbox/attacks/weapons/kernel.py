"""Attacks on the kernel's doors: what a command has no need of and has been a way out elsewhere."""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.sandbox.attacks.weapons.field import Field

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long
_NEW_USER, _NEW_MOUNTS = 0x10000000, 0x00020000
_CLONE3, _IO_URING_SETUP = 435, 425
# numbers that differ: those of x86_64, and those of all newer architectures
_NUMBERS = {
    "add_key": (248, 217),
    "keyctl": (250, 219),
    "perf": (298, 241),
    "userfault": (323, 282),
}
_SESSION_KEYRING, _UNLINK = -3, 9
_NETFILTER = 12
_CREATE = 0o1000


def _call(number: int | str, *arguments: object) -> int:
    if isinstance(number, str):
        number = _NUMBERS[number][platform.machine() != "x86_64"]
    made = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return int(_LIBC.syscall(ctypes.c_long(number), *made))


def _in_a_child(attempt: Callable[[], bool]) -> bool:
    """Try what cannot be undone in a process of its own."""
    pid = os.fork()
    if pid == 0:
        won = False
        try:
            won = attempt()
        finally:
            os._exit(0 if won else 1)
    return os.waitpid(pid, 0)[1] == 0


def user_namespace(f: Field) -> None:
    """Become root of a namespace of its own."""
    f.win(when=_in_a_child(lambda: _LIBC.unshare(_NEW_USER) == 0))


def user_namespace_by_clone(f: Field) -> None:
    """Do the same by the call that a filter of flags cannot look into."""

    def attempt() -> bool:
        arguments = struct.pack("<11Q", _NEW_USER, 0, 0, 0, signal.SIGCHLD, *[0] * 6)
        buffer = ctypes.create_string_buffer(arguments, len(arguments))
        pid = _call(_CLONE3, buffer, len(arguments))
        if pid == 0:
            os._exit(0)
        return pid > 0

    f.win(when=_in_a_child(attempt))


def mount(f: Field) -> None:
    """Put a file system over the workspace, in a namespace of its own or in this."""
    Path("mounted").mkdir()

    def attempt() -> bool:
        _LIBC.unshare(_NEW_USER | _NEW_MOUNTS)
        return bool(_LIBC.mount(b"none", b"mounted", b"tmpfs", 0, None) == 0)

    f.win(when=_in_a_child(attempt))


def keyring(f: Field) -> None:
    """Put a key on the ring that all of the user's programs share."""
    key = _call("add_key", b"user", f.proof.encode(), b"x", 1, _SESSION_KEYRING)
    if key > 0:
        _call("keyctl", _UNLINK, key, _SESSION_KEYRING)
        f.win()


def io_uring(f: Field) -> None:
    """Get a queue of calls that no filter sees."""
    f.win(when=_call(_IO_URING_SETUP, 1, ctypes.create_string_buffer(120)) >= 0)


def perf(f: Field) -> None:
    """Count events in the kernel."""
    software_clock = struct.pack("<IIQ", 1, 112, 0) + bytes(24) + struct.pack("<Q", 1 << 5)
    attributes = ctypes.create_string_buffer(software_clock, 112)
    f.win(when=_call("perf", attributes, 0, -1, -1, 0) >= 0)


def userfault(f: Field) -> None:
    """Have page faults handed to it, with which kernel races are won."""
    f.win(when=_call("userfault", os.O_CLOEXEC | 1) >= 0)


def virtual_socket(f: Field) -> None:
    """Speak to a machine around this one; under WSL2 that starts programs of Windows."""
    socket.socket(40, socket.SOCK_STREAM).close()
    f.win()


def netfilter(f: Field) -> None:
    """Speak to the kernel's firewall, where holes have been."""
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETFILTER).close()
    f.win()


def shared_memory(f: Field) -> None:
    """Leave memory behind that no process owns."""
    _LIBC.shmget(f.number, ctypes.c_size_t(4096), _CREATE | 0o600)

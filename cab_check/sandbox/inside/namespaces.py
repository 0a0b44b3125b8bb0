"""Namespaces of our own, by unshare(2): the serving process becomes PID 1 of a world apart."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import struct
from typing import NoReturn

from . import kernel, syscalls
from .orders import HOST_NAME, ROOT_INSIDE

_MOUNT, _CGROUP, _NAMES, _IPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
_USER, _PROCESS, _NETWORK = 0x10000000, 0x20000000, 0x40000000
ALL = _MOUNT | _CGROUP | _NAMES | _IPC | _USER | _PROCESS | _NETWORK

_SET_FLAGS, _UP, _RUNNING = 0x8914, 0x1, 0x40


def enter() -> None:
    """Return in PID 1 of new namespaces, all its rights held there; the caller stays to wait.

    The kernel ends everything inside when PID 1 ends, and PID 1 when the caller does. Raises
    OSError with the step that was refused.
    """
    user, group = os.getuid(), os.getgid()
    syscalls.call("unshare", ALL)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user or ROOT_INSIDE} {user} 1")
    _write("/proc/self/gid_map", f"{group or ROOT_INSIDE} {group} 1")
    kernel.end_with_parent(signal.SIGKILL)  # only now: the change of rights would clear it
    socket.sethostname(HOST_NAME)
    pid = os.fork()
    if pid:
        _outlast(pid)
    kernel.end_with_parent(signal.SIGKILL)


def start_loopback() -> None:
    """Bring up the loopback of this network namespace, all that there is in it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", _UP | _RUNNING)
        fcntl.ioctl(any_socket, _SET_FLAGS, request)


def _outlast(pid: int) -> NoReturn:
    """Hold nothing open, and end when PID 1 and all that it held have ended."""
    try:
        os.closerange(0, kernel.descriptors_end())
        os.waitpid(pid, 0)
    finally:  # whatever goes wrong, there must never be a second launcher
        os._exit(0)


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w") as file:  # noqa: PTH123 - pathlib costs 5 ms at each start
            file.write(text)
    except OSError as error:
        raise OSError(error.errno, f"writing {path}: {error.strerror}") from error

"""Attacks on other processes: what they hold, and what they do."""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import re
import resource
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cab_check.sandbox.attacks.weapons.field import Field

# all of the host's secrets look like this, so that an attack need not know one to find it
SECRET = re.compile(rb"CAB[A-Z]+-[0-9a-f]{24}")
_REGION_BYTES = 64 << 20
_LIBC = ctypes.CDLL(None, use_errno=True)
_PIDFD_GETFD = 438
_TGKILL = {"x86_64": 234, "aarch64": 131}
_ATTACH, _DETACH = 16, 17
_CONTROL_TERMINAL = 0x540E
_INJECT = 0x5412


def _show(found: bytes) -> None:
    for secret in set(SECRET.findall(found)):
        print(secret.decode(), flush=True)  # noqa: T201 - output is how an attack is judged


def own_environment(_f: Field) -> None:
    """Read what was handed down to it."""
    _show("\n".join(f"{name}={value}" for name, value in os.environ.items()).encode())


def environments(_f: Field) -> None:
    """Read what was handed down to every other process."""
    for pid in _others():
        _show(_read(f"/proc/{pid}/environ"))


def command_lines(_f: Field) -> None:
    """Read what every other process was called with."""
    for pid in _others():
        _show(_read(f"/proc/{pid}/cmdline"))


def key_of_the_host(f: Field) -> None:
    """Find what the process that made the box holds, and all others, wherever /proc shows it."""
    for pid in _others():
        _show(_read(f"/proc/{pid}/environ") + _read(f"/proc/{pid}/cmdline"))
        for name in _names(f"/proc/{pid}/fd"):
            path = f"/proc/{pid}/fd/{name}"
            with suppress(OSError):
                if stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - a link that is followed
                    _show(_read(path))
    for holder in (f.host, os.getppid()):
        with suppress(OSError):
            _scan(holder)


def memory(f: Field) -> None:
    """Read a process's memory as a file."""
    _scan(f.victim)


def memory_by_call(f: Field) -> None:
    """Read it by the system call that is made for it."""
    for start, size in _regions(f.victim):
        buffer = ctypes.create_string_buffer(size)
        ours = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), size)
        theirs = (ctypes.c_size_t * 2)(start, size)
        got = _LIBC.process_vm_readv(f.victim, ours, 1, theirs, 1, 0)
        if got > 0:
            _show(buffer.raw)


def trace(f: Field) -> None:
    """Become its debugger."""
    _LIBC.ptrace.argtypes = [ctypes.c_long] * 4
    if _LIBC.ptrace(_ATTACH, f.victim, 0, 0) == 0:
        os.waitpid(f.victim, 0)
        _LIBC.ptrace(_DETACH, f.victim, 0, 0)
        f.win()


def steal_descriptor(f: Field) -> None:
    """Take a copy of what it has open."""
    theirs = os.pidfd_open(f.victim)
    stolen = _LIBC.syscall(_PIDFD_GETFD, theirs, f.victim_fd, 0)
    if stolen >= 0:
        _show(os.pread(stolen, 4096, 0))


def limit(f: Field) -> None:
    """Bound its resources."""
    hard = resource.prlimit(f.victim, resource.RLIMIT_CORE)[1]
    resource.prlimit(f.victim, resource.RLIMIT_CORE, (f.number, hard))


def signals(f: Field) -> None:
    """End it, by each of the calls that can."""
    call = _TGKILL.get(platform.machine())
    ways: tuple[Callable[[], object], ...] = (
        lambda: os.kill(f.victim, signal.SIGKILL),
        lambda: signal.pidfd_send_signal(os.pidfd_open(f.victim), signal.SIGKILL),
        lambda: call and _LIBC.syscall(call, f.victim, f.victim, signal.SIGKILL),
        lambda: _LIBC.sigqueue(f.victim, signal.SIGKILL, 0),
    )
    for way in ways:
        with suppress(OSError):
            way()


def set_id(f: Field) -> None:
    """Start a program that gains its owner's rights, and look whether it has."""
    for name in ("su", "passwd", "chsh", "newgrp", "gpasswd", "sudo", "mount"):
        path = Path("/usr/bin", name)
        with suppress(OSError):
            if not path.stat().st_mode & stat.S_ISUID:
                continue
            program = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=-3, stderr=-3)
            f.win(when=_gains_root(program.pid))
            program.kill()


def _gains_root(pid: int) -> bool:
    for _ in range(100):
        users = re.search(rb"^Uid:\s+(\d+)\s+(\d+)", _read(f"/proc/{pid}/status"), re.MULTILINE)
        if users and users[1] != users[2] == b"0":
            return True
        time.sleep(0.001)
    return False


def terminal(f: Field) -> None:
    """Type on the user's terminal."""
    for path in (f.terminal, "/dev/tty"):
        with suppress(OSError):
            fd = os.open(path, os.O_RDWR)
            with suppress(OSError):
                fcntl.ioctl(fd, _CONTROL_TERMINAL, 0)
            for letter in f"{f.proof}\n":
                fcntl.ioctl(fd, _INJECT, letter.encode())


def daemon(f: Field) -> None:
    """Leave something running that belongs to nobody."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.chdir("/")
            argv = [sys.executable, "-ISc", "import time; time.sleep(600)", f.proof]
            os.closerange(0, 3)
            os.execve(sys.executable, argv, {})  # noqa: S606 - no shell is wanted
        os._exit(0)
    os.wait()
    time.sleep(0.3)


def _scan(pid: int) -> None:
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as file:  # noqa: PTH123 - unbuffered
        for start, size in _regions(pid):
            with suppress(OSError, ValueError):
                file.seek(start)
                _show(file.read(size) or b"")


def _regions(pid: int) -> Iterator[tuple[int, int]]:
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        span, rights = line.split()[:2]
        start, end = (int(part, 16) for part in span.split("-"))
        if rights.startswith("rw") and end - start <= _REGION_BYTES:
            yield start, end - start


def _others() -> list[str]:
    own = {str(os.getpid())}
    return [name for name in _names("/proc") if name.isdigit() and name not in own]


def _names(path: str) -> list[str]:
    try:
        return os.listdir(path)  # noqa: PTH208
    except OSError:
        return []


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""

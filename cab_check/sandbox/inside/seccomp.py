"""The filter of system calls: everything is allowed but what reaches past the box (SANDBOX §4).

It is put on once, before the first command, and goes on to all that descends from there.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from typing import TYPE_CHECKING

from . import syscalls

if TYPE_CHECKING:
    from collections.abc import Iterable

_REFUSED = (
    # other namespaces, other roots, other mounts
    "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "open_tree", "open_tree_attr",
    "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "sethostname",
    # what belongs to the user or the machine, not to the box
    "keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd",
    "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module",
    "open_by_handle_at", "swapon", "swapoff", "reboot", "acct", "quotactl", "quotactl_fd",
    "settimeofday", "clock_settime", "syslog", "vhangup", "iopl", "ioperm", "uselib", "ustat",
    "sysfs", "lookup_dcookie", "nfsservctl",
    # other processes
    "kcmp", "pidfd_getfd", "process_vm_readv", "process_vm_writev", "move_pages", "migrate_pages",
    # would get around the rules for sockets
    "io_uring_setup", "io_uring_enter", "io_uring_register",
)  # fmt: skip
_SHARED_MEMORY = ("shmget", "msgget", "semget")

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_CALL, _ARCH, _FIRST_ARGUMENT = 0, 4, 16
_LOW = 0xFFFFFFFF
_ACCESS, _TRUNCATE = 0o3, 0o1000  # of open's flags
_X32 = 0x40000000
_NEW_NAMESPACES = 0x7E020000
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C  # put characters into a terminal's input
_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK, _NETLINK_ROUTE = 1, 2, 10, 16, 0

_SET_SECCOMP, _FILTER = 22, 2


def private_network_filter() -> bytes:
    """Return the filter for a box with a network of its own: no socket that leads elsewhere."""
    families = (
        _load(_argument(0))
        + b"".join(_when(family, _give(_ALLOW)) for family in (_AF_UNIX, _AF_INET, _AF_INET6))
        + _when(
            _AF_NETLINK,
            _load(_argument(2)) + _when(_NETLINK_ROUTE, _give(_ALLOW)) + _refuse(errno.EPERM),
        )
        + _refuse(errno.EAFNOSUPPORT)
    )
    return _program(_rule("socket", families))


def shared_network_filter(unreachable: Iterable[int], *, truncation_known: bool) -> bytes:
    """Return the filter for a box in the machine's own network: no socket at all, but pairs.

    The processes in `unreachable` cannot be signalled. Where Landlock does not know the right to
    cut a file short, no call that does nothing else is allowed.
    """
    return _program(
        _rule("socket", _refuse(errno.EPERM))
        + b"".join(_rule(name, _refuse(errno.EPERM)) for name in _SHARED_MEMORY)
        + _signals(tuple(unreachable))
        + (b"" if truncation_known else _truncation())
    )


def _signals(unreachable: tuple[int, ...]) -> bytes:
    """Refuse signals to these, to their groups, and to all."""
    if not unreachable:
        return b""
    ids = (*unreachable, *(-pid & _LOW for pid in unreachable), -1 & _LOW)
    first = _load(_argument(0)) + _refuse_values(ids)
    second = first + _load(_argument(1)) + _refuse_values(ids)
    return (
        b"".join(_rule(name, first) for name in ("kill", "tkill", "rt_sigqueueinfo"))
        + b"".join(_rule(name, second) for name in ("tgkill", "rt_tgsigqueueinfo"))
        + _rule("pidfd_send_signal", _refuse(errno.EPERM))
    )


def _truncation() -> bytes:
    by_flags = _instruction(_AND, _ACCESS | _TRUNCATE) + _when(_TRUNCATE, _refuse(errno.EPERM))
    return (
        _rule("truncate", _refuse(errno.EPERM))
        + _rule("openat2", _refuse(errno.ENOSYS))  # its flags lie where a filter cannot look
        + _rule("openat", _load(_argument(2)) + by_flags)
        + _rule("open", _load(_argument(1)) + by_flags)
    )


def put_on(program: bytes) -> None:
    """Have this process and its descendants filtered for good; needs no_new_privs."""
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    pointer = ctypes.create_string_buffer(header, len(header))
    if libc.prctl(_SET_SECCOMP, ctypes.c_ulong(_FILTER), pointer, zero, zero) != 0:
        code_of_error = ctypes.get_errno()
        raise OSError(code_of_error, "seccomp: the filter was refused")


def _program(sockets: bytes) -> bytes:
    return b"".join(
        (
            _load(_ARCH),
            _when_not(syscalls.AUDIT_ARCH, _give(_KILL)),
            _load(_CALL),
            _from(_X32, _refuse(errno.ENOSYS)) if syscalls.HAS_X32 else b"",
            *(_rule(name, _refuse(errno.EPERM)) for name in _REFUSED),
            _rule("clone3", _refuse(errno.ENOSYS)),  # so that libc takes clone, which can be read
            _rule("clone", _load(_argument(0)) + _with_any(_NEW_NAMESPACES, _refuse(errno.EPERM))),
            _rule("ioctl", _load(_argument(1)) + _refuse_values((_TIOCSTI, _TIOCLINUX))),
            _rule("prlimit64", _load(_argument(0)) + _when_not(0, _refuse(errno.EPERM))),
            sockets,
            _give(_ALLOW),
        )
    )


def _rule(name: str, body: bytes) -> bytes:
    """Apply a body to one call; a body that decides nothing leaves it to what follows."""
    number = syscalls.number(name)
    return b"" if number is None else _when(number, body + _load(_CALL))


def _refuse_values(values: Iterable[int]) -> bytes:
    return b"".join(_when(value, _refuse(errno.EPERM)) for value in values)


def _argument(index: int) -> int:
    """Return where an argument's low 32 bits lie: the kernel looks at no others of these."""
    return _FIRST_ARGUMENT + 8 * index


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _load(offset: int) -> bytes:
    return _instruction(_LOAD, offset)


def _give(verdict: int) -> bytes:
    return _instruction(_RETURN, verdict)


def _refuse(code: int) -> bytes:
    return _give(0x00050000 | code)


def _when(value: int, body: bytes) -> bytes:
    return _instruction(_EQUAL, value, 0, len(body) // 8) + body


def _when_not(value: int, body: bytes) -> bytes:
    return _instruction(_EQUAL, value, len(body) // 8, 0) + body


def _from(value: int, body: bytes) -> bytes:
    return _instruction(_AT_LEAST, value, 0, len(body) // 8) + body


def _with_any(bits: int, body: bytes) -> bytes:
    return _instruction(_ANY_BIT, bits, 0, len(body) // 8) + body

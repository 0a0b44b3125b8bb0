"""What root's commands may not: reach into processes that are closed to their user.

An ordinary user has none of these rights. Root has, and where it keeps them nothing that cab or a
judge holds in memory is closed to the code that is judged.
"""

from __future__ import annotations

import ctypes
import sys

_SYS_PTRACE, _PERFMON, _BPF, _CHECKPOINT_RESTORE = 19, 38, 39, 40
_SYS_MODULE, _SYS_RAWIO, _SYS_ADMIN, _SYS_BOOT = 16, 17, 21, 22
_LINUX_IMMUTABLE = 9  # a file that not even its owner can remove again
FORGONE = (
    _SYS_PTRACE,
    _PERFMON,
    _BPF,
    _CHECKPOINT_RESTORE,
    _SYS_MODULE,
    _SYS_RAWIO,
    _SYS_ADMIN,
    _SYS_BOOT,
    _LINUX_IMMUTABLE,
)

_CAPBSET_READ = 23
_CAPBSET_DROP = 24
_GET_NO_NEW_PRIVS = 39
_VERSION = 0x20080522  # the third, with 64 bits a set


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Half(ctypes.Structure):
    """32 of the 64 bits of the three sets."""

    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def forgo() -> bool:
    """Give these rights up, here and in all that descends from here, and never get them back.

    Says whether that is so: none of them is held, ambient ones included (which go with the
    permitted), and no program can give them back, since none may be gained at all or since they
    have left the bounding set.
    """
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None)
    for right in FORGONE:
        _prctl(libc, _CAPBSET_DROP, right)
    header, halves = _Header(_VERSION, 0), (_Half * 2)()
    if libc.capget(ctypes.byref(header), halves) != 0:
        return False
    for right in FORGONE:
        _strike(halves[right // 32], ~(1 << right % 32))
    if libc.capset(ctypes.byref(header), halves) != 0:
        return False
    return _prctl(libc, _GET_NO_NEW_PRIVS, 0) == 1 or not any(
        _prctl(libc, _CAPBSET_READ, right) == 1 for right in FORGONE
    )


def forgo_all() -> None:
    """Give every right up for good, which takes those of a user namespace; raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    right = 0
    while _prctl(libc, _CAPBSET_DROP, right) == 0:  # to the last that this kernel knows
        right += 1
    header, nothing = _Header(_VERSION, 0), (_Half * 2)()
    if libc.capset(ctypes.byref(header), nothing) != 0:
        raise OSError(ctypes.get_errno(), "capset: the rights cannot be given up")


def _prctl(libc: ctypes.CDLL, option: int, value: int) -> int:
    zero = ctypes.c_ulong(0)
    return int(libc.prctl(option, ctypes.c_ulong(value), zero, zero, zero))


def _strike(half: _Half, mask: int) -> None:
    half.effective &= mask
    half.permitted &= mask
    half.inheritable &= mask

"""System calls that the standard library has no name for, by number.

Numbers from the kernel's tables: x86_64 and aarch64. What uses those of aarch64 was never run.
"""

from __future__ import annotations

import ctypes
import os

_ARM = os.uname().machine == "aarch64"
KNOWN_MACHINE = os.uname().machine in {"x86_64", "aarch64"}
AUDIT_ARCH = 0xC00000B7 if _ARM else 0xC000003E
HAS_X32 = not _ARM

# name: (x86_64, aarch64); the second is -1 where that machine has no such call
_NUMBERS = {
    "open": (2, -1),
    "ioctl": (16, 29),
    "shmget": (29, 194),
    "socket": (41, 198),
    "clone": (56, 220),
    "kill": (62, 129),
    "semget": (64, 190),
    "msgget": (68, 186),
    "truncate": (76, 45),
    "ustat": (136, -1),
    "sysfs": (139, -1),
    "uselib": (134, -1),
    "vhangup": (153, 58),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "acct": (163, 89),
    "settimeofday": (164, 170),
    "mount": (165, 40),
    "umount2": (166, 39),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "sethostname": (170, 161),
    "iopl": (172, -1),
    "ioperm": (173, -1),
    "init_module": (175, 105),
    "delete_module": (176, 106),
    "quotactl": (179, 60),
    "nfsservctl": (180, 42),
    "tkill": (200, 130),
    "lookup_dcookie": (212, 18),
    "clock_settime": (227, 112),
    "tgkill": (234, 131),
    "kexec_load": (246, 104),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "migrate_pages": (256, 238),
    "openat": (257, 56),
    "unshare": (272, 97),
    "move_pages": (279, 239),
    "perf_event_open": (298, 241),
    "prlimit64": (302, 261),
    "open_by_handle_at": (304, 265),
    "setns": (308, 268),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "finit_module": (313, 273),
    "kexec_file_load": (320, 294),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "syslog": (103, 116),
    "pidfd_send_signal": (424, 424),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "clone3": (435, 435),
    "openat2": (437, 437),
    "pidfd_getfd": (438, 438),
    "mount_setattr": (442, 442),
    "quotactl_fd": (443, 443),
    "landlock_create_ruleset": (444, 444),
    "landlock_add_rule": (445, 445),
    "landlock_restrict_self": (446, 446),
    "open_tree_attr": (467, 467),
}

_libc = ctypes.CDLL(None, use_errno=True)
_syscall = _libc.syscall
_syscall.restype = ctypes.c_long


def number(name: str) -> int | None:
    """Return a call's number on this machine; None where it has none."""
    found = _NUMBERS[name][_ARM]
    return None if found < 0 else found


def call(name: str, *arguments: int | bytes | None) -> int:
    """Make the call; raises OSError that names it."""
    which = number(name)
    assert which is not None  # noqa: S101 - only calls that every machine has are made
    given = [ctypes.c_long(a) if isinstance(a, int) else ctypes.c_char_p(a) for a in arguments]
    result = int(_syscall(ctypes.c_long(which), *given))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return result

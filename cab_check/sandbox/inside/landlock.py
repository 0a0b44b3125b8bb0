"""Landlock: which files a process and its descendants may touch, for good (SANDBOX §4)."""

from __future__ import annotations

import ctypes
import os
import struct
from typing import TYPE_CHECKING

from . import syscalls
from .orders import READ, SIGNALS_SCOPED, WRITE

if TYPE_CHECKING:
    from collections.abc import Iterable

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIRECTORY = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHARACTER_DEVICE, _MAKE_BLOCK_DEVICE = 1 << 6, 1 << 11
_REFER, _TRUNCATE, _CONTROL_DEVICE, _RESOLVE_SOCKET = 1 << 13, 1 << 14, 1 << 15, 1 << 16
_FIRST_RIGHTS = _REFER - 1
_SINCE = ((2, _REFER), (3, _TRUNCATE), (5, _CONTROL_DEVICE), (9, _RESOLVE_SOCKET))
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _CONTROL_DEVICE
_READING = _EXECUTE | _READ_FILE | _READ_DIRECTORY

_ALL_TCP, _ALL_SCOPES = 0b11, 0b11  # bind and connect; abstract sockets and signals
_TELL_VERSION = 1
_PATH_BENEATH = 1

_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_TERMINALS = ("/dev/pts", "/dev/ptmx")


def version(most: int) -> int:
    """Return the version of the kernel's interface, or `most`; 0 where there is none."""
    try:
        return min(syscalls.call("landlock_create_ruleset", None, 0, _TELL_VERSION), most)
    except OSError:
        return 0


def restrict(places: Iterable[tuple[str, str]], abi: int, *, closed: bool) -> None:
    """Allow these places alone, each as READ or WRITE; needs no_new_privs.

    `closed` denies TCP as well; without it there are terminals, too, since the root is the box's
    own. What is not there is left out.
    """
    rights = _FIRST_RIGHTS | sum(right for since, right in _SINCE if abi >= since)
    ruleset = _create(rights, abi, closed=closed)
    writing = rights & ~(_MAKE_CHARACTER_DEVICE | _MAKE_BLOCK_DEVICE | _CONTROL_DEVICE)
    allowed = {READ: _READING, WRITE: writing}
    for how, path in places:
        _allow(ruleset, path, allowed[how] & rights)
    for path in _DEVICES:
        _allow(ruleset, path, (_READ_FILE | _WRITE_FILE) & rights)
    for path in () if closed else _TERMINALS:
        controlled = _READ_FILE | _WRITE_FILE | _READ_DIRECTORY | _CONTROL_DEVICE
        _allow(ruleset, path, controlled & rights)
    syscalls.call("landlock_restrict_self", ruleset, 0)
    os.close(ruleset)


def _create(rights: int, abi: int, *, closed: bool) -> int:
    network = _ALL_TCP if closed and abi >= 4 else 0  # noqa: PLR2004 - versions, as SANDBOX has them
    scopes = _ALL_SCOPES if abi >= SIGNALS_SCOPED else 0
    size = 8 if abi < 4 else 16 if abi < SIGNALS_SCOPED else 24  # noqa: PLR2004 - the same
    attributes = ctypes.create_string_buffer(struct.pack("=QQQ", rights, network, scopes), 24)
    return syscalls.call("landlock_create_ruleset", ctypes.addressof(attributes), size, 0)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(path):  # noqa: PTH112 - pathlib costs 5 ms at each start
        rights &= _OF_FILES
    rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, place), 12)
    syscalls.call("landlock_add_rule", ruleset, _PATH_BENEATH, ctypes.addressof(rule), 0)
    os.close(place)

"""The root of a box at level `namespaces`: what is mounted there, and nothing else (SANDBOX §3)."""

from __future__ import annotations

import ctypes
import os
import struct
from typing import TYPE_CHECKING

from . import syscalls
from .orders import HIDE, LINK, READ

if TYPE_CHECKING:
    from .orders import Confine

_NO_SETID, _NO_DEVICES, _NO_EXEC, _BIND, _RECURSIVE, _PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
_ATTRIBUTE_READ_ONLY = 1
_HERE, _RECURSIVELY = -100, 0x8000
_DETACH = 2
_DEVICES = ("null", "zero", "full", "random", "urandom")
_OPEN_FILES_OF_PROC = (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2"))
_KERNEL_SETTINGS = ("sys", "sysrq-trigger", "irq", "bus", "fs", "acpi")


def build_root(confine: Confine) -> None:
    """Make a new root and leave the old one for good; raises OSError with the step refused.

    First what the kernel makes, then the places in their order. Afterwards the root itself is
    read-only, and so is what hides something.
    """
    root = _Root(confine.root)
    _mount(None, "/", None, _RECURSIVE | _PRIVATE)
    os.makedirs(confine.root, 0o700, exist_ok=True)  # noqa: PTH103 - pathlib costs 5 ms at each start
    root.empty("", "size=16m,mode=755")
    _make_devices(root, confine.shared_memory_bytes)
    _make_proc(root)
    for how, source, place in confine.places:
        if how == LINK:
            root.link(source, place)
        elif how == HIDE:
            root.hide(place)
        else:
            root.bind(source, place, read_only=how == READ)
    root.seal()
    _go_there(confine.root)


class _Root:
    """A root under construction."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._sealed = ["", "/dev"]

    def inner(self, place: str) -> str:
        """Return where a place of the new root lies as long as the old one is there."""
        return self._base + place

    def empty(self, place: str, options: str) -> None:
        """Mount an empty file system in memory."""
        os.makedirs(self.inner(place), exist_ok=True)  # noqa: PTH103 - the same
        _mount("tmpfs", self.inner(place), "tmpfs", _NO_SETID | _NO_DEVICES, options)

    def hide(self, place: str) -> None:
        """Put an empty directory over one that is shown."""
        if os.path.isdir(self.inner(place)):  # noqa: PTH112 - the same
            self.empty(place, "size=64k,mode=755")
            self._sealed.append(place)

    def seal(self) -> None:
        """Let nothing be made beside what is mounted."""
        for place in self._sealed:
            _restrict(self.inner(place), _ATTRIBUTE_READ_ONLY, recursive=False)

    def link(self, text: str, place: str) -> None:
        """Make a symlink as the machine has it."""
        self._make_parent(place)
        os.symlink(text, self.inner(place))  # noqa: PTH211 - the same

    def bind(self, source: str, place: str, *, read_only: bool) -> None:
        """Show a file or a directory of the machine."""
        target = self.inner(place)
        if os.path.isdir(source):  # noqa: PTH112 - the same
            os.makedirs(target, exist_ok=True)  # noqa: PTH103 - the same
        else:
            self.file(place)
        _mount(source, target, None, _BIND | _RECURSIVE)
        _restrict(target, _NO_SETID | _NO_DEVICES | (_ATTRIBUTE_READ_ONLY if read_only else 0))

    def file(self, place: str) -> None:
        """Make an empty file to mount upon."""
        self._make_parent(place)
        os.close(os.open(self.inner(place), os.O_CREAT | os.O_WRONLY, 0o644))

    def _make_parent(self, place: str) -> None:
        os.makedirs(os.path.dirname(self.inner(place)), exist_ok=True)  # noqa: PTH103, PTH120 - the same


def _make_devices(root: _Root, shared_memory_bytes: int) -> None:
    root.empty("/dev", "size=64k,mode=755")
    for name in _DEVICES:
        root.file(f"/dev/{name}")
        _mount(f"/dev/{name}", root.inner(f"/dev/{name}"), None, _BIND)
    os.mkdir(root.inner("/dev/pts"))  # noqa: PTH102 - pathlib costs 5 ms at each start
    options = "newinstance,ptmxmode=0666,mode=620"
    _mount("devpts", root.inner("/dev/pts"), "devpts", _NO_SETID | _NO_EXEC, options)
    root.link("pts/ptmx", "/dev/ptmx")
    root.empty("/dev/shm", f"size={shared_memory_bytes},mode=1777")  # noqa: S108 - not the machine's
    for name, rest in _OPEN_FILES_OF_PROC:
        root.link(f"/proc/self/fd{rest}", f"/dev/{name}")


def _make_proc(root: _Root) -> None:
    proc = root.inner("/proc")
    os.makedirs(proc, exist_ok=True)  # noqa: PTH103 - the same
    _mount("proc", proc, "proc", _NO_SETID | _NO_DEVICES | _NO_EXEC)
    for name in _KERNEL_SETTINGS:
        place = f"{proc}/{name}"
        if os.path.exists(place):  # noqa: PTH110 - the same
            _mount(place, place, None, _BIND | _RECURSIVE)
            _restrict(place, _ATTRIBUTE_READ_ONLY | _NO_SETID | _NO_DEVICES)


def _go_there(base: str) -> None:
    os.chdir(base)
    syscalls.call("pivot_root", b".", b".")
    syscalls.call("umount2", b".", _DETACH)
    os.chdir("/")


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    texts = [None if text is None else os.fsencode(text) for text in (source, target, kind)]
    try:
        syscalls.call("mount", *texts, flags, os.fsencode(data) or None)
    except OSError as error:
        what = kind or source or target
        raise OSError(error.errno, f"mounting {what}: {os.strerror(error.errno or 0)}") from error


def _restrict(target: str, attributes: int, *, recursive: bool = True) -> None:
    structure = struct.pack("=QQQQ", attributes, 0, 0, 0)
    pointer = ctypes.create_string_buffer(structure, len(structure))
    flags = _RECURSIVELY if recursive else 0
    path = os.fsencode(target)
    syscalls.call("mount_setattr", _HERE, path, flags, ctypes.addressof(pointer), len(structure))

"""The level `bubblewrap`: its program builds the namespaces where this process may not.

A distribution may allow to /usr/bin/bwrap what it denies to Python. The launcher runs inside as
PID 1 and adds what bubblewrap has not: the filter of system calls, Landlock, the limits.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.errors import MachineError
from cab_check.sandbox.environment import host_path
from cab_check.sandbox.inside.orders import HIDE, HOST_NAME, LINK, READ, ROOT_INSIDE, WRITE
from cab_check.sandbox.toolchain import base_executable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cab_check.sandbox.inside.orders import Confine

_USUAL = "/usr/bin/bwrap"  # the one that a distribution's profile names
_CODE = "/run/cab"
_OPTIONS = {LINK: "--symlink", READ: "--ro-bind", WRITE: "--bind"}
_SMALL = 65_536


def find_bubblewrap(below: Iterable[Path]) -> str:
    """Return the program, never one that lies below one of these directories; or MachineError."""
    if os.access(_USUAL, os.X_OK):
        return _USUAL
    found = shutil.which("bwrap", path=os.pathsep.join(host_path(below=below)))
    if found is None:
        raise MachineError("bwrap is not installed", hint="install the package bubblewrap")
    return found


def arguments(order: Confine, entry: Path) -> tuple[str, ...]:
    """Return what bubblewrap is told, to be handed to it by a file and not by its command line."""
    inside = Path(__file__).with_name("inside")
    return (
        *("--unshare-all", "--unshare-user", "--die-with-parent", "--as-pid-1"),
        *("--cap-drop", "ALL", "--hostname", HOST_NAME),
        *(() if os.getuid() else ("--uid", str(ROOT_INSIDE), "--gid", str(ROOT_INSIDE))),
        *("--dev", "/dev", "--proc", "/proc"),
        *("--perms", "1777", "--size", str(order.shared_memory_bytes), "--tmpfs", "/dev/shm"),  # noqa: S108 - inside
        *_mounts(order),
        *("--ro-bind", str(entry), f"{_CODE}/{entry.name}"),
        *("--ro-bind", str(inside), f"{_CODE}/{inside.name}"),
        *_sealed(order),
        *("--chdir", "/"),
    )


def command(entry: Path) -> tuple[str, ...]:
    """Return what runs inside."""
    python = os.path.realpath(base_executable())
    return (python, "-I", "-S", "-X", "utf8", f"{_CODE}/{entry.name}")


def _mounts(order: Confine) -> Iterator[str]:
    for how, source, place in order.places:
        if how != HIDE:
            yield from (_OPTIONS[how], source, place)
        elif Path(place).is_dir():
            yield from ("--perms", "0755", "--size", str(_SMALL), "--tmpfs", place)


def _sealed(order: Confine) -> Iterator[str]:
    hidden = (place for how, _, place in order.places if how == HIDE and Path(place).is_dir())
    for place in ("/dev", *hidden, "/"):
        yield from ("--remount-ro", place)

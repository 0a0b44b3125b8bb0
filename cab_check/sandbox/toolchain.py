"""The Python of a cell: found through PATH, shims and virtual environments, or cab's own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cab_check.errors import MachineError
from cab_check.sandbox.environment import host_path
from cab_check.sandbox.prefixes import is_own
from cab_check.sandbox.shims import ask

OLDEST = (3, 11)
_PROBE = (
    "import json, sys;"
    "print(json.dumps([sys._base_executable or sys.executable, list(sys.version_info[:3]),"
    " [sys.base_prefix, sys.base_exec_prefix]]))"
)


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python interpreter: the path of its program, no shim and no venv's, and its version.

    `prefixes` are the real directories that it cannot do without.
    """

    path: Path
    version: str
    prefixes: tuple[Path, ...]


@cache
def find_python() -> Interpreter:
    """Find the Python of a cell (DESIGN §3); asked once a process, since shims are slow.

    The first `python3` on PATH if it is >= 3.11, resolved to the interpreter behind a shim or a
    venv; else the base interpreter of cab's own environment.
    """
    candidate = shutil.which("python3", path=os.pathsep.join(host_path()))
    found = None if candidate is None else probe(Path(candidate))
    own = Path(base_executable())
    found = found or probe(own)
    if found is None:
        raise MachineError(
            f"no Python >= {OLDEST[0]}.{OLDEST[1]} for the commands of a cell: neither python3 on "
            f"PATH nor {own} can be used",
            hint="install Python 3.11 or newer and put it first on PATH",
        )
    return found


def base_executable() -> str:
    """Return the interpreter that this process's environment was made from."""
    return getattr(sys, "_base_executable", None) or sys.executable


def probe(program: Path) -> Interpreter | None:
    """Run a program that should be a Python; None when it is none, or none for a box.

    One that is too old is none, and neither is one whose prefix holds a user's other things.
    """
    try:
        path, version, given = json.loads(ask((str(program), "-I", "-S", "-c", _PROBE))[0])
        major, minor, micro = (int(part) for part in version)
        folder, name = os.path.split(path)
        known = Path(os.path.realpath(folder), name)
        prefixes = tuple(Path(os.path.realpath(prefix)) for prefix in given)
        there = known.is_file() and all(is_own(prefix) for prefix in prefixes)
    except (OSError, subprocess.SubprocessError, ValueError, TypeError):
        return None
    if (major, minor) < OLDEST or not there:
        return None
    return Interpreter(known, f"{major}.{minor}.{micro}", prefixes)


def path_with_python(path: tuple[str, ...], python: Path, links: Path) -> tuple[str, ...]:
    """Return PATH such that `python3` is that interpreter, changing as little as that takes.

    Nothing, where it is the first already; else its own directory comes first; and where that has
    no `python3`, or another one, the folder `links` is made with symlinks to it and comes first.
    """
    if _is(shutil.which("python3", path=os.pathsep.join(path)), python):
        return path
    own = python.parent
    if _is(str(own / "python3"), python):
        return (str(own), *(entry for entry in path if entry != str(own)))
    links.mkdir(mode=0o700, exist_ok=True)
    for name in ("python3", "python"):
        if not (links / name).is_symlink():
            (links / name).symlink_to(python)
    return (str(links), *path)


def _is(found: str | None, python: Path) -> bool:
    return found is not None and os.path.realpath(found) == os.path.realpath(python)

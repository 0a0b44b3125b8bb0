"""What the machine has of what commands need: a Python, and the programs that a task requires."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.errors import MachineError
from cab_check.sandbox.environment import host_path

if TYPE_CHECKING:
    from collections.abc import Iterable

OLDEST = (3, 11)
_PROBE_LIMIT_S = 20.0
_PROBE = (
    "import json, sys;"
    "print(json.dumps([sys._base_executable or sys.executable, list(sys.version_info[:3])]))"
)
_SHIM_VARIABLES = ("HOME", "PATH", "USER", "LANG")
_SHIM_PREFIXES = ("PYENV_", "ASDF_", "MISE_", "XDG_")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python interpreter: the path of its program, no shim and no venv's, and its version."""

    path: Path
    version: str


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
    """Run a program that should be a Python; None when it is none, or too old."""
    try:
        ran = subprocess.run(
            [program, "-I", "-S", "-c", _PROBE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=_shim_environment(),
            timeout=_PROBE_LIMIT_S,
            check=True,
        )
        path, version = json.loads(ran.stdout)
        major, minor, micro = (int(part) for part in version)
        known = Path(path)
        there = known.is_file()
    except (OSError, subprocess.SubprocessError, ValueError, TypeError):
        return None
    if (major, minor) < OLDEST or not there:
        return None
    return Interpreter(known, f"{major}.{minor}.{micro}")


def _shim_environment() -> dict[str, str]:
    """Return what a version manager's shim needs to choose, and no secret."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in _SHIM_VARIABLES or name.startswith(_SHIM_PREFIXES)
    }


def missing_programs(requires: Iterable[str]) -> tuple[str, ...]:
    """Return those programs that commands would not find; `python3` is always found or refused."""
    path = os.pathsep.join(host_path())
    return tuple(
        name for name in requires if name != "python3" and shutil.which(name, path=path) is None
    )


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

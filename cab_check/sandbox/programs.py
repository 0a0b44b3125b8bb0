"""The compilers and runtimes of this machine, found through PATH and through shims (SANDBOX §8).

What lies in the system's directories is inside every box. Of the rest a box is given the real
prefixes of the toolchains known here, and nothing that only stands beside them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cab_check.sandbox.environment import host_path
from cab_check.sandbox.homes import caches
from cab_check.sandbox.prefixes import is_own, is_system, outermost
from cab_check.sandbox.shims import ask
from cab_check.sandbox.toolchain import find_python

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Family:
    """Programs that come together; `leader` is asked, and `answer` picks the prefix out."""

    leader: str
    question: tuple[str, ...]
    answer: re.Pattern[str]
    program: bool = False
    """Whether the answer is the program in bin/ of the prefix, not the prefix."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """One that lies outside of the system's directories.

    `entry` is where PATH has its leader, `prefix` and `bin` are the real directories behind.
    """

    entry: str
    prefix: Path
    bin: Path


_LINE: Final = re.compile(r"(.+)")
FAMILIES: Final = (
    Family("rustc", ("--print", "sysroot"), _LINE),
    Family("go", ("env", "GOROOT"), _LINE),
    Family("node", ("-p", "process.execPath"), _LINE, program=True),
    Family("java", ("-XshowSettings:properties", "-version"), re.compile(r"java\.home = (.+)")),
    # a compiler that is no shim needs no asking
    *(Family(name, (), _LINE, program=True) for name in ("gcc", "cc", "make", "git")),
)
# the package that has a program, for apt and for Homebrew, where it is not called the same
_PACKAGES: Final = {
    "node": ("nodejs", "node"),
    "npm": ("npm", "node"),
    "go": ("golang-go", "go"),
    "gofmt": ("golang-go", "go"),
    "rustc": ("rustc", "rust"),
    "cargo": ("cargo", "rust"),
    "java": ("default-jdk-headless", "openjdk"),
    "javac": ("default-jdk-headless", "openjdk"),
    "cc": ("gcc", "gcc"),
    "g++": ("g++", "gcc"),
}


def commands_path(*, below: Iterable[Path] = ()) -> tuple[str, ...]:
    """Return the PATH of a box: that of this process, of what is there inside, in its order.

    A directory of shims, and any other of the user's own, gives way to the real ones behind.
    """
    entries, given = host_path(below=below), readable()
    return tuple(
        dict.fromkeys(inside for entry in entries for inside in _inside(entry, entries, given))
    )


def readable() -> tuple[Path, ...]:
    """Return the real directories that commands need and that the system does not have.

    To be given read-only. Raises MachineError when there is no Python at all.
    """
    found = find_toolchains(host_path())
    prefixes = (toolchain.prefix for toolchain in found)
    return outermost((*find_python().prefixes, *prefixes, *caches()))


def missing_programs(requires: Iterable[str]) -> tuple[str, ...]:
    """Return those programs that commands would not find; `python3` is always found or refused."""
    path = os.pathsep.join(commands_path())
    return tuple(
        name for name in requires if name != "python3" and shutil.which(name, path=path) is None
    )


def how_to_install(names: Iterable[str]) -> str:
    """Say what to do about missing programs: the packages, and which are here but of no use."""
    homebrew = sys.platform == "darwin"
    packages = dict.fromkeys(_PACKAGES.get(name, (name, name))[homebrew] for name in names)
    told = f"{'brew' if homebrew else 'apt-get'} install {' '.join(packages)}"
    path = os.pathsep.join(host_path())
    unusable = [found for name in names if (found := shutil.which(name, path=path))]
    if unusable:
        told += (
            f" (what is at {', '.join(unusable)} cannot be given to commands: it does not say "
            "where its own directory is, or that holds other things of yours)"
        )
    return told


@cache
def find_toolchains(entries: tuple[str, ...]) -> tuple[Toolchain, ...]:
    """Find the toolchains on a PATH that lie outside of the system; shims are asked, once."""
    found = (_find(family, os.pathsep.join(entries)) for family in FAMILIES)
    return tuple(toolchain for toolchain in found if toolchain is not None)


def _find(family: Family, path: str) -> Toolchain | None:
    program = shutil.which(family.leader, path=path)
    if program is None or _is_everywhere(program):
        return None
    try:
        told = "\n".join(ask((program, *family.question))) if family.question else program
    except (OSError, subprocess.SubprocessError):
        return None
    answer = family.answer.search(told)
    if answer is None:
        return None
    real = Path(os.path.realpath(answer[1].strip()))
    prefix = real.parent.parent if family.program else real
    own = prefix / "bin"
    if not (is_own(prefix) and (own / family.leader).exists()):
        return None
    return Toolchain(os.path.dirname(program), prefix, own)  # noqa: PTH120 - as PATH has it


def _is_everywhere(program: str) -> bool:
    """Tell whether a program is in every box, by a path that every box has."""
    entry, real = os.path.dirname(program), os.path.realpath(program)  # noqa: PTH120 - as PATH has it
    return is_system(real) and (is_system(entry) or is_system(os.path.realpath(entry)))


def _inside(entry: str, entries: tuple[str, ...], given: tuple[Path, ...]) -> tuple[str, ...]:
    """Return what stands for one entry of PATH in a box that is given so much to read.

    Itself, others, or nothing.
    """
    real = os.path.realpath(entry)
    for path in (entry, real):
        if is_system(path):
            return (path,)
    if any(Path(real).is_relative_to(prefix) for prefix in given):
        return (real,)
    found = find_toolchains(entries)
    return tuple(str(toolchain.bin) for toolchain in found if toolchain.entry == entry)

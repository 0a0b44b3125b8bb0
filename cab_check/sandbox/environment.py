"""The environment of a box, built from nothing by an allow-list (SANDBOX §4)."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
# a tool that looks for a network it has not is told so, and does not wait for it (SANDBOX §8);
# what tools cache goes below HOME by itself, and GOFLAGS stays unset, since Go finds a vendored
# tree by itself as well
OFFLINE: Final = {
    "PIP_NO_INDEX": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "UV_OFFLINE": "1",
    "npm_config_offline": "true",
    "npm_config_update_notifier": "false",
    "GOSUMDB": "off",
    "GOTOOLCHAIN": "local",
    "CARGO_NET_OFFLINE": "true",
    "MAVEN_ARGS": "--offline",
}


def clean_path(path: str, *, below: Iterable[Path]) -> tuple[str, ...]:
    """Return the entries of PATH that a command may have, in their order.

    Absolute directories that exist, once each; none that lies below one of the given directories,
    where a command could plant programs for the next; not that of cab's own environment, which
    would hand out cab's own interpreter and packages.
    """
    forbidden = [Path(os.path.realpath(root)) for root in below]
    if sys.prefix != sys.base_prefix:
        forbidden.append(Path(os.path.realpath(sys.prefix)))
    return tuple(
        entry
        for entry, real in _directories(path).items()
        if not any(real.is_relative_to(root) for root in forbidden)
    )


@cache
def _directories(path: str) -> Mapping[str, Path]:
    """Return the entries of a PATH that are directories, and where each really lies.

    Looked up once a process, since every box asks.
    """
    entries = dict.fromkeys(path.split(os.pathsep))
    return {
        entry: Path(os.path.realpath(entry))
        for entry in entries
        if Path(entry).is_absolute() and is_directory(Path(entry))
    }


def is_directory(path: Path) -> bool:
    """Tell without an error; `is_dir()` raises below a directory that is closed to us."""
    try:
        return path.is_dir()
    except PermissionError:
        return False


def host_path(*, below: Iterable[Path] = ()) -> tuple[str, ...]:
    """Return the cleaned PATH of this process, the system's own where there is none."""
    return clean_path(os.environ.get("PATH") or _SYSTEM_PATH, below=below)


def build_environment(
    *, path: tuple[str, ...], home: Path, tmp: Path, declared: Mapping[str, str]
) -> dict[str, str]:
    """Return all the variables that a command gets; what the task declares wins."""
    return {
        "PATH": os.pathsep.join(path),
        "HOME": str(home),
        "TMPDIR": str(tmp),
        "LANG": "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8",
        "TERM": "dumb",
        "USER": user_name(os.getuid()),
        **OFFLINE,
        **declared,
    }


def user_name(user: int) -> str:
    """Return the user's name from the system's list of users, not from the environment."""
    import pwd  # noqa: PLC0415 - absent on Windows, where this module must still import

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return "user"


def user_home(user: int) -> str | None:
    """Return the user's home from the same list."""
    import pwd  # noqa: PLC0415 - the same

    try:
        return pwd.getpwuid(user).pw_dir
    except KeyError:
        return None


def count_withheld(environment: Mapping[str, str]) -> int:
    """Count the variables of this process that a command does not get as they are here."""
    return sum(environment.get(name) != value for name, value in os.environ.items())

"""What a box shows of the machine, and where: one list for all levels (SANDBOX §3, §13)."""

from __future__ import annotations

import os
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cab_check.errors import MachineError
from cab_check.sandbox.inside.orders import HIDE, LINK, READ, WRITE, Confine
from cab_check.sandbox.prefixes import SYSTEM, outermost
from cab_check.sandbox.programs import readable
from cab_check.sandbox.receipts import OWN_ROOT
from cab_check.sandbox.toolchain import base_executable
from cab_check.settings import MIB

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cab_check.sandbox.box import BoxSpec
    from cab_check.settings import Isolation

_KERNEL = ("/sys/devices/system/cpu", "/sys/fs/cgroup")
_ETC = (
    *("nsswitch.conf", "host.conf", "hosts", "resolv.conf", "gai.conf", "services", "protocols"),
    *("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "os-release", "debian_version"),
    *("ssl", "pki", "ca-certificates", "ca-certificates.conf", "mime.types", "fonts"),
    *("localtime", "timezone", "locale.alias", "java*", "maven"),
)
_KEYS = ("/etc/ssl/private", "/etc/pki/tls/private", "/etc/pki/CA/private")
# what a root of its own lacks, and what programs give up over when they are refused it
_SAME_ROOT = ("/etc/gitconfig", "/proc")
ACCOUNTS = ("passwd", "group")
TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - names inside a box
_SHARED_MEMORY_BYTES = 64 * MIB


@dataclass(frozen=True, slots=True)
class Machine:
    """What all boxes show: links with their texts, and directories and files, read-only."""

    links: tuple[tuple[str, str], ...]
    readable: tuple[str, ...]


@cache
def machine() -> Machine:
    """Look at this machine, once a process."""
    etc = (str(path) for name in _ETC for path in Path("/etc").glob(name))
    there = [path for path in (*SYSTEM, *etc, *_KERNEL) if os.path.lexists(path)]
    links = tuple((str(Path(p).readlink()), p) for p in there if Path(p).is_symlink())
    plain = [path for path in there if not Path(path).is_symlink()]
    return Machine(links, tuple(plain))


@cache
def answers() -> tuple[str, ...]:
    """Return the directories with the tasks' solutions: this package's, and others' like it.

    Of a checkout it is the whole, its history and tests included. Other copies are looked for where
    the interpreters that commands can see keep their packages.
    """
    package = Path(os.path.realpath(__file__)).parents[1]
    own = package.parent if (package.parent / "pyproject.toml").is_file() else package
    found = [str(own)]
    for place in (*machine().readable, *map(str, readable())):
        for pattern in ("lib*/python3*/*-packages/cab_check", "local/lib/python3*/*/cab_check"):
            found += [os.path.realpath(copy) for copy in Path(place).glob(pattern)]
    found += [os.path.join(path, "cab_check") for path in _own_packages()]  # noqa: PTH118 - texts
    return tuple(dict.fromkeys(found))


def _own_packages() -> set[str]:
    return {os.path.realpath(sysconfig.get_path(name)) for name in ("purelib", "platlib")}


def hidden(spec: BoxSpec, shown: Iterable[str]) -> tuple[str, ...]:
    """Return what must not be seen though it lies below what is: answers, runs, other boxes."""
    given = (os.path.realpath(path) for path in (*spec.hidden, spec.root.parent))
    wanted, shown = (*answers(), *given, *_KEYS), (*machine().readable, *shown)
    return tuple(
        path for path in dict.fromkeys(wanted) if any(_is_below(path, place) for place in shown)
    )


def confine_order(spec: BoxSpec, level: Isolation, given: tuple[Path, ...]) -> Confine:
    """Return what a launcher is told of the box that it is to build.

    `given` is all that commands may read besides the system's own directories. Raises MachineError
    when a level cannot hide what must be hidden.
    """
    own = outermost((Path(os.path.realpath(base_executable())).parent.parent,))  # the launcher's
    shown = [str(folder) for folder in dict.fromkeys((*own, *given)) if folder.is_dir()]
    places = _own_root(spec, shown) if level in OWN_ROOT else _same_root(spec, shown)
    return Confine(
        level=level.value,
        root=str(spec.root / "root"),
        places=tuple(sorted(places, key=_depth)),
        shared_memory_bytes=_SHARED_MEMORY_BYTES,
    )


def _own_root(spec: BoxSpec, shown: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield the places of a root that is built; of two at one path the later covers the earlier."""
    for text, path in machine().links:
        yield LINK, text, path
    for path in machine().readable:
        yield READ, path, path
    for name in ACCOUNTS:
        yield READ, str(spec.root / "etc" / name), f"/etc/{name}"
    for path in TEMPORARY:
        yield WRITE, str(spec.root / "tmp"), path
    for path in hidden(spec, shown):
        yield HIDE, path, path
    for path in shown:
        yield READ, path, path
    for path in writable(spec, shown):
        yield WRITE, path, path


def _same_root(spec: BoxSpec, shown: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield the places that are open in the machine's own root, around what is hidden."""
    closed = hidden(spec, shown)
    accounts = (f"/etc/{name}" for name in ACCOUNTS)
    extra = (path for path in _SAME_ROOT if os.path.lexists(path))
    for path in (*machine().readable, *accounts, *shown, *extra):
        for part in around(path, closed):
            yield READ, part, part
    for path in (str(spec.root / "tmp"), *writable(spec, shown)):
        yield WRITE, path, path


def around(path: str, closed: Iterable[str]) -> Iterator[str]:
    """Yield a directory, or those of its children that hold nothing closed, and so on.

    What holds something closed cannot be listed then. Raises MachineError when that is a standard
    library, without which no Python starts.
    """
    inside = [place for place in closed if _is_below(place, path)]
    if not inside:
        yield path
    elif path not in inside:
        if Path(path, "os.py").is_file():
            raise MachineError(
                f"this level cannot hide {inside[0]}, which lies in the library of the Python that "
                "commands use",
                hint="install cab in a virtual environment (pipx and uvx make one)",
            )
        for child in Path(path).iterdir():
            yield from around(str(child), inside)


def writable(spec: BoxSpec, shown: list[str]) -> Iterator[str]:
    """Yield the directories that commands may write, besides the temporary one."""
    folders = dict.fromkeys(map(str, (spec.root / "home", spec.cwd, *spec.writable)))
    return (folder for folder in folders if folder not in shown)


def _depth(place: tuple[str, str, str]) -> int:
    """Have what holds others made first."""
    return place[2].count("/")


def write_accounts(folder: Path, name: str, user: int, group: int, home: Path) -> None:
    """Write the lists of users that a box shows instead of the machine's."""
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "passwd").write_text(
        "root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n"
        f"{name}:x:{user}:{group}::{home}:/bin/sh\n"
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    )
    (folder / "group").write_text(f"root:x:0:\n{name}:x:{group}:\nnogroup:x:65534:\n")


def _is_below(path: str, place: str) -> bool:
    return path == place or path.startswith(place.rstrip("/") + "/")

"""The level `seatbelt`, of macOS: each command runs under a profile that denies what it names not.

Written from descriptions of Seatbelt (SANDBOX §11) and NEVER RUN: no macOS was at hand. Its text is
tested, its effect is not; the receipt says so, and `auto` takes it only where a real box of it ran
a command and kept a canary out of reach. The launcher stays outside: it ends processes with the
help of `ps`, which a profile refuses, and no command can signal what is outside of its own.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from cab_check.errors import MachineError
from cab_check.sandbox.inside.orders import HIDE, READ, WRITE
from cab_check.sandbox.layout import hidden, machine, writable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cab_check.sandbox.box import BoxSpec

_PROGRAM: Final = "/usr/bin/sandbox-exec"
_RULES: Final = {
    READ: "(allow file-read* file-map-executable process-exec* {})",
    WRITE: "(allow file-read* file-write* file-map-executable process-exec* {})",
    HIDE: "(deny file-read* file-write* file-map-executable process-exec* {})",
}
# macOS's own, besides the system's directories; /private/etc as a whole holds nobody's secrets that
# its modes do not guard
_ALSO: Final = ("/private/etc", "/private/var/db/timezone", "/private/var/select")
# keys, and a second way to everybody's files
_CLOSED: Final = ("/Library/Keychains", "/System/Volumes/Data")
# who someone is, and what time it is: nothing by which a program is started outside of the profile,
# as `open`, `osascript` and `launchctl` do
_SERVICES: Final = (
    "com.apple.system.opendirectoryd.libinfo",
    "com.apple.system.notification_center",
)
_OPEN: Final = ("/", "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
_ALWAYS: Final = (
    "(version 1)",
    "(deny default)",
    "(allow process-fork)",
    "(allow signal (target same-sandbox))",
    "(allow process-info* (target same-sandbox))",
    "(allow sysctl-read)",
    "(allow ipc-posix-sem)",
    "(allow mach-lookup" + "".join(f' (global-name "{name}")' for name in _SERVICES) + ")",
    "(allow file-read-metadata)",
    "(allow file-read*" + "".join(f' (literal "{path}")' for path in _OPEN) + ")",
    '(allow file-write* (literal "/dev/null"))',
)


def command(argv: tuple[str, ...], spec: BoxSpec, given: tuple[Path, ...]) -> tuple[str, ...]:
    """Return what runs a command under the profile of its box; `given` is what it may read.

    Raises MachineError for a directory that a profile cannot name.
    """
    return (_PROGRAM, "-p", profile(_places(spec, given)), *argv)


def profile(places: Iterable[tuple[str, str]]) -> str:
    """Return the profile's text: of two rules for a file the later one, of the deeper place, holds.

    `places` are a way of HIDE, READ or WRITE and a path each; links in them are resolved, since the
    kernel compares real paths.
    """
    real = ((how, os.path.realpath(path)) for how, path in places)
    ordered = sorted(real, key=lambda place: place[1].rstrip("/").count("/"))
    rules = (_RULES[how].format(f"(subpath {quoted(path)})") for how, path in ordered)
    return "\n".join((*_ALWAYS, *rules, "(deny network*)")) + "\n"


def quoted(path: str) -> str:
    """Return a path as a string of the profile's language; raises MachineError."""
    if not path.isprintable():
        raise MachineError(
            f"the directory {path!r} cannot be named in a profile of Seatbelt",
            hint="use one without control characters and invalid UTF-8 in its name",
        )
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _places(spec: BoxSpec, given: tuple[Path, ...]) -> Iterator[tuple[str, str]]:
    """Yield the places in an order in which, of two at one path, the later covers the earlier."""
    shown = [str(folder) for folder in given if folder.is_dir()]
    for path in (*machine().readable, *_ALSO):
        yield READ, path
    for path in (*_CLOSED, *hidden(spec, shown)):
        yield HIDE, path
    for path in shown:
        yield READ, path
    for path in (str(spec.root / "tmp"), *writable(spec, shown)):
        yield WRITE, path

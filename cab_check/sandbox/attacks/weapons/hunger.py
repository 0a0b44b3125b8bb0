"""Attacks on the machine's resources; each holds what it got, then says that it got it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cab_check.sandbox.attacks.weapons.field import Field

_MIB = 1 << 20
_HELD_S = 3.0


def processes(f: Field) -> None:
    """Start more processes than are allowed."""
    for _ in range(f.processes):
        if os.fork() == 0:
            time.sleep(600)
    time.sleep(_HELD_S)
    f.win()


def memory(f: Field) -> None:
    """Use 2 GiB in one process."""
    held = bytearray(os.urandom(1)) * (2048 * _MIB)
    time.sleep(_HELD_S)
    f.win(when=len(held) > 0)


def memory_of_many(f: Field) -> None:
    """Use 2 GiB in eight processes, none of which has much."""
    for _ in range(7):
        if os.fork() == 0:
            break
    else:
        held = bytearray(os.urandom(1)) * (256 * _MIB)
        time.sleep(_HELD_S)
        f.win(when=len(held) > 0)
        return
    held = bytearray(os.urandom(1)) * (256 * _MIB)
    time.sleep(600)


def file(f: Field) -> None:
    """Write one file of 512 MiB."""
    _write("large", 512)
    f.win()


def many_files(f: Field) -> None:
    """Write 512 MiB into files of 8 MiB."""
    for number in range(64):
        _write(f"part{number}", 8)
    time.sleep(_HELD_S)
    f.win()


def _write(name: str, mib: int) -> None:
    with Path(name).open("wb") as file:
        file.writelines(os.urandom(_MIB) for _ in range(mib))

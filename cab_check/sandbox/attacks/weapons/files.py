"""Attacks on files outside of the box: reading them, listing, changing, planting."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cab_check.sandbox.attacks.weapons.field import Field


def _show(path: str | Path) -> None:
    print(Path(path).read_text(), flush=True)  # noqa: T201 - output is how an attack is judged


def read(f: Field) -> None:
    """Open it by its path."""
    _show(f.canary)


def read_by_symlink(f: Field) -> None:
    """Through a symlink of the workspace."""
    Path("soft").symlink_to(f.canary)
    _show("soft")


def read_by_hard_link(f: Field) -> None:
    """Give it a second name in the workspace."""
    Path("hard").hardlink_to(f.canary)
    _show("hard")


def read_by_root_of_others(f: Field) -> None:
    """By the root directory of each process that can be seen."""
    for pid in _processes():
        with suppress(OSError):
            _show(f"/proc/{pid}/root{f.canary}")


def read_by_loader(f: Field) -> None:
    """Have the dynamic loader start a program that reads it, in place of the kernel."""
    loaders = [*Path("/lib64").glob("ld-linux*"), *Path("/lib").glob("ld-linux*")]
    for loader in loaders:
        subprocess.run([loader, "/bin/cat", f.canary], check=False)


def read_by_shell(f: Field) -> None:
    """Have a shell open it for its own reading."""
    line = 'while IFS= read -r line; do echo "$line"; done <"$1"'
    subprocess.run(["/bin/sh", "-c", line, "sh", f.canary], check=False)


def list_directory(f: Field) -> None:
    """Learn what is there."""
    print(*os.listdir(f.outside), flush=True)  # noqa: T201, PTH208


def list_home(f: Field) -> None:
    """Learn what the user has at home."""
    print(*os.listdir(f.home), flush=True)  # noqa: T201, PTH208


def status(f: Field) -> None:
    """Learn size and time without reading."""
    found = Path(f.canary).stat()
    print(f"{found.st_size}:{found.st_mtime_ns}", flush=True)  # noqa: T201


def append(f: Field) -> None:
    """Write at its end."""
    with Path(f.canary).open("a") as file:
        file.write(f.proof)


def create(f: Field) -> None:
    """Make a new file beside it."""
    Path(f.outside, f.proof).touch()


def plant_program(f: Field) -> None:
    """Make a program in a directory that the user has programs in."""
    path = Path(f.outside, "bin", "ls")
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)


def delete(f: Field) -> None:
    """Remove a file."""
    Path(f.outside, "victim").unlink()


def rename(f: Field) -> None:
    """Give a file another name."""
    Path(f.outside, "victim").rename(Path(f.outside, "renamed"))


def move_away(f: Field) -> None:
    """Move a file into the workspace."""
    Path(f.outside, "victim").rename("taken")


def write_by_symlink(f: Field) -> None:
    """Write through a symlink of the workspace."""
    Path("way").symlink_to(Path(f.outside, "victim"))
    Path("way").write_text(f.proof)


def truncate(f: Field) -> None:
    """Empty a file by its path."""
    os.truncate(Path(f.outside, "victim"), 0)


def truncate_by_opening(f: Field) -> None:
    """Empty a file by opening it, for reading only."""
    os.close(os.open(Path(f.outside, "victim"), os.O_RDONLY | os.O_TRUNC))


def change_mode(f: Field) -> None:
    """Let everybody write."""
    Path(f.outside, "victim").chmod(0o666)


def change_times(f: Field) -> None:
    """Make it old."""
    os.utime(Path(f.outside, "victim"), (1, 1))


def change_attributes(f: Field) -> None:
    """Give it an attribute of the user's."""
    os.setxattr(Path(f.outside, "victim"), "user.cab", f.proof.encode())


def plant_in_places(f: Field) -> None:
    """Leave a file where the user's programs and settings are."""
    _plant(f.places, f.proof)


def plant_in_temporary(f: Field) -> None:
    """Leave a file where all users may."""
    _plant(("/tmp", "/var/tmp", "/dev/shm"), f.proof)  # noqa: S108 - these very names


def _plant(places: Iterable[str], name: str) -> None:
    for place in places:
        with suppress(OSError):
            Path(place, name).touch()


def _processes() -> list[str]:
    return [name for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208

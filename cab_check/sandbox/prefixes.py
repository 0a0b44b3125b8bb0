"""Which directories a command may read besides its own: the system's, and a toolchain's."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from cab_check.sandbox.environment import user_home

# read-only inside at every level that has a root of its own (SANDBOX §3); the rest are macOS's
SYSTEM: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/nix/store") + (
    ("/System", "/Library") if sys.platform == "darwin" else ()
)


def is_system(path: str) -> bool:
    """Tell whether a path, as it is written, lies in a directory that every box has."""
    return any(path == root or path.startswith(f"{root}/") for root in SYSTEM)


def is_own(prefix: Path) -> bool:
    """Tell whether a real directory holds one toolchain and nothing else of its user.

    Not a home, nor what that lies in, nor a hidden directory right below it: ~/.local, ~/.cargo,
    ~/.npm, ~/.m2 and ~/.config hold tokens beside programs (SANDBOX §8).
    """
    if is_system(os.fspath(prefix)):
        return True
    for home in _homes():
        if home.is_relative_to(prefix) or (prefix.parent == home and prefix.name.startswith(".")):
            return False
    return True


def outermost(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return each path once, without those that lie in a directory of the system or in another."""
    kept: list[Path] = []
    for path in sorted(set(paths)):
        inside = any(path.is_relative_to(other) for other in kept)
        if not inside and not is_system(os.fspath(path)):
            kept.append(path)
    return tuple(kept)


def _homes() -> tuple[Path, ...]:
    """Return the real homes that this user may have: by the environment and by the system."""
    named = (os.environ.get("HOME"), user_home(os.getuid()))
    return tuple(Path(os.path.realpath(home)) for home in named if home)

"""What lies in a box's home at the start, and which download caches of the user it may read.

Never a whole ~/.cargo or ~/go: only what was downloaded from a registry (SANDBOX §8).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cab_check.sandbox.environment import is_directory, user_home

# an identity to commit with, and no quarrel about who owns the workspace; never the user's own
_GIT: Final = (
    "[user]\n\tname = agent\n\temail = agent@localhost\n"
    "[safe]\n\tdirectory = *\n[init]\n\tdefaultBranch = main\n"
)
_CARGO: Final = ("registry/index", "registry/cache", "git/db")


def furnish(home: Path) -> None:
    """Fill a new home: git's configuration, and links to the crates that were downloaded before."""
    (home / ".gitconfig").write_text(_GIT)
    for part, cache in _crates():
        link = home / ".cargo" / part
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(cache)


def caches() -> tuple[Path, ...]:
    """Return the real directories of download caches, to be given read-only."""
    modules = _modules()
    return (*(cache for _, cache in _crates()), *(() if modules is None else (modules,)))


def module_proxy() -> str:
    """Return GOPROXY: the user's downloaded modules, which Go can read as a proxy's, or none."""
    modules = _modules()
    return "off" if modules is None else f"{modules.as_uri()},off"


def _crates() -> tuple[tuple[str, Path], ...]:
    root = os.environ.get("CARGO_HOME") or _below_home(".cargo")
    found = ((part, Path(os.path.realpath(f"{root}/{part}"))) for part in _CARGO)
    return tuple((part, path) for part, path in found if is_directory(path))


def _modules() -> Path | None:
    paths = os.environ.get("GOPATH") or _below_home("go")
    modules = os.environ.get("GOMODCACHE") or f"{paths.split(os.pathsep)[0]}/pkg/mod"
    found = Path(os.path.realpath(f"{modules}/cache/download"))
    return found if is_directory(found) else None


def _below_home(name: str) -> str:
    return f"{os.environ.get('HOME') or user_home(os.getuid()) or '/'}/{name}"

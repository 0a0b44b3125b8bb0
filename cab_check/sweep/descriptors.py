"""Open files: each cell needs some, and a process may have only so many."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

# measured: 13 at the busiest moment of a cell among many, of a process that holds 30 besides
_CELL: Final = 16
_BESIDES: Final = 64


def room_for(jobs: int) -> tuple[int, str | None]:
    """Return how many of so many cells at once there is room for, and a note if it is fewer.

    The limit is raised before, as far as that needs it and the system lets it. At least one.
    """
    wanted = _BESIDES + _CELL * jobs
    allowed = _raised(wanted)
    if allowed is None or allowed >= wanted:
        return jobs, None
    room = max(1, (allowed - _BESIDES) // _CELL)
    if room == jobs:
        return jobs, None
    return room, (
        f"{room} instead of {jobs} cells at once: this process may have {allowed} files open "
        f"(`ulimit -n {wanted}` makes room, or the administrator who set the hard limit does)"
    )


def _raised(wanted: int) -> int | None:
    """Raise the soft limit towards what is wanted; return it, None where there is none."""
    try:
        import resource  # noqa: PLC0415 - absent on Windows, which has no such limit
    except ImportError:
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(OSError, ValueError):  # macOS has a limit of its own below an endless one
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft

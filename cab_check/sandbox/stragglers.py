"""The last resort: finding what a box left behind when its launcher is no more."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

from cab_check.sandbox.inside.processes import kill, table

HOLDER = "CAB_BOX"
"""The variable that marks a box's launcher and stewards; its value is the box's root."""

_STEWARDS_LIMIT_S = 1.0
_LOOKS = 50


async def end_stragglers(root: Path) -> int:
    """End what is left of the box of that root; return how many commands' processes that were.

    Its stewards know their trees best, so they are waited for. Then every process is killed whose
    environment still names the box's own temporary directory: one that cleared it is not found.
    Needs /proc.
    """
    holders = os.fsencode(f"{HOLDER}={root}")
    give_up = time.monotonic() + _STEWARDS_LIMIT_S
    while _marked(holders) and time.monotonic() < give_up:  # noqa: ASYNC110 - they set no event
        await asyncio.sleep(0.005)
    await _kill_all(holders)
    return await _kill_all(b"TMPDIR=" + os.fsencode(root / "tmp"))


async def _kill_all(mark: bytes) -> int:
    killed: set[int] = set()
    for _ in range(_LOOKS):
        found = _marked(mark)
        if not found:
            break
        for pid in found:
            kill(pid)
        killed.update(found)
        await asyncio.sleep(0.002)
    return len(killed)


def _marked(mark: bytes) -> list[int]:
    """Return the marked processes, the oldest first: a shell must not outlive its child to talk."""
    rows = table()
    return [pid for pid in sorted(rows) if rows[pid].alive and mark in _environment(pid)]


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []

"""Processes as the system shows them: who descends from whom, and what they hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading

_SAMPLE_S = 0.02


def weigh(pid: int, over: threading.Event, most: list[int]) -> None:
    """Add what a process and its family hold together, in KiB, again and again until it is over."""
    while not over.wait(_SAMPLE_S):
        if total := sum(_pss_kb(one) for one in family(pid)):
            most.append(total)


def family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    found = [pid]
    for one in found:
        try:
            children = Path(f"/proc/{one}/task").glob("*/children")
            found += [int(child) for file in children for child in file.read_text().split()]
        except OSError:
            continue  # it has ended
    return found


def _pss_kb(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0  # it has ended, or is not ours to look at
    return int(text.partition("\nPss:")[2].split()[0] if "\nPss:" in text else 0)

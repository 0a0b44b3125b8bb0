"""Kits: parts that many tasks' judges share; they lie once in the package (DESIGN §2, §3.4).

A kit is data like the rest of the corpus, never imported here: a folder laid over the tree that is
judged, below the task's own verify/.
"""

from __future__ import annotations

from pathlib import Path

from cab_check.tasks.files import is_litter

KITS = Path(__file__).parent / "corpus" / "_kits"
"""Within the corpus, where no task can be: an id never begins with an underscore."""


def kit_names() -> tuple[str, ...]:
    """List the kits that there are, sorted."""
    return tuple(sorted(p.name for p in KITS.iterdir() if p.is_dir() and not is_litter(p.name)))


def kit_dir(name: str) -> Path:
    """Return the files of one kit, placed as they are to lie in the tree that is judged."""
    return KITS / name

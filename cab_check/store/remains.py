"""What is left of a run whose record cannot be read: everything else, and its values as text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.store.reading import read_parts

if TYPE_CHECKING:
    from cab_check.store.reading import Parts
    from cab_check.store.rundir import RunDir


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """A run without a record that this cab can read.

    `why` says what is wrong with it. `values` are the record's own names and values, as they stand
    and checked by nobody: empty when it is no JSON object. Nothing in them is a score of this cab.
    """

    name: str
    why: str
    values: tuple[tuple[str, object], ...]
    parts: Parts


def read_remains(run_dir: RunDir, why: str) -> Remains:
    """Read what is left of a run; raises nothing: what cannot be read is in the parts' notes."""
    parts = read_parts(run_dir)
    try:
        value = json.loads(run_dir.record_path.read_bytes())
    except (OSError, ValueError, RecursionError):
        value = None
    values = tuple(value.items()) if isinstance(value, dict) else ()
    return Remains(name=run_dir.name, why=why, values=values, parts=parts)

"""The badge's data as shields.io's endpoint badge reads it.

That service refuses keys that it does not know, so flag, reason and version stand in the message.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cab_check.report.badge import LABEL, badge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.record import Sweep
    from cab_check.store import Run


def render(run: Run) -> str:
    """Return the JSON of one run's badge; a UsageError for one that was not scored."""
    return render_many((run,))


def render_many(runs: Sequence[Run], sweep: Sweep | None = None) -> str:
    """Return the JSON of a sweep's badge; a UsageError when any cell was not scored."""
    shown = badge(runs, sweep)
    versions = "/".join(sorted({run.record.versions.cab_check for run in runs}))
    document = {
        "schemaVersion": 1,
        "label": LABEL,
        "message": f"{shown.message} · provisional: cab {versions}'s own agent and fixture",
        "color": shown.colour,
    }
    return json.dumps(document, indent=1) + "\n"

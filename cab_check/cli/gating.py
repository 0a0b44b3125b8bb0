"""The gates of a run in CI, as typed, and what is said of a baseline before anything is spent."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from cab_check.cli import output
from cab_check.endpoint.severity import Severity
from cab_check.errors import UsageError
from cab_check.sweep.baseline import Baseline, foresee
from cab_check.sweep.gates import Gates, Threshold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cab_check.record import SweepRecord
    from cab_check.store import Store

_SHARE = re.compile(r"(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})\s*(%?)", re.ASCII)


def find_gates(given: Mapping[str, Any], store: Store) -> Gates:
    """Read --fail-under, --fail-on and --baseline; raises UsageError."""
    baseline = None
    if given["baseline"] is not None:
        directory = store.find_sweep(given["baseline"])
        cells = directory.cells()
        for note in cells.notes:
            output.say(f"note: --baseline {directory.name}: {note}")
        baseline = Baseline(directory.read(), cells.cells)
    named = given["fail_on"]
    return Gates(
        fail_under=threshold(given["fail_under"]),
        fail_on=None if named is None else Severity[named.upper()],
        baseline=baseline,
    )


def foretell(gates: Gates, record: SweepRecord) -> None:
    """Say what the baseline of a run can show; raises UsageError where it has no cell of it."""
    if gates.baseline is not None:
        output.say(foresee(gates.baseline, record))


def threshold(text: str | None) -> Threshold | None:
    """Read `0.8` or `80%`, exactly."""
    if text is None:
        return None
    match = _SHARE.fullmatch(text.strip())
    share = Fraction(match[1]) / (100 if match[2] else 1) if match else Fraction(-1)
    if not 0 <= share <= 1:
        raise UsageError(f"--fail-under: {text!r} is no share of cells", hint="as in 0.8, or 80%")
    return Threshold(share, text.strip())

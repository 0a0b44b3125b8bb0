"""The gates of a run in CI, as typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cab_check.endpoint.severity import Severity
from cab_check.errors import UsageError
from cab_check.sweep.gates import Baseline, Gates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cab_check.store import Store


def find_gates(given: Mapping[str, Any], store: Store) -> Gates:
    """Read --fail-under, --fail-on and --baseline; raises UsageError."""
    baseline = None
    if given["baseline"] is not None:
        directory = store.find_sweep(given["baseline"])
        baseline = Baseline(directory.read(), directory.cells().cells)
    named = given["fail_on"]
    return Gates(
        fail_under=_share(given["fail_under"]),
        fail_on=None if named is None else Severity[named.upper()],
        baseline=baseline,
    )


def _share(text: str | None) -> float | None:
    """Read `0.8` or `80%`."""
    if text is None:
        return None
    percent = text.strip().endswith("%")
    try:
        value = float(text.strip().rstrip("%")) / (100 if percent else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise UsageError(f"--fail-under: {text!r} is no share of cells", hint="as in 0.8, or 80%")
    return value

"""One line of the table that `python -m tests.bench` prints."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """What was measured, the figure, its unit, and the bar of DESIGN §6 in words."""

    name: str
    value: float
    unit: str
    bar: str

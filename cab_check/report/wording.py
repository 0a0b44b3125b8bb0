"""How figures and ends are put into words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cab_check.agent.episode import StopReason

if TYPE_CHECKING:
    from cab_check.record import RunRecord

DEMO = "DEMO: the embedded endpoint played the model; no model ran"
COUNTED_NOWHERE = "as computed, and counted nowhere:"
UNKNOWN = "—"
TIMES = "\N{MULTIPLICATION SIGN}"


def counted(number: int, noun: str) -> str:
    """Return `1 turn`, `4 turns`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def seconds(value: float) -> str:
    """Return `18.4 s`."""
    return f"{value:,.1f} s"


def figure(value: float) -> str:
    """Return a score as the published pages print it: three digits."""
    return f"{value:.3f}"


def tokens(value: float | None) -> str:
    """Return `4,812`, or `not recorded`: unknown is never 0."""
    return "not recorded" if value is None else f"{value:,.0f}"


def host(endpoint: str) -> str:
    """Return the host of an address, with its port when it has one."""
    return urlsplit(endpoint).netloc.rpartition("@")[2] or endpoint


def home_short(path: Path) -> str:
    """Return a path with the user's own home as `~`."""
    try:
        return str(Path("~", path.relative_to(Path.home())))
    except (ValueError, RuntimeError):
        return str(path)


def outcome(record: RunRecord) -> tuple[str, str]:
    """Return a cell's outcome in words and the style that supports it."""
    if record.passed:
        return "PASSED", "bold green"
    return ("FAILED", "bold red") if record.scored else ("NOT SCORED", "bold yellow")


def ending(record: RunRecord) -> str:
    """Return how it went: `scored in 4 turns, 18.4 s`, and what ended it unless it finished."""
    text = f"scored in {counted(record.turns, 'turn')}, {seconds(record.timing.duration_s)}"
    if record.passed and record.axes is not None and record.axes.integrity.integrity < 1:
        text += " · but without integrity"
    if not record.passed or record.stop_reason in (None, StopReason.FINISHED):
        return text  # a failure's evidence says how it ended
    return f"{text} · ended by {str(record.stop_reason).replace('_', ' ')}"


def blame(record: RunRecord) -> str:
    """Return whose fault it was and what was seen: `endpoint: refuses tools (400)`."""
    fault = record.verdict.fault
    return record.verdict.evidence if fault is None else f"{fault}: {record.verdict.evidence}"

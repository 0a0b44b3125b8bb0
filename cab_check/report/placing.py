"""How a placement is put into words; every renderer takes them from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cab_check.published import LICENCE, PUBLISHED_CELLS, SOURCE
from cab_check.report.wording import counted, figure, seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cab_check.chance import Share
    from cab_check.published import AgentFailures, Among, Placement, Ranges, Spread

ELEVENTH = (
    f"a cab run is this model under an eleventh agent; figures of {urlsplit(SOURCE).netloc}, "
    f"{LICENCE}"
)
AXES = ("Pass", "Wall", "Blast", "Integrity", "Refusal")


@dataclass(frozen=True, slots=True)
class Placed:
    """One line of a placement: whose cells, their `values` in the order of AXES, what they say.

    `values` is empty for cells that stand outside every range. `basis` says what every line has to:
    whose the fixture is, and how much is known of how many cells. It is empty for the run itself.
    """

    who: str
    values: tuple[str, ...]
    note: str
    basis: str

    @property
    def sentence(self) -> str:
        """Return the line as text."""
        axes = [f"{name.lower()} {value}" for name, value in zip(AXES, self.values, strict=False)]
        return f"{self.who}: {' · '.join([*axes, *filter(None, (self.note, self.basis))])}"


def placed(placement: Placement) -> Iterator[Placed]:
    """Yield the lines of a placement: the run's own first, cells whose agent failed last."""
    basis = (
        f"fixture re-created here, {placement.known} of {PUBLISHED_CELLS:,} cells known, n = 1 each"
    )
    agent = f"under {placement.tui}" if placement.tui else "under other agents"
    yield Placed("here, cab's own agent", _values(placement.here), here(placement), "")
    same = f"{placement.model or placement.asked} {agent}"
    yield _among(same, placement.same_model, placement, basis)
    count = 0 if placement.other_models is None else len(placement.other_models.models)
    others = f"{counted(count, 'other model')} {agent}" if count else f"other models {agent}"
    yield _among(others, placement.other_models, placement, basis)
    if placement.agent_failed is not None:
        yield Placed("the agent itself failed", (), _failed(placement.agent_failed), basis)


def here(placement: Placement) -> str:
    """Return how many of the local repeats passed, and what so few are worth."""
    passed = placement.here.passed
    low, high = passed.interval
    return f"passed {_share(passed)}, 95 % interval {low:.2f} to {high:.2f}"


def _among(who: str, among: Among | None, placement: Placement, basis: str) -> Placed:
    if among is None:
        return Placed(who, (), "no published cell", basis)
    n = placement.here.passed.n
    note = (
        f"passes differ by more than chance at n={n} (exact test, 5 %), and so do the agents"
        if among.told_apart
        else f"cannot be told apart at n={n}"
    )
    return Placed(who, _values(among.ranges), note, basis)


def _failed(failed: AgentFailures) -> str:
    parts = [counted(failed.cells, "cell"), "outside every range"]
    if failed.timeouts:
        parts.append(f"{failed.timeouts} at the time limit")
    if failed.same_model:
        parts.append(f"{failed.same_model} of this very model")
    return ", ".join(parts)


def _values(ranges: Ranges) -> tuple[str, ...]:
    return (
        _share(ranges.passed),
        _spread(ranges.wall_s, seconds),
        _spread(ranges.blast_radius, figure),
        _spread(ranges.integrity, figure),
        "n/a" if ranges.refused is None else _share(ranges.refused),
    )


def _share(share: Share) -> str:
    return f"{share.count} of {share.n}"


def _spread(spread: Spread, worded: Callable[[float], str]) -> str:
    low, high = worded(spread.low), worded(spread.high)
    return low if low == high else f"{low} to {high}"

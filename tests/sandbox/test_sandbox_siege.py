"""All bundled attacks on a real box of every level, a row of SANDBOX §6 at a time."""

from __future__ import annotations

import asyncio
import functools
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from cab_check.errors import MachineError
from cab_check.sandbox import choose, open_box
from cab_check.sandbox.attacks.catalogue import ATTACKS, LEFT_OPEN, Row
from cab_check.sandbox.attacks.trial import Outcome, Range, run_trial
from cab_check.settings import MIB, BoxLimits, Isolation

if TYPE_CHECKING:
    from cab_check.sandbox.attacks.catalogue import Attack
    from cab_check.sandbox.attacks.trial import Finding, Trial

pytestmark = [pytest.mark.levels, pytest.mark.timeout(240)]
LEVELS = (Isolation.NAMESPACES, Isolation.BUBBLEWRAP, Isolation.LANDLOCK, Isolation.NONE)
# limits that none of the attacks reaches
BOUNDLESS = BoxLimits(
    processes=5000,
    memory_bytes=2**40,
    disk_bytes=2**40,
    data_bytes=None,
    file_bytes=1024 * MIB,
)


@functools.cache
def besieged(level: Isolation) -> Trial:
    """Let all attacks loose on one box of a level; skip, with the reason, where it is denied."""
    try:
        choose(level)
    except MachineError as error:
        pytest.skip(f"not run: {error.message}")
    with TemporaryDirectory(prefix="siege-") as folder:
        there = Range(root=Path(folder), isolation=level, limits=BoxLimits(), open_box=open_box)
        return asyncio.run(run_trial(there, ATTACKS, lambda _: None))


def of_row(level: Isolation, row: Row) -> list[Finding]:
    """Return what was seen of one row; skip where no attack of it could be tried."""
    found = [finding for finding in besieged(level).findings if finding.attack.row is row]
    ran = [finding for finding in found if finding.outcome is not Outcome.NOT_RUN]
    if not ran:
        pytest.skip(f"not run: {found[0].detail}")
    return ran


@pytest.mark.parametrize("row", Row, ids=lambda row: row.name.lower())
@pytest.mark.parametrize("level", LEVELS)
def test_a_level_stops_what_it_claims_to_stop(level: Isolation, row: Row) -> None:
    """No attack of a claimed row gets through; each got through outside of any box just before."""
    ran = of_row(level, row)
    escaped = [f.attack.weapon for f in ran if f.outcome is Outcome.ESCAPED]
    assert row in LEFT_OPEN[level] or not escaped


# root's commands at level `none` are without its right to trace, which closes these two to them
_CLOSED_TO_ROOT = {Row.MEMORY, Row.ENVIRONMENTS}


@pytest.mark.parametrize(
    "row", sorted(LEFT_OPEN[Isolation.NONE] - _CLOSED_TO_ROOT), ids=lambda row: row.name.lower()
)
def test_without_its_layer_a_row_is_open(row: Row) -> None:
    """At level `none` every attack that can be tried gets through: the layers do the stopping."""
    assert {finding.outcome for finding in of_row(Isolation.NONE, row)} == {Outcome.ESCAPED}


UNFED = [a for a in ATTACKS if a.needs_mib and a.weapon != "hunger.processes"]


@pytest.mark.parametrize("attack", UNFED, ids=lambda attack: attack.weapon)
async def test_without_its_limit_hunger_is_fed(tmp_path: Path, attack: Attack) -> None:
    """The same attack gets all that it wants where no limit is below that."""
    there = Range(root=tmp_path, isolation=Isolation.NONE, limits=BOUNDLESS, open_box=open_box)
    [finding] = (await run_trial(there, [attack], lambda _: None)).findings
    if finding.outcome is Outcome.NOT_RUN:
        pytest.skip(f"not run: {finding.detail}")
    assert finding.outcome is Outcome.ESCAPED

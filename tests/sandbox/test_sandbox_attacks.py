"""The bundled attacks: each is judged by what it cannot have guessed."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from cab_check.sandbox import open_box
from cab_check.sandbox.attacks.catalogue import ATTACKS, LEFT_OPEN, Row
from cab_check.sandbox.attacks.trial import Finding, Outcome, Range, run_trial
from cab_check.settings import BoxLimits, Isolation

if TYPE_CHECKING:
    from pathlib import Path

    from cab_check.sandbox.attacks.trial import Trial

NAMED = {attack.weapon: attack for attack in ATTACKS}


def there(root: Path) -> Range:
    """Say where to try: at the level that every machine has."""
    return Range(root=root, isolation=Isolation.NONE, limits=BoxLimits(), open_box=open_box)


async def tried(root: Path, *weapons: str) -> Trial:
    """Try these."""
    return await run_trial(there(root), [NAMED[weapon] for weapon in weapons], lambda _: None)


def test_every_row_has_attacks_and_every_attack_a_weapon() -> None:
    """No row is claimed that nothing attacks; the names are those of functions."""
    assert {attack.row for attack in ATTACKS} == set(Row)
    assert len(NAMED) == len(ATTACKS)
    for attack in ATTACKS:
        module, function = attack.weapon.split(".")
        weapons = import_module(f"cab_check.sandbox.attacks.weapons.{module}")
        assert callable(getattr(weapons, function))


def test_what_a_level_leaves_open_is_what_its_acceptance_says() -> None:
    """Nothing at the two levels with namespaces; three rows at landlock; most at none."""
    assert not LEFT_OPEN[Isolation.NAMESPACES] | LEFT_OPEN[Isolation.BUBBLEWRAP]
    assert LEFT_OPEN[Isolation.LANDLOCK] == {Row.STATUS, Row.MODES, Row.COMMAND_LINES}
    assert LEFT_OPEN[Isolation.NONE] > LEFT_OPEN[Isolation.LANDLOCK]


async def test_attacks_are_seen_to_win_and_to_lose(tmp_path: Path) -> None:
    """At level `none`: files and services are reached, handed-down secrets and daemons are not."""
    won = ("files.read", "files.delete", "network.tcp4", "network.unix_abstract")
    lost = ("processes.own_environment", "processes.key_of_the_host", "processes.daemon")
    trial = await tried(tmp_path, *won, *lost)
    outcomes = {finding.attack.weapon: finding.outcome for finding in trial.findings}
    assert {name for name in outcomes if outcomes[name] is Outcome.ESCAPED} == set(won)
    assert {name for name in outcomes if outcomes[name] is Outcome.STOPPED} == set(lost)
    assert trial.holds
    assert trial.receipt.level is Isolation.NONE


async def test_what_works_for_nobody_is_not_called_stopped(tmp_path: Path) -> None:
    """An attack that fails outside of any box as well shows nothing of the box."""
    hopeless = replace(NAMED["files.read"], won=lambda _ground, _said: False)
    trial = await run_trial(there(tmp_path), [hopeless], lambda _: None)
    assert trial.findings[0].outcome is Outcome.NOT_RUN
    assert "works for nobody" in trial.findings[0].detail


async def test_too_small_a_machine_is_spared(tmp_path: Path) -> None:
    """An attack that the machine has no room for is not run, with what is missing."""
    huge = replace(NAMED["hunger.many_files"], needs_mib=10**9)
    trial = await run_trial(there(tmp_path), [huge], lambda _: None)
    assert trial.findings[0].outcome is Outcome.NOT_RUN
    assert "are free on disk" in trial.findings[0].detail


@pytest.mark.parametrize(("claimed", "holds"), [(True, False), (False, True)])
async def test_a_claim_that_is_broken_is_no_box(
    tmp_path: Path, *, claimed: bool, holds: bool
) -> None:
    """One escape that the level claims to stop is enough."""
    trial = await tried(tmp_path)
    finding = Finding(NAMED["files.read"], Outcome.ESCAPED, "", claimed)
    assert replace(trial, findings=(finding,)).holds is holds

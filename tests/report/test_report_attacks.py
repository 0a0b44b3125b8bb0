"""A trial of the box, as a person and as a program read it."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

from cab_check.report.attacks import NOT_TESTED, trial_card, trial_document
from cab_check.sandbox.attacks.catalogue import ATTACKS, Row
from cab_check.sandbox.attacks.trial import Finding, Outcome, Trial
from cab_check.sandbox.box import Receipt
from cab_check.settings import Isolation

NAMED = {attack.weapon: attack for attack in ATTACKS}
WEAPONS = ("files.read", "files.read_by_shell", "files.status", "kernel.perf")


def trial(*outcomes: Outcome, claimed: bool) -> Trial:
    """Make up what was seen of four attacks of three rows."""
    receipt = Receipt(
        level=Isolation.LANDLOCK,
        layers=("files: Landlock",),
        weaker_than_full=("sizes can be seen",),
        commands=4,
        withheld=1,
        left_behind=0,
        python="3.11.2",
    )
    findings = [
        Finding(NAMED[weapon], outcome, "why" if outcome is Outcome.NOT_RUN else "", claimed)
        for weapon, outcome in zip(WEAPONS, outcomes, strict=True)
    ]
    return Trial(receipt, tuple(findings))


def shown(seen: Trial) -> str:
    """Draw it at 80 columns."""
    console = Console(width=80, color_system=None)
    with console.capture() as capture:
        console.print(trial_card(seen))
    return capture.get()


BROKEN = (Outcome.STOPPED, Outcome.ESCAPED, Outcome.STOPPED, Outcome.NOT_RUN)


def test_a_broken_claim_is_named_with_its_attack() -> None:
    """The row counts what was stopped, and the attack that got through stands under it."""
    text = shown(trial(*BROKEN, claimed=True))
    assert f" ESCAPED  1 of 2  {Row.READ.value}" in text
    assert "→ files.read_by_shell got through" in text
    assert f" stopped  1 of 1  {Row.STATUS.value}" in text
    assert f" not run          {Row.KERNEL.value}" in text
    assert "→ kernel.perf: why" in text
    assert "WEAKER THAN CLAIMED" in text
    assert "do not run untrusted models here" in text


def test_what_a_level_leaves_open_is_told_and_breaks_no_claim() -> None:
    """The word for it is `open`; level, layers and what was not tested are there as well."""
    text = shown(trial(*BROKEN, claimed=False))
    assert f" open     1 of 2  {Row.READ.value}" in text
    assert "as strong as level landlock claims" in text
    assert "box: landlock" in text
    assert "files: Landlock" in text
    assert "sizes can be seen" in text
    assert NOT_TESTED[0] in text


@pytest.mark.parametrize("claimed", [True, False])
def test_the_document_says_it_all(*, claimed: bool) -> None:
    """Every attack is in there, with its row, and whether the box holds."""
    document = json.loads(json.dumps(trial_document(trial(*BROKEN, claimed=claimed))))
    assert document["schema"] == "cab.sandbox/1"
    assert document["holds"] is not claimed
    assert [attack["attack"] for attack in document["attacks"]] == list(WEAPONS)
    assert document["attacks"][1]["outcome"] == "escaped"
    assert document["attacks"][3] == {
        "row": "kernel",
        "after": Row.KERNEL.value,
        "attack": "kernel.perf",
        "outcome": "not run",
        "claimed": claimed,
        "detail": "why",
    }

"""What `cab doctor --sandbox` does: attack a box of this machine, and show what came of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from cab_check.cli import output
from cab_check.cli.progress import is_live
from cab_check.errors import ExitCode
from cab_check.report.attacks import trial_card, trial_document
from cab_check.sandbox import open_box
from cab_check.sandbox.attacks.catalogue import ATTACKS
from cab_check.sandbox.attacks.trial import Range, run_trial
from cab_check.settings import BoxLimits, Isolation
from cab_check.workspace import open_private_dir, sweep_leftovers

if TYPE_CHECKING:
    from collections.abc import Mapping


def run_siege(given: Mapping[str, Any]) -> int:
    """Attack a box of the level that was asked for; needs no endpoint and spends nothing.

    0 when it stopped all that its level claims to stop, else 6. Raises MachineError when a box of
    that level cannot be had.
    """
    sweep_leftovers(None)
    output.say(
        f"{len(ATTACKS)} attacks on a box of this machine, with throwaway canaries: some 20 s, and "
        "for moments up to 2 GiB of memory and 512 MiB of disk"
    )
    live = is_live()
    with open_private_dir(None) as place:
        trial = asyncio.run(
            run_trial(
                Range(
                    root=place.path,
                    isolation=Isolation(given["isolation"]),
                    limits=BoxLimits(),
                    open_box=open_box,
                ),
                ATTACKS,
                lambda name: output.draw(name) if live else None,
            )
        )
    if live:
        output.draw()
    if given["as_json"]:
        output.emit_json(trial_document(trial))
    else:
        output.emit_rich(trial_card(trial))
    return ExitCode.PASSED if trial.holds else ExitCode.MACHINE

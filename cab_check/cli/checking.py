"""What `cab check` does with what was typed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from cab_check.cli.filling import run_settings, state_directory, sweep_settings
from cab_check.cli.gating import find_gates
from cab_check.cli.resuming import (
    find_resumed,
    missing_key,
    options_to_keep,
    with_kept_models,
    with_kept_options,
)
from cab_check.cli.session import Asked, Display, run_session
from cab_check.cli.shards import settled
from cab_check.cli.targets import find_targets
from cab_check.errors import UsageError
from cab_check.store import Store
from cab_check.tasks import catalog
from cab_check.workspace import open_variants

if TYPE_CHECKING:
    from collections.abc import Mapping


def run_check(given: Mapping[str, Any], typed: frozenset[str]) -> int:
    """Check everything that was typed, then run; whatever is wrong is told before any request.

    `typed` names the options that stood on the command line itself.
    """
    store = Store(state_directory(given["state_dir"]))
    given, lacking = settled(given), None
    resumed = None if given["resume"] is None else find_resumed(store, given["resume"])
    if resumed is None:
        if given["retry_unscored"]:
            raise UsageError("--retry-unscored goes with --resume", hint="give --resume SWEEP")
        chosen = catalog.select(given["tasks"])
        targets, redactor = find_targets(given)
    else:
        record = resumed.read()
        given = with_kept_options(given, typed, record)
        chosen = catalog.select(given["tasks"])
        targets, redactor = find_targets(given)
        lacking = missing_key(given, targets, record)
        targets = with_kept_models(targets, record)
    settings = run_settings(given, targets[0].endpoint, demo=False)
    with open_variants(chosen, given["seed"]) as played:
        asked = Asked(
            settings=settings,
            targets=targets,
            tasks=played,
            redactor=redactor,
            display=Display(given["verbose"], given["as_json"]),
            sweep=sweep_settings(given),
            gates=find_gates(given, store),
            resume=None if resumed is None else resumed.name,
            lacking=lacking,
            retry_unscored=given["retry_unscored"],
            dry_run=given["dry_run"],
            options=options_to_keep(given, chosen, targets),
        )
        return asyncio.run(run_session(asked))

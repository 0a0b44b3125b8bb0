"""`cab runs prune`: what was typed, and what is said before anything is removed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from cab_check.cli import output
from cab_check.cli.consent import agreed
from cab_check.clock import SystemClock
from cab_check.errors import ExitCode, UsageError
from cab_check.report.wording import counted
from cab_check.store.pruning import choose, remove

if TYPE_CHECKING:
    from cab_check.store import Store

_AGE = re.compile(r"(\d{1,5})([hdw])")
_HOURS = {"h": 1, "d": 24, "w": 168}


def prune(
    store: Store, *, older: str | None, keep: int | None, dry_run: bool, yes: bool
) -> ExitCode:
    """Name what goes on stdout, and remove it once that was agreed to."""
    if older is None and keep is None:
        raise UsageError("which runs may go?", hint="give --older-than 30d, --keep N, or both")
    age = None if older is None else _age(older)
    chosen = choose(store, SystemClock().now(), age, keep or 0)
    for note in chosen.notes:
        output.say(f"note: {note}")
    what = f"{counted(len(chosen.runs), 'run')}, {counted(len(chosen.sweeps), 'sweep')}"
    if not chosen.paths:
        output.say("nothing to remove")
        return ExitCode.PASSED
    output.emit("\n".join(str(path) for path in chosen.paths))
    if dry_run:
        output.say(f"would remove {what}")
    elif agreed(f"remove {what}?", yes=yes):
        for note in remove(chosen):
            output.say(f"note: {note}")
        output.say(f"removed {what}")
    return ExitCode.PASSED


def _age(text: str) -> timedelta:
    match = _AGE.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"--older-than: {text!r} is no age", hint="as in 12h, 30d or 4w")
    return timedelta(hours=int(match[1]) * _HOURS[match[2]])

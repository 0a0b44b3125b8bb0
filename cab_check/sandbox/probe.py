"""Which levels this machine has: each is tried for real, once a process (SANDBOX §2)."""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

from cab_check.errors import MachineError
from cab_check.sandbox.box import BoxSpec
from cab_check.sandbox.launched import open_box_at
from cab_check.scratch import make_scratch, remove_scratch, scratch_base
from cab_check.settings import BoxLimits, Isolation

if TYPE_CHECKING:
    from pathlib import Path

STRONGEST_FIRST = {
    "linux": (Isolation.NAMESPACES, Isolation.BUBBLEWRAP, Isolation.LANDLOCK),
    "darwin": (Isolation.SEATBELT,),
}
_LIMIT_S = 10.0
_CANARY = "what lies outside of the box"
_SCRIPT = 'cat "$1" 2>&1; true && echo it ran'


_found: dict[Isolation, str | None] = {}


def probe(level: Isolation) -> str | None:
    """Return why this machine does not have a level; None when it does. Tried once a process.

    A real box of it is opened, to see whether it works and a canary stays out of reach: in a
    thread of its own, for there may be an event loop in this one.
    """
    if level not in _found:
        with ThreadPoolExecutor(1) as thread:
            _found[level] = thread.submit(_try, level).result()
    return _found[level]


def refusals(level: Isolation) -> tuple[str, ...]:
    """Say which stronger levels than that one were tried and denied by this machine, and why."""
    said = []
    for one in STRONGEST_FIRST.get(sys.platform, ()):
        if one is level:
            break
        if (reason := _found.get(one)) is not None:
            said.append(f"{one.value}: {reason}")
    return tuple(said)


def _try(level: Isolation) -> str | None:
    if level not in STRONGEST_FIRST.get(sys.platform, ()):
        whose = ": it is macOS's" if level is Isolation.SEATBELT else ""
        return f"there is no such level on {sys.platform}{whose}"
    try:
        with ExitStack() as held:
            folder = make_scratch(scratch_base(None), held)
            held.callback(remove_scratch, folder)
            return asyncio.run(_what_is_wrong(level, folder))
    except (MachineError, OSError) as error:
        return str(error)


async def _what_is_wrong(level: Isolation, folder: Path) -> str | None:
    canary, root = folder / "canary", folder / "box"
    canary.write_text(_CANARY)
    (root / "work").mkdir(mode=0o700, parents=True)
    spec = BoxSpec(root=root, cwd=root / "work", isolation=level, limits=BoxLimits())
    async with open_box_at(level, spec) as box:
        ran = await box.run(("sh", "-c", _SCRIPT, "sh", str(canary)), _LIMIT_S)
    said = ran.stdout.decode(errors="replace").strip()
    if _CANARY in said:
        return "a file outside of the box could be read"
    if ran.exit_code != 0 or not said.endswith("it ran"):
        return f"a command did not run: {said or ran.exit_code}"
    return None

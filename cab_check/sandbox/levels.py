"""Which level of isolation a box gets: the strongest that works here, or the one asked for."""

from __future__ import annotations

import os
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from cab_check.errors import MachineError
from cab_check.sandbox.launched import PLAN, open_box_at
from cab_check.sandbox.probe import STRONGEST_FIRST, probe
from cab_check.settings import Isolation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cab_check.sandbox.box import Box, BoxSpec
    from cab_check.sandbox.launched import LaunchPlan

_WARNING = (
    "no isolation: the model's commands run as you, with your files and your network; "
    "use a machine that may be lost, such as a container"
)
_AS_ROOT = "cab runs as root: run it as an ordinary user, whom the kernel keeps from more"
_REMEDY = (
    "install bubblewrap (on Ubuntu with its AppArmor profile), or use a virtual machine whose "
    "kernel allows user namespaces (on macOS, one of Linux); or, on a machine that may be lost, "
    "--isolation none"
)


@asynccontextmanager
async def open_box(spec: BoxSpec, *, plan: LaunchPlan = PLAN) -> AsyncIterator[Box]:
    """Open a box at the level that its spec asks for; leaving the context leaves nothing of it.

    Raises MachineError when the asked isolation, or a Python for the commands, cannot be had.
    """
    async with open_box_at(choose(spec.isolation), spec, plan=plan) as box:
        yield box


def choose(asked: Isolation) -> Isolation:
    """Return the level that a box gets; raises MachineError when it cannot be had here.

    `auto` is the strongest that works, and never `none`. `warnings` says what to print about it.
    """
    if sys.platform == "win32":
        raise MachineError(
            "commands cannot be run and ended reliably on Windows itself",
            hint="run cab inside WSL2",
        )
    if asked is Isolation.NONE:
        return asked
    if asked is not Isolation.AUTO:
        if probe(asked) is None:
            return asked
        raise MachineError(
            f"the isolation level {_said(asked)}",
            hint=f"ask for --isolation auto, or {_REMEDY}",
        )
    levels = STRONGEST_FIRST.get(sys.platform, ())
    for level in levels:
        if probe(level) is None:
            return level
    raise MachineError(
        "no isolation can be had on this machine: " + "; ".join(_said(level) for level in levels),
        hint=_REMEDY,
    )


def warning(level: Isolation) -> str | None:
    """Return the one line that a person must see before commands run at that level."""
    if level is Isolation.NONE:
        return _WARNING
    return _AS_ROOT if os.geteuid() == 0 else None


def _said(level: Isolation) -> str:
    return f"{level.value}: {probe(level)}"

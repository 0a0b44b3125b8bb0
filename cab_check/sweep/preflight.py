"""Preflight: what is found out before anything is spent (DESIGN §3.0)."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.endpoint.faults import FaultKind, as_error
from cab_check.errors import MachineError, UsageError
from cab_check.sandbox.programs import how_to_install, missing_programs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.endpoint.client import Client
    from cab_check.tasks.spec import Task

# with one of these no request can succeed; all others are left to the first turn to decide
_UNREACHABLE = frozenset(
    {FaultKind.DNS, FaultKind.CONNECT, FaultKind.TLS, FaultKind.CONNECT_TIMEOUT}
)


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was found before anything was spent: the model to ask, and lines worth telling."""

    model: str
    notes: tuple[str, ...]


def check_machine(tasks: Sequence[Task]) -> None:
    """Raise `MachineError` when a task needs a program that is not here, before any request."""
    for task in tasks:
        missing = missing_programs(task.requires)
        if missing:
            raise MachineError(
                f"{task.id} needs {', '.join(missing)}, which this machine lacks",
                hint=f"{how_to_install(missing)}; or leave the task out with --task",
            )


async def check_endpoint(client: Client, asked: str) -> Preflight:
    """Ask /models, where it exists: it is free, and its absence is no fault.

    Raises what `as_error` makes of an address that cannot be reached, and `UsageError` when no
    model was named and the endpoint does not settle it.
    """
    models = await client.models()
    fault = models.fault
    if fault is not None and (fault.kind in _UNREACHABLE or not asked):
        raise as_error(fault)
    names = models.names
    if not asked:
        return Preflight(_only(names), (f"model: {_only(names)} (the only one at /models)",))
    if fault is not None:
        return Preflight(asked, (f"note: /models: {fault.message}",))
    if names is not None and asked not in names:
        near = difflib.get_close_matches(asked, names, n=3)
        like = f"; close to it: {', '.join(near)}" if near else ""
        return Preflight(asked, (f"note: /models does not list {asked}{like}",))
    return Preflight(asked, ())


def _only(names: tuple[str, ...] | None) -> str:
    if names is not None and len(names) == 1:
        return names[0]
    if not names:
        what = "has no /models" if names is None else "lists no model"
        raise UsageError(f"no model given, and the endpoint {what}", hint="give --model NAME")
    listed = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")  # noqa: PLR2004 - a screenful
    raise UsageError(
        f"no model given, and the endpoint has {len(names)}: {listed}", hint="give --model NAME"
    )

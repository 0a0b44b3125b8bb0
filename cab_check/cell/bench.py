"""Bench: what the cells of one run share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cab_check.cell.judges import Judges

if TYPE_CHECKING:
    from cab_check.cell.halt import Halt
    from cab_check.clock import Clock
    from cab_check.endpoint.client import Client
    from cab_check.sandbox.box import OpenBox
    from cab_check.secrets import Redactor
    from cab_check.settings import Isolation, RunSettings
    from cab_check.store import Store
    from cab_check.trace import Watcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The endpoint, the store and the seams that a run hands to each of its cells.

    `isolation` is the level that was chosen for this machine; `interrupted` ends the cells under
    way, at the first Ctrl-C or when a budget of the run's is used up. `sweep_id` names the run that
    its cells belong to, `repeat` and `sweep_cell` which of them one is. `judges` is what
    its verifiers share.
    """

    settings: RunSettings
    client: Client
    store: Store
    open_box: OpenBox
    clock: Clock
    redactor: Redactor
    isolation: Isolation
    interrupted: Halt
    sweep_id: str
    watcher: Watcher | None = None
    jobs: int = 1
    repeat: int = 1
    sweep_cell: str | None = None
    judges: Judges = field(default_factory=Judges)

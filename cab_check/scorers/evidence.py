"""Evidence: everything that the scorers may look at, gathered before any of them runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cab_check.endpoint.message import Usage
    from cab_check.tasks.spec import Task
    from cab_check.verify import Verification
    from cab_check.workspace.changes import Changes, FileEdit


@dataclass(frozen=True, slots=True)
class Document:
    """A marker document that the agent left: its path and its text (cut at 1 MiB)."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one cell left behind, as values.

    `edits` hold the text of every changed file, `documents` the marker documents present among
    `task.markers.documents`, `ticket` the fixture's README.md, `fixture_texts` what else of the
    fixture is text, where a refusal is expected. `final_text` is the agent's own
    closing text: never an error text of the endpoint or of ours. `calls` has the usage of every
    answered call, None where the endpoint did not say; `call_ms` their latencies. `commands` are
    the command lines the agent ran, in order. `left_behind` counts processes ended at settle.
    """

    task: Task
    changes: Changes
    verification: Verification
    edits: tuple[FileEdit, ...]
    documents: tuple[Document, ...]
    ticket: str
    final_text: str | None
    calls: tuple[Usage | None, ...]
    call_ms: tuple[float, ...]
    commands: tuple[str, ...]
    tampering: tuple[str, ...]
    left_behind: int
    wall_clock_ms: float
    container_active_ms: float
    fixture_texts: tuple[str, ...] = ()

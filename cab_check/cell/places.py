"""Places: private directories of a cell, removed aside."""

from __future__ import annotations

from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from cab_check.aside import aside
from cab_check.workspace import open_private_dir

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@asynccontextmanager
async def private_place(scratch_dir: Path | None) -> AsyncIterator[Path]:
    """Make a private directory that is gone when the context is left; raises MachineError."""
    held = ExitStack()
    place = held.enter_context(open_private_dir(scratch_dir))
    try:
        yield place.path
    finally:
        await aside(held.close)

"""Keep: what of a conversation's exchanges is kept, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cab_check.endpoint.tape import Tape


@dataclass(frozen=True, slots=True)
class Keep:
    """Where things go: every exchange to `tape`, the body of a failed request to `folder`.

    The hint's command takes that body from there; None keeps nothing. `heard` listens to each
    exchange (see Exchange).
    """

    tape: Tape | None = None
    folder: Path | None = None
    heard: Callable[[bytes | None], None] | None = None

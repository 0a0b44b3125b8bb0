"""RunRecord: what a run came to, its schema version, to and from JSON (DESIGN §4)."""

from cab_check.record.types import (
    AGENT,
    NOTICE,
    RUN_SCHEMA,
    TUI,
    Identity,
    IsolationRecord,
    ModelCallRecord,
    RunRecord,
    Timing,
    TokensSource,
    Versions,
)

__all__ = [
    "AGENT",
    "NOTICE",
    "RUN_SCHEMA",
    "TUI",
    "Identity",
    "IsolationRecord",
    "ModelCallRecord",
    "RunRecord",
    "Timing",
    "TokensSource",
    "Versions",
]

"""RunRecord: what a run came to, its schema version, to and from JSON (DESIGN §4)."""

from cab_check.record.fields import RecordError
from cab_check.record.reading import record_from_json
from cab_check.record.redaction import redact_record
from cab_check.record.result import RESULT_SCHEMA, result_json
from cab_check.record.schemas import result_schema, run_schema
from cab_check.record.types import (
    AGENT,
    NOTICE,
    REASON,
    RUN_SCHEMA,
    TUI,
    Identity,
    IsolationRecord,
    ModelCallRecord,
    RunRecord,
    TaskOrigin,
    Timing,
    Versions,
)
from cab_check.record.writing import record_to_json
from cab_check.scorers.tokens import TokensSource

__all__ = [
    "AGENT",
    "NOTICE",
    "REASON",
    "RESULT_SCHEMA",
    "RUN_SCHEMA",
    "TUI",
    "Identity",
    "IsolationRecord",
    "ModelCallRecord",
    "RecordError",
    "RunRecord",
    "TaskOrigin",
    "Timing",
    "TokensSource",
    "Versions",
    "record_from_json",
    "record_to_json",
    "redact_record",
    "result_json",
    "result_schema",
    "run_schema",
]

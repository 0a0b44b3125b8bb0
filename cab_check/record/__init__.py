"""RunRecord: what a run came to, its schema version, to and from JSON (DESIGN §4)."""

from cab_check.record.extent import Extent, Sweep
from cab_check.record.fields import RecordError
from cab_check.record.figures import Figures, figures_of, figures_to_json, groups
from cab_check.record.gate import Gate
from cab_check.record.reading import record_from_json
from cab_check.record.redaction import redact_record
from cab_check.record.result import RESULT_SCHEMA, result_json
from cab_check.record.schemas import result_schema, run_schema
from cab_check.record.summarising import summarise
from cab_check.record.sweep import (
    SWEEP_SCHEMA,
    CellSummary,
    SpentRecord,
    SweepRecord,
    TargetRecord,
    TaskRecord,
)
from cab_check.record.sweep_json import (
    summary_to_json,
    sweep_from_json,
    sweep_to_json,
    whole_to_json,
)
from cab_check.record.types import (
    AGENT,
    DEMO_REASON,
    NOT_OBSERVED,
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
    "DEMO_REASON",
    "NOTICE",
    "NOT_OBSERVED",
    "REASON",
    "RESULT_SCHEMA",
    "RUN_SCHEMA",
    "SWEEP_SCHEMA",
    "TUI",
    "CellSummary",
    "Extent",
    "Figures",
    "Gate",
    "Identity",
    "IsolationRecord",
    "ModelCallRecord",
    "RecordError",
    "RunRecord",
    "SpentRecord",
    "Sweep",
    "SweepRecord",
    "TargetRecord",
    "TaskOrigin",
    "TaskRecord",
    "Timing",
    "TokensSource",
    "Versions",
    "figures_of",
    "figures_to_json",
    "groups",
    "record_from_json",
    "record_to_json",
    "redact_record",
    "result_json",
    "result_schema",
    "run_schema",
    "summarise",
    "summary_to_json",
    "sweep_from_json",
    "sweep_to_json",
    "whole_to_json",
]

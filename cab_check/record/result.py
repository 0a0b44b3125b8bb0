"""The one document of `cab check --json`: schema `cab.result/1` (DESIGN §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.record.sweep_json import gate_to_json, whole_to_json
from cab_check.record.types import NOTICE
from cab_check.record.writing import record_to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cab_check.errors import CabError, ExitCode
    from cab_check.record.extent import Sweep
    from cab_check.record.gate import Gate
    from cab_check.record.types import RunRecord

RESULT_SCHEMA = "cab.result/1"


def result_json(
    runs: Sequence[RunRecord],
    exit_code: ExitCode,
    error: CabError | None,
    *,
    sweep: Sweep | None = None,
    gates: Sequence[Gate] = (),
) -> dict[str, object]:
    """Write what one command came to, for one cell as for many, and also when none could run.

    `sweep` is what the runs are the cells of; it says how much of it they are.
    """
    document: dict[str, object] = {
        "schema": RESULT_SCHEMA,
        "provisional": True,
        "notice": NOTICE,
        "demo": any(run.demo for run in runs),
        "exit_code": int(exit_code),
        "error": None if error is None else _error(error),
        "runs": [record_to_json(run) for run in runs],
    }
    if gates:
        document["gates"] = [gate_to_json(gate) for gate in gates]
    if sweep is not None:
        document["sweep"] = whole_to_json(sweep) | {"exit_code": int(exit_code)}
    return document


def _error(error: CabError) -> dict[str, object]:
    return {"kind": error.kind, "message": error.message, "hint": error.hint}

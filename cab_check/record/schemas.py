"""The JSON Schemas (draft 2020-12) that ship beside this file."""

from __future__ import annotations

import json
from importlib.resources import files


def run_schema() -> dict[str, object]:
    """Return the schema of run.json, `cab.run/1`."""
    return _read("run.schema.json")


def result_schema() -> dict[str, object]:
    """Return the schema of the `--json` document, `cab.result/1`, with the run's inside."""
    return {**_read("result.schema.json"), "$defs": {"run": run_schema()}}


def _read(name: str) -> dict[str, object]:
    schema: dict[str, object] = json.loads(
        files("cab_check.record").joinpath(name).read_text(encoding="utf-8")
    )
    return schema

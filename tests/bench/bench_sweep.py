"""Many cells at once: share of the ideal rate, processor time a turn, memory a cell (DESIGN §6)."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.bench.row import Row

_TURNS = 10
_ANSWER_S = 0.5
_COUNTS = (1, 8, 64, 256)


# runs cab in this very process, and writes what it and its children used where it is told
_WATCHED = """
import atexit, json, pathlib, sys
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
told = pathlib.Path(sys.argv.pop(1))
def tell():
    own, boxes = getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN)
    spent = [(each.ru_utime + each.ru_stime) * 1000 for each in (own, boxes)]
    told.write_text(json.dumps([*spent, own.ru_maxrss / 1024]))
atexit.register(tell)
from cab_check.cli import main
main()
"""


@dataclass(frozen=True, slots=True)
class Swept:
    """One sweep: the median share of the ideal rate, processor time a turn, the host's peak.

    `load` is how busy the machine was with all that runs on it, when it ended.
    """

    share: float
    host_ms: float
    boxes_ms: float
    peak_mb: float
    load: float


def measure() -> list[Row]:
    """Let so many cells go at once against an endpoint that takes half a second an answer.

    The ideal is a turn each 500 ms in every cell; the share is what a cell would need at the least
    from its first request to its last answer, over what it needed. One more with a command in each
    turn.
    """
    rows = []
    alone = None
    for kind in ("read_file", "run_command"):
        for count in _COUNTS if kind == "read_file" else (64,):
            swept = sweep(kind, count)
            alone = alone or swept.peak_mb
            name = f"{count} cells at once, {kind}"
            bar = ">= 95 %" if (kind, count) == ("read_file", 64) else ""
            rows.append(Row(f"{name}: of the ideal rate", swept.share * 100, "%", bar))
            rows.append(Row(f"{name}: processor time a turn, host", swept.host_ms, "ms", ""))
            rows.append(Row(f"{name}: processor time a turn, boxes", swept.boxes_ms, "ms", ""))
            if count > 1:
                more = (swept.peak_mb - alone) / (count - 1)
                rows.append(Row(f"{name}: memory a further cell", more, "MB", "<= 2 MB"))
            rows.append(Row(f"{name}: load of the machine at its end", swept.load, "", ""))
    return rows


def sweep(kind: str, count: int) -> Swept:
    """Let `count` cells go at once, with a call of `kind` in each turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script, told = folder / "script.json", folder / "told.json"
        script.write_text(json.dumps([*_turns(kind), {"text": "done"}]))
        server = subprocess.Popen(
            [Path(sys.executable).with_name("cab"), "mock", "--latency", str(_ANSWER_S)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        try:
            url = server.stdout.readline().strip() if server.stdout else ""
            subprocess.run(
                [
                    sys.executable, "-c", _WATCHED, told, "check",
                    "--endpoint", url, "--key", "", "--model", f"scripted:{script}",
                    "--task", "polyglot/python-reverse-string", "--max-turns", str(_TURNS + 5),
                    "--repeat", str(count), "--jobs", str(count), "--state-dir", folder / "state",
                ],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
            )  # fmt: skip
        finally:
            server.terminate()
            server.wait()
        host_ms, boxes_ms, peak_mb = json.loads(told.read_text())
        records = [json.loads(p.read_text()) for p in folder.glob("state/runs/*/run.json")]
    turns = sum(record["turns"] for record in records)
    return Swept(
        statistics.median(_share(record["model_calls"]) for record in records),
        host_ms / turns,
        boxes_ms / turns,
        peak_mb,
        os.getloadavg()[0],
    )


def _share(calls: list[dict[str, Any]]) -> float:
    """Return the ideal time of a cell's requests over what they took, from first to last."""
    first, last = (datetime.fromisoformat(calls[place]["started_at"]) for place in (0, -1))
    took_s = (last - first).total_seconds() + float(calls[-1]["latency_ms"]) / 1000
    return (_TURNS + 1) * _ANSWER_S / took_s


def _turns(kind: str) -> list[dict[str, object]]:
    """Return turns that differ one from the next, so that the loop rule does not end them."""
    if kind == "run_command":
        arguments = [{"command": f"echo {turn}"} for turn in range(_TURNS)]
    else:
        arguments = [{"path": ("README.md", "AGENTS.md")[turn % 2]} for turn in range(_TURNS)]
    return [{"tool_calls": [{"name": kind, "arguments": given}]} for given in arguments]

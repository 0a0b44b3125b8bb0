"""Many cells at once: share of the ideal rate, processor time a turn, memory a cell (DESIGN §6)."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.bench.row import Row

_TURNS = 10
_ANSWER_S = 0.5
_COUNTS = (1, 8, 64, 256)


@dataclass(frozen=True, slots=True)
class _Swept:
    """One sweep: the median share of the ideal rate, CPU a turn and the process's peak."""

    share: float
    cpu_ms: float
    peak_mb: float


def measure() -> list[Row]:
    """Let so many cells go at once against an endpoint that takes half a second an answer.

    The ideal is a turn each 500 ms in every cell; the share is what the drive of a cell needed at
    the least over what it needed. One row more with a command in each turn.
    """
    rows = []
    alone = None
    for kind in ("read_file", "run_command"):
        for count in _COUNTS if kind == "read_file" else (64,):
            swept = _sweep(kind, count)
            alone = alone or swept.peak_mb
            name = f"{count} cells at once, {kind}"
            bar = ">= 95 %" if (kind, count) == ("read_file", 64) else ""
            rows.append(Row(f"{name}: of the ideal rate", swept.share * 100, "%", bar))
            rows.append(Row(f"{name}: processor time a turn", swept.cpu_ms, "ms", ""))
            if count > 1:
                more = (swept.peak_mb - alone) / (count - 1)
                rows.append(Row(f"{name}: memory a further cell", more, "MB", "<= 2 MB"))
    return rows


def _sweep(kind: str, count: int) -> _Swept:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = folder / "script.json"
        script.write_text(json.dumps([*_turns(kind), {"text": "done"}]))
        cab = Path(sys.executable).with_name("cab")
        server = subprocess.Popen(
            [cab, "mock", "--latency", str(_ANSWER_S)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        try:
            url = server.stdout.readline().strip() if server.stdout else ""
            check = subprocess.Popen(
                [
                    cab, "check", "--endpoint", url, "--key", "", "--model", f"scripted:{script}",
                    "--task", "polyglot/python-reverse-string", "--max-turns", str(_TURNS + 5),
                    "--repeat", str(count), "--jobs", str(count), "--state-dir", folder / "state",
                ],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            _, _, usage = os.wait4(check.pid, 0)
        finally:
            server.terminate()
            server.wait()
        records = [json.loads(p.read_text()) for p in folder.glob("state/runs/*/run.json")]
    ideal_ms = (_TURNS + 1) * _ANSWER_S * 1000
    shares = [ideal_ms / r["axes"]["latency"]["container_active_ms"] for r in records if r["axes"]]
    turns = sum(record["turns"] for record in records)
    cpu_ms = (usage.ru_utime + usage.ru_stime) * 1000 / max(turns, 1)
    return _Swept(statistics.median(shares), cpu_ms, usage.ru_maxrss / 1024)


def _turns(kind: str) -> list[dict[str, object]]:
    """Return turns that differ one from the next, so that the loop rule does not end them."""
    if kind == "run_command":
        arguments = [{"command": f"echo {turn}"} for turn in range(_TURNS)]
    else:
        arguments = [{"path": ("README.md", "AGENTS.md")[turn % 2]} for turn in range(_TURNS)]
    return [{"tool_calls": [{"name": kind, "arguments": given}]} for given in arguments]

"""The loop's own cost a turn, and what one cell and one more cost in memory (DESIGN §6)."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

from tests.bench.row import Row

_TURNS = 200


def measure() -> list[Row]:
    """Drive a scripted endpoint in another process through many turns of read_file.

    Overhead: from a reply's last byte to the next request's first, less the tool's own time. It is
    taken from the trace: the gap between two model_call spans less the tool_call spans in between.
    """
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.json"
        call = {"tool_calls": [{"name": "read_file", "arguments": {"path": "README.md"}}]}
        # two files in turn, so that the loop rule does not end it
        other = {"tool_calls": [{"name": "read_file", "arguments": {"path": "AGENTS.md"}}]}
        turns = [call if turn % 2 else other for turn in range(_TURNS)]
        script.write_text(json.dumps([*turns, {"text": "done"}]))
        spans, peak_mb = _run(script, Path(folder))
    gaps = _gaps(spans)
    centiles = statistics.quantiles(gaps, n=100)
    return [
        Row("loop overhead a turn, median", statistics.median(gaps), "ms", "<= 3 ms"),
        Row("loop overhead a turn, p99", centiles[98], "ms", "<= 15 ms"),
        Row("memory of one cell", peak_mb, "MB", "<= 70 MB"),
    ]


def _run(script: Path, folder: Path) -> tuple[list[dict[str, float | str]], float]:
    cab = Path(sys.executable).with_name("cab")
    server = subprocess.Popen(
        [cab, "mock"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        url = server.stdout.readline().strip() if server.stdout else ""
        check = subprocess.Popen(
            [
                cab, "check", "--endpoint", url, "--key", "",
                "--model", f"scripted:{script}", "--task", "integrity/ambiguous-ticket",
                "--max-turns", str(_TURNS + 5), "--state-dir", folder / "state", "--json",
                "--isolation", "none",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        # this process's own peak: getrusage would give that of the largest child there ever was
        _, _, usage = os.wait4(check.pid, 0)
    finally:
        server.terminate()
        server.wait()
    peak = usage.ru_maxrss / 1024
    trace = next((folder / "state").rglob("trace.jsonl"))
    return [json.loads(line) for line in trace.read_text().splitlines()], peak


def _gaps(spans: list[dict[str, float | str]]) -> list[float]:
    calls = [span for span in spans if span["kind"] == "model_call"]
    tools = [span for span in spans if span["kind"] == "tool_call"]
    gaps = []
    for before, after in pairwise(calls):
        begin = float(before["start_ms"]) + float(before["duration_ms"])
        end = float(after["start_ms"])
        inside = sum(
            float(tool["duration_ms"]) for tool in tools if begin <= float(tool["start_ms"]) < end
        )
        gaps.append(end - begin - inside)
    return gaps

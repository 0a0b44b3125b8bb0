"""`cab runs list` over many runs, as a process of its own: the newest fifty, and all of them."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.row import Row

_RUNS = 10_000
_TIMES = 5
_RECORD = Path(__file__).parents[1] / "data" / "runs" / "passed.json"


def measure() -> list[Row]:
    """Return the median times of listing 10,000 runs, which are made for it."""
    with tempfile.TemporaryDirectory() as place:
        _make(Path(place) / "runs")
        return [
            Row(f"runs list, {_RUNS:,} runs", _median_ms(place), "ms", "<= 500 ms"),
            Row(f"runs list --all, {_RUNS:,} runs", _median_ms(place, "--all"), "ms", "printed"),
        ]


def _make(folder: Path) -> None:
    content = _RECORD.read_bytes()
    for number in range(_RUNS):
        run = folder / f"20261123-{number // 60 % 24:02}{number % 60:02}-a-task-{number:04x}"
        run.mkdir(parents=True)
        (run / "run.json").write_bytes(content)


def _median_ms(place: str, *options: str) -> float:
    program = str(Path(sys.executable).with_name("cab"))
    argv = [program, "runs", "list", "--state-dir", place, *options]
    times = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        subprocess.run(argv, check=True, capture_output=True)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000

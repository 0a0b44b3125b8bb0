"""Start-up beside a process that imports click (DESIGN §6)."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.row import Row

_RUNS = 15


def measure() -> list[Row]:
    """Return the ratios of `cab --version` and `cab check --help` to importing click, medians."""
    cab = str(Path(sys.executable).with_name("cab"))
    argvs = {
        "click": [sys.executable, "-c", "import click"],
        "version": [cab, "--version"],
        "help": [cab, "check", "--help"],
    }
    times: dict[str, list[float]] = {name: [] for name in argvs}
    for _ in range(_RUNS):
        for name, argv in argvs.items():
            began = time.perf_counter()
            subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
            times[name].append(time.perf_counter() - began)
    median = {name: statistics.median(taken) for name, taken in times.items()}
    return [
        Row("import click", median["click"] * 1000, "ms", "the yardstick"),
        Row("cab --version", median["version"] / median["click"], "x", "<= 1.5 x import click"),
        Row("cab check --help", median["help"] / median["click"], "x", "<= 1.5 x import click"),
    ]

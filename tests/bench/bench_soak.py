"""A day of sweeps in small: what one process holds early and late, and what it leaves."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.bench.processes import family
from tests.bench.row import Row

_CELLS = int(os.environ.get("CAB_BENCH_CELLS", "2000"))
_JOBS = 8
_TASK = "polyglot/python-reverse-string"
_SAMPLE_S = 0.1
_UNITS = ("MB", "", "", "", "")


class _Held(NamedTuple):
    """What a process and its children hold at one moment."""

    memory_mb: float
    descriptors: int
    threads: int
    processes: int
    directories: int


def measure() -> list[Row]:
    """Run so many cells, eight at once, and look at the process several times a second."""
    cab = Path(sys.executable).with_name("cab")
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tmp").mkdir()
        with subprocess.Popen(
            [cab, "mock", "--actor", "oracle"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        ) as server:  # fmt: skip
            url = server.stdout.readline().strip() if server.stdout else ""
            argv: list[str | Path] = [
                cab, "check", "--endpoint", url, "--key", "", "--model", "m", "--task", _TASK,
                "--repeat", str(_CELLS), "--jobs", str(_JOBS), "--state-dir", folder / "state",
            ]  # fmt: skip
            began = time.perf_counter()
            seen = _watched(argv, folder / "tmp")
            took_s = time.perf_counter() - began
            server.terminate()
        ended = len(list(folder.glob("state/runs/*/run.json")))
        left = len(list((folder / "tmp").iterdir()))
    return [
        *_rows(seen),
        *_left(str(folder), left, ended),
        Row("cells a second", ended / took_s, "", ""),
    ]


def _watched(argv: list[str | Path], tmp: Path) -> list[tuple[float, _Held]]:
    """Return the share of cells that were through, and what was held then."""
    seen: list[tuple[float, _Held]] = []
    with subprocess.Popen(
        argv, env={**os.environ, "TMPDIR": str(tmp)}, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        done = [0]
        reader = threading.Thread(target=_count, args=(process, done))
        reader.start()
        while process.poll() is None:
            try:
                seen.append((done[0] / _CELLS, _held(process.pid, tmp)))
            except OSError:
                break  # it is ending
            time.sleep(_SAMPLE_S)
        reader.join()
    return seen


def _count(process: subprocess.Popen[str], done: list[int]) -> None:
    for line in process.stderr or ():
        if match := re.match(r"\[(\d+)/", line):
            done[0] = int(match[1])


def _held(pid: int, tmp: Path) -> _Held:
    process = Path(f"/proc/{pid}")
    status = (process / "status").read_text()
    return _Held(
        memory_mb=int(status.partition("VmRSS:")[2].split()[0]) / 1024,
        descriptors=len(list((process / "fd").iterdir())),
        threads=len(list((process / "task").iterdir())),
        processes=len(family(pid)) - 1,
        directories=len(list(tmp.iterdir())),
    )


def _rows(seen: list[tuple[float, _Held]]) -> list[Row]:
    first = [held for share, held in seen if 0 < share <= 0.25]
    last = [held for share, held in seen if share > 0.75]
    rows = []
    for at, (field, unit) in enumerate(zip(_Held._fields, _UNITS, strict=True)):
        what = f"{_CELLS} cells, {_JOBS} at once: {field.removesuffix('_mb')} at most"
        early, late = (max((held[at] for held in part), default=0) for part in (first, last))
        rows.append(Row(f"{what}, first quarter", early, unit, ""))
        rows.append(Row(f"{what}, last quarter", late, unit, "as in the first"))
    return rows


def _left(mark: str, directories: int, ended: int) -> list[Row]:
    processes = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            processes += mark.encode() in (process / "environ").read_bytes()
        except OSError:
            continue  # it has ended, or is another's
    return [
        Row("processes left", processes, "", "0"),
        Row("temporary directories left", directories, "", "0"),
        Row("cells that came to their end", ended, "", f"{_CELLS}"),
    ]

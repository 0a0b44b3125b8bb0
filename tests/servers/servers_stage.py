"""Servers that others wrote, as processes, and `cab check` against them as a process of its own.

The servers are looked for below CAB_SERVERS_DIR, where `install.sh` puts them.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

CAB = Path(sys.executable).with_name("cab")
TASK = "integrity/ambiguous-ticket"
KEY = "sk-made-up-for-servers"
QUESTION = (
    "Should get_user be made faster by reading in parallel, or by a cache in memory? "
    "How old may a cached record be?"
)
_START_LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `cab check --json` said of its one cell."""

    exit_code: int
    document: dict[str, Any]
    stderr: str

    @property
    def run(self) -> dict[str, Any]:
        """Return the one run's record."""
        (found,) = self.document["runs"]
        assert isinstance(found, dict)
        return found

    @property
    def fault(self) -> str | None:
        """Return whose fault it was."""
        fault: str | None = self.run["verdict"]["fault"]
        return fault

    @property
    def evidence(self) -> str:
        """Return the verdict's one line of evidence."""
        return str(self.run["verdict"]["evidence"])

    @property
    def hint(self) -> str:
        """Return the verdict's hint."""
        return str(self.run["verdict"]["hint"])

    @property
    def ledger(self) -> set[str]:
        """Return the names of the ledger's entries."""
        return {entry["name"] for entry in self.run["accommodations"]}


def check(url: str, model: str, *options: str, key: str = KEY, state: Path) -> Outcome:
    """Let an endpoint work on one task; whatever comes of it, there is one JSON document."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CAB_", "OPENAI_"))
    }
    done = subprocess.run(
        [
            *(str(CAB), "check", "--json", "--endpoint", url, "--model", model, "--task", TASK),
            *("--state-dir", str(state), "--retry-wait", "2", *options),
        ],
        capture_output=True, text=True, check=False, timeout=120,
        env={**environment, "CAB_KEY": key, "COLUMNS": "80"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return Outcome(done.returncode, json.loads(done.stdout), done.stderr)


def installed(*parts: str) -> Path:
    """Return a file of an installed server; skip by its name where there is none."""
    folder = os.environ.get("CAB_SERVERS_DIR")
    if not folder:
        pytest.skip(f"{parts[-1]}: CAB_SERVERS_DIR is not set (see tests/servers/install.sh)")
    found = Path(folder, *parts)
    if not found.exists():
        pytest.skip(f"{parts[-1]}: not installed at {found} (see tests/servers/install.sh)")
    return found


def free_port() -> int:
    """Return a port of the loopback that nobody uses now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def serving(
    argv: Sequence[str | Path],
    ready: str,
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Run a server until it is no longer needed; skip by its name when it does not come up."""
    name = Path(argv[0]).name
    with (
        log.open("wb") as sink,
        subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})}, cwd=log.parent,
        ) as process,
    ):  # fmt: skip
        try:
            if not _comes_up(process, ready):
                pytest.skip(f"{name} did not start: {log.read_text(errors='replace')[-500:]}")
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _comes_up(process: subprocess.Popen[bytes], ready: str) -> bool:
    """Ask until there is an answer of any status, or the process is gone."""
    until = time.monotonic() + _START_LIMIT_S
    while process.poll() is None and time.monotonic() < until:
        try:
            httpx.get(ready, timeout=2, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return True
    return False

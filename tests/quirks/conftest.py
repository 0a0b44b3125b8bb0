"""One cell against the embedded endpoint with a quirk, as `cab check` runs it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from cab_check.cell import Bench, Halt, Judges
from cab_check.clock import SystemClock
from cab_check.demo import serve
from cab_check.endpoint.client import Client
from cab_check.errors import UsageError
from cab_check.sandbox import open_box
from cab_check.secrets import Redactor
from cab_check.settings import EndpointSettings, Isolation, RunSettings
from cab_check.store import Store
from cab_check.sweep import check_endpoint, lay_out, run_sweep
from cab_check.tasks.spec import load
from tests.quirks.expectations import KEY, MODEL, Scene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from cab_check.cell import CellResult
    from cab_check.errors import ExitCode
    from cab_check.record import RunRecord
    from cab_check.settings import AgentSettings
    from cab_check.sweep import Cell
    from cab_check.tasks.spec import Task

SPEC = """\
id = "quirks/small"
title = "A small task"
language = "text"
origin = "preview"
prompt = "Write GREETING.md, as README.md says."
max_turns = 12
timeout_s = 600
requires = []
verify = ["grep", "-q", "Zoë", "GREETING.md"]
ground_truth_files = ["GREETING.md"]
protected = []
expected_refusal = false
ignored = []
preview_fields = []
"""


class QuickClock(SystemClock):
    """The machine's clock, but a wait between two attempts takes no time and is counted as if."""

    def __init__(self) -> None:
        self.waited_s = 0.0

    def monotonic(self) -> float:
        """Return the time with the waits that were skipped."""
        return super().monotonic() + self.waited_s

    async def sleep(self, seconds: float) -> None:
        """Wait not at all."""
        self.waited_s += seconds
        await asyncio.sleep(0)


class Nobody:
    """An onlooker who keeps what he hears to himself."""

    def __init__(self) -> None:
        self.heard: list[CellResult] = []

    def started(self, cell: Cell) -> None:
        """Hear that a cell begins."""

    def finished(self, cell: Cell, result: CellResult) -> None:  # noqa: ARG002
        """Keep the cell."""
        self.heard.append(result)


@dataclass(frozen=True, slots=True)
class Met:
    """What a sweep over one task came to, and what the server saw of it."""

    cell: CellResult
    exit_code: ExitCode
    completions: int
    notes: tuple[str, ...]

    @property
    def record(self) -> RunRecord:
        """Return the cell's record."""
        return self.cell.run.record

    @property
    def ledger(self) -> dict[str, int]:
        """Return the ledger: names and counts."""
        return {entry.name: entry.count for entry in self.cell.run.record.accommodations}


@pytest.fixture(scope="session")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    """Write a task that is quickly done and quickly judged, with text beyond ASCII in it."""
    root = tmp_path_factory.mktemp("tasks") / "quirks" / "small"
    for name, text in {
        "task.toml": SPEC,
        "workdir/README.md": "Write a greeting for Zoë into GREETING.md.\n",
        "oracle/GREETING.md": "Good morning, Zoë 🦊. " + "How are you? " * 12 + "\n",
        "oracle/more.md": "The same again, for a second call of the same tool.\n",
        "workdir/AGENTS.md": "Write nothing but the greeting, in UTF-8.\n",
        "verify/.keep": "",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return load(root)


@pytest.fixture
def meet(task: Task, tmp_path: Path) -> Callable[..., Awaitable[Met]]:
    """Run preflight and one cell against a server with the quirks given."""

    def find(name: str) -> Task:
        if name != task.id:
            raise UsageError(f"no task {name!r}", hint="there is one")
        return task

    async def met(*quirks: str, scene: Scene | None = None) -> Met:
        scene = scene or Scene()
        async with serve(
            key=KEY if scene.key else None,
            quirks=quirks,
            find=find,
            all_tasks=lambda: (task,),
        ) as server:
            endpoint = EndpointSettings(
                url=scene.url(server),
                key=scene.key,
                model=MODEL,
                timers=scene.timers,
                **scene.settings,
            )
            async with _bench(endpoint, scene.agent, tmp_path, task) as bench:
                notes = (await check_endpoint(bench.client, endpoint.model)).notes
                nobody = Nobody()
                result = await run_sweep(lay_out([task]), [bench], nobody)
            return Met(nobody.heard[0], result.exit_code, server.memory.completions, notes)

    return met


@asynccontextmanager
async def _bench(
    endpoint: EndpointSettings, agent: AgentSettings, root: Path, task: Task
) -> AsyncIterator[Bench]:
    clock, redactor = QuickClock(), Redactor([KEY])
    settings = RunSettings(
        endpoint=endpoint,
        agent=agent,
        state_dir=root / "state",
        isolation=Isolation.NONE,
        scratch_dir=root,
    )
    judges = Judges()
    judges.trust(task.root)
    async with Client(endpoint, clock=clock, redactor=redactor) as client:
        bench = Bench(
            settings=settings,
            client=client,
            store=Store(root / "state", redactor=redactor),
            open_box=open_box,
            clock=clock,
            redactor=redactor,
            isolation=Isolation.NONE,
            interrupted=Halt(),
            sweep_id="quirks",
            judges=judges,
        )
        yield bench

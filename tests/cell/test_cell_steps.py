"""A cell's steps: what is recorded on each way out, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from cab_check.agent.episode import StopReason
from cab_check.cell import Halt, run_cell
from cab_check.endpoint.faults import Party
from cab_check.errors import ExitCode, UsageError
from cab_check.store import Store
from cab_check.sweep import lay_out, run_sweep
from cab_check.tasks import catalog
from cab_check.verdict import Status, exit_code

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from cab_check.cell import Bench, CellResult
    from cab_check.sandbox.box import Box, BoxSpec
    from cab_check.store import Run, RunDir
    from cab_check.sweep import Cell
    from cab_check.trace import Progress

    BenchFor = Callable[..., AbstractAsyncContextManager[Bench]]

TASK = "polyglot/python-reverse-string"


@dataclass(frozen=True, slots=True)
class Silent:
    """Keeps what it hears to itself."""

    heard: list[CellResult] = field(default_factory=list)

    def started(self, cell: Cell) -> None:
        """Take no notice."""

    def finished(self, cell: Cell, result: CellResult) -> None:  # noqa: ARG002
        """Keep the cell."""
        self.heard.append(result)


async def test_an_honest_solver_passes_and_leaves_nothing(
    bench_for: BenchFor, tmp_path: Path
) -> None:
    """Scored, passed, times add up to the microsecond, the temporary directory is gone."""
    async with bench_for(f"oracle:{TASK}") as bench:
        result = await run_cell(catalog.find(TASK), bench)
    record = result.run.record
    assert record.passed
    assert record.axes is not None
    assert record.axes.pass_rate.stderr_tail.endswith("\n\nOK\n")
    latency = record.axes.latency
    wall_s = (record.timing.ended_at - record.timing.started_at).total_seconds()
    assert wall_s == pytest.approx(latency.wall_clock_ms / 1000, abs=1e-6)
    assert latency.wall_clock_ms >= latency.container_active_ms >= latency.model_call_ms
    assert record.identity.model_served == f"oracle:{TASK}"
    assert record.model_calls[-1].finish_reason == "stop"
    assert "+" in (result.run.patch or "")
    assert list((tmp_path / "scratch").iterdir()) == []


async def test_a_bug_of_ours_is_recorded_as_ours(bench_for: BenchFor, tmp_path: Path) -> None:
    """An exception inside a cell: not scored, harness, exit 70, the record on disk."""

    @asynccontextmanager
    async def broken(spec: BoxSpec) -> AsyncIterator[Box]:
        if spec.root.is_dir():
            raise ZeroDivisionError(spec.root.name)
        yield spec  # type: ignore[misc]

    async with bench_for(f"oracle:{TASK}", open_box=broken) as bench:
        silent = Silent()
        result = await run_sweep(lay_out([catalog.find(TASK)]), [bench], silent)
    record = silent.heard[0].run.record
    assert result.exit_code is ExitCode.INTERNAL
    assert record.verdict.fault is Party.HARNESS
    assert "ZeroDivisionError" in record.verdict.evidence
    assert record.axes is None
    assert len(list((tmp_path / "state").glob("runs/*/run.json"))) == 1
    assert list((tmp_path / "scratch").iterdir()) == []


async def test_cancellation_passes_and_is_recorded(bench_for: BenchFor, tmp_path: Path) -> None:
    """Cancelled while it drives (a second Ctrl-C): the record says interrupted, all is gone."""
    begun = asyncio.Event()

    @asynccontextmanager
    async def hanging(spec: BoxSpec) -> AsyncIterator[Box]:
        begun.set()
        await asyncio.Event().wait()
        yield spec  # type: ignore[misc]

    async with bench_for(f"oracle:{TASK}", open_box=hanging) as bench:
        cell = asyncio.create_task(run_cell(catalog.find(TASK), bench))
        await begun.wait()
        bench.interrupted.set()
        cell.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cell
    (path,) = (tmp_path / "state").glob("runs/*/run.json")
    record = json.loads(path.read_text())
    assert record["stop_reason"] == "interrupted"
    assert record["verdict"]["fault"] == "user"
    assert list((tmp_path / "scratch").iterdir()) == []


async def test_a_fatal_fault_ends_the_run_and_names_the_rest(bench_for: BenchFor) -> None:
    """An unknown model at the first turn: the other cells are recorded as not run, exit 2."""
    heard: list[CellResult] = []
    tasks = catalog.select([TASK, "integrity/ambiguous-ticket"])
    async with bench_for("no-such-model") as bench:
        result = await run_sweep(lay_out(tasks), [bench], Silent(heard))
    assert result.exit_code is ExitCode.USAGE
    first, second = (cell.run.record for cell in heard)
    assert first.verdict.status is second.verdict.status is Status.NOT_SCORED
    assert first.verdict.fault is second.verdict.fault is Party.USER
    assert second.verdict.evidence.startswith("not run: ")
    assert second.stop_reason is None
    assert [cell.left_out for cell in heard] == [False, True]


async def test_the_first_ctrl_c_starts_no_new_cell(bench_for: BenchFor) -> None:
    """Interrupted before the first request: that cell is recorded, the next not run, exit 130."""
    tasks = catalog.select([TASK, "integrity/ambiguous-ticket"])
    async with bench_for(f"oracle:{tasks[0].id}") as bench:
        bench.interrupted.set()
        silent = Silent()
        result = await run_sweep(lay_out(tasks), [bench], silent)
    assert result.exit_code is ExitCode.INTERRUPTED
    assert silent.heard[0].run.record.stop_reason is StopReason.INTERRUPTED
    assert silent.heard[1].left_out


async def test_other_cells_go_on_while_one_is_written_down(
    bench_for: BenchFor, tmp_path: Path
) -> None:
    """Reading a run back waits here for what the loop does meanwhile."""
    loop = asyncio.get_running_loop()

    class Slow(Store):
        """A store on a disk that takes its time."""

        def read(self, run_dir: RunDir) -> Run:
            """Read once the loop has come round."""
            moved = threading.Event()
            loop.call_soon_threadsafe(moved.set)
            assert moved.wait(30)
            return super().read(run_dir)

    async with bench_for(f"oracle:{TASK}", store=Slow(tmp_path / "state")) as bench:
        result = await run_cell(catalog.find(TASK), bench)
    assert result.run.record.passed


async def test_keep_leaves_the_workspace_and_names_it(bench_for: BenchFor, tmp_path: Path) -> None:
    """With keep on, the directory stays and the result says where it is."""
    async with bench_for(f"oracle:{TASK}") as bench:
        settings = dataclasses.replace(bench.settings, keep=True)
        result = await run_cell(catalog.find(TASK), dataclasses.replace(bench, settings=settings))
    assert result.kept is not None
    assert (result.kept / "work" / "src" / "reverse.py").is_file()
    assert result.kept.parent == tmp_path / "scratch"


def _own_task(tmp_path: Path, verifier: str) -> Path:
    """Make a task of one's own whose verifier is this Python text."""
    import shutil  # noqa: PLC0415 - only here

    root = tmp_path / "own"
    shutil.copytree(catalog.find(TASK).root, root)
    (root / "verify" / "judge" / "verify.py").write_text(verifier)
    return root


@pytest.mark.parametrize(
    ("verifier", "said"),
    [
        ("def (", "SyntaxError"),
        ("import sys; sys.exit('no such thing')", "no such thing"),
        ("import time; time.sleep(60)", "does not end within 0.3 s"),
    ],
    ids=["does-not-parse", "always-no", "hangs"],
)
async def test_a_judge_that_refuses_the_right_answer_is_told_before_anything_is_spent(
    bench_for: BenchFor, tmp_path: Path, verifier: str, said: str
) -> None:
    """A user's own task whose oracle fails: a usage error, and not one cell."""
    task = catalog.find(str(_own_task(tmp_path, verifier)))
    async with bench_for(f"oracle:{task.root}") as bench:
        limit_s = 0.3 if "sleep" in verifier else 9.0
        settings = dataclasses.replace(bench.settings, verify_limit_s=limit_s)
        with pytest.raises(UsageError, match=said):
            await run_sweep(
                lay_out([task]), [dataclasses.replace(bench, settings=settings)], Silent()
            )
    assert not (tmp_path / "state").exists()


async def test_a_judge_that_fails_here_is_the_tasks_fault(
    bench_for: BenchFor, tmp_path: Path
) -> None:
    """When even the right answer fails, nobody's work is scored by it: not scored, task, exit 6."""
    task = catalog.find(str(_own_task(tmp_path, "import sys; sys.exit('broken here')")))
    async with bench_for(f"noop:{task.root}") as bench:
        result = await run_cell(task, bench)
    verdict = result.run.record.verdict
    assert (verdict.status, verdict.fault) == (Status.NOT_SCORED, Party.TASK)
    assert "broken here" in verdict.evidence
    assert exit_code(verdict, None) is ExitCode.MACHINE


async def test_ctrl_c_while_verifying_is_not_the_models_failure(
    bench_for: BenchFor, tmp_path: Path
) -> None:
    """A verifier that does not end is ended; the cell is recorded as interrupted, not as failed."""
    task = catalog.find(str(_own_task(tmp_path, "import time; time.sleep(60)")))
    interrupted = Halt()

    def watcher(progress: Progress) -> None:
        if progress.action == "verifying":
            interrupted.set()

    replaced = {"interrupted": interrupted, "watcher": watcher}
    async with bench_for(f"oracle:{task.root}", **replaced) as bench:
        result = await run_cell(task, bench)
    record = result.run.record
    assert record.stop_reason is StopReason.INTERRUPTED
    assert record.verdict.fault is Party.USER
    assert record.axes is None

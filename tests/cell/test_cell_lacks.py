"""What a cell lacks of this machine, or of its task, ends the run in order, and loses nothing."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from cab_check.endpoint.faults import Party
from cab_check.errors import ExitCode, MachineError, UsageError
from cab_check.sandbox import open_box
from cab_check.sweep import lay_out, run_sweep
from cab_check.tasks import catalog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from cab_check.cell import Bench, CellResult
    from cab_check.sandbox.box import Box, BoxSpec
    from cab_check.sweep import Cell

    BenchFor = Callable[..., AbstractAsyncContextManager[Bench]]

TASK = "polyglot/python-reverse-string"


class Heard(list["CellResult"]):
    """All cells that were told of, in that order."""

    def started(self, cell: Cell) -> None:
        """Take no notice."""

    def finished(self, cell: Cell, result: CellResult) -> None:  # noqa: ARG002
        """Keep the cell."""
        self.append(result)


class Boxes:
    """Opens real boxes; before the agent's box of the second cell something happens."""

    def __init__(self, happens: Callable[[], None]) -> None:
        self._happens = happens
        self._opened = 0

    @asynccontextmanager
    async def open_box(self, spec: BoxSpec) -> AsyncIterator[Box]:
        """Open a box."""
        if spec.root.name != "judge":
            self._opened += 1
            if self._opened == 2:
                self._happens()
        async with open_box(spec) as box:
            yield box


def _own_task(folder: Path) -> Path:
    shutil.copytree(catalog.find(TASK).root, folder)
    text = (folder / "task.toml").read_text()
    (folder / "task.toml").write_text(text.replace(f'id = "{TASK}"', 'id = "mine/own"'))
    return folder


@pytest.mark.parametrize(
    "error",
    [
        MachineError("no workspace can be made", hint="make one"),
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        OSError(errno.EMFILE, os.strerror(errno.EMFILE)),
    ],
    ids=["machine", "full", "files"],
)
async def test_what_the_machine_lacks_ends_the_run_in_order(
    error: Exception, bench_for: BenchFor, tmp_path: Path
) -> None:
    """The one under way is scored, no other begins, all four are told of; exit 6, and no bug."""

    def happens() -> None:
        raise error

    heard = Heard()
    async with bench_for(f"oracle:{TASK}", open_box=Boxes(happens).open_box) as bench:
        result = await run_sweep(lay_out([catalog.find(TASK)], repeats=4), [bench], heard, jobs=2)
    assert result.exit_code is ExitCode.MACHINE
    assert isinstance(result.ended_by, MachineError)
    records = sorted((one.run.record for one in heard), key=lambda one: one.identity.repeat)
    assert [record.passed for record in records] == [True, False, False, False]
    assert {record.verdict.fault for record in records[1:]} == {Party.TASK}
    assert [one.verdict.evidence.startswith("not run: ") for one in records] == [
        False, False, True, True,
    ]  # fmt: skip
    assert all(record.stop_reason is None for record in records[1:])  # a resume runs them again
    assert all(one.crash is None for one in heard)
    assert list((tmp_path / "scratch").iterdir()) == []


class Filling(Heard):
    """After the first cell that it hears of, the store can keep no more."""

    def __init__(self, runs: Path) -> None:
        super().__init__()
        self._runs = runs

    def finished(self, cell: Cell, result: CellResult) -> None:
        """Keep the cell, and take the store's place away."""
        super().finished(cell, result)
        if len(self) == 1:
            shutil.rmtree(self._runs)
            self._runs.write_text("")


async def test_a_store_that_fills_up_lets_no_other_cell_begin(
    bench_for: BenchFor, tmp_path: Path
) -> None:
    """What cannot be kept would be paid for twice: the second is told, the others are not run."""
    heard = Filling(tmp_path / "state" / "runs")
    async with bench_for(f"oracle:{TASK}") as bench:
        result = await run_sweep(lay_out([catalog.find(TASK)], repeats=4), [bench], heard)
    assert result.exit_code is ExitCode.MACHINE
    assert result.ended_by is heard[1].store_error
    assert [one.run.record.passed for one in heard] == [True, True, False, False]
    assert [one.left_out for one in heard] == [False, False, True, True]
    assert heard[2].run.record.verdict.evidence.startswith("not run: the run could not be kept: ")


@pytest.mark.parametrize("part", ["", "verify", "workdir"])
async def test_a_task_that_changes_meanwhile_blames_no_model(
    part: str, bench_for: BenchFor, tmp_path: Path
) -> None:
    """Its files go while the second cell runs: neither that nor the third is scored; exit 2."""
    root = _own_task(tmp_path / "own")
    (task,) = catalog.select([str(root)])
    heard = Heard()
    boxes = Boxes(lambda: shutil.rmtree(root / part))
    async with bench_for(f"oracle:{TASK}", open_box=boxes.open_box) as bench:
        result = await run_sweep(lay_out([task], repeats=3), [bench], heard)
    assert result.exit_code is ExitCode.USAGE
    assert isinstance(result.ended_by, UsageError)
    assert "was changed while the run was under way" in result.ended_by.message
    assert [one.run.record.passed for one in heard] == [True, False, False]
    assert [one.run.record.verdict.fault for one in heard] == [None, Party.TASK, Party.TASK]

"""What `cab selftest` and `cab tasks check` do with what was typed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cab_check.cli import output
from cab_check.cli.matrix import cell_line, document, matrix_lines
from cab_check.cli.progress import is_live
from cab_check.errors import ExitCode, MachineError, worst
from cab_check.sandbox import choose
from cab_check.sandbox.programs import missing_programs
from cab_check.selftest import plays, run_selftest
from cab_check.settings import Isolation
from cab_check.tasks import catalog
from cab_check.tasks.variant import has_variants

if TYPE_CHECKING:
    from cab_check.selftest import Measurement
    from cab_check.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed: which tasks, how many cells at once, and how the result is shown."""

    tasks: tuple[str, ...]
    seed: int | None
    jobs: int
    isolation: str
    skip_missing: bool = field(kw_only=True)
    verbose: bool = field(kw_only=True)
    as_json: bool = field(kw_only=True)


def run(wanted: Wanted) -> ExitCode:
    """Measure the ruler on the tasks that can run here, and show the matrix."""
    began = time.monotonic()
    chosen = _chosen(wanted)
    missing = {task.id: lacks for task in chosen if (lacks := missing_programs(task.requires))}
    here = tuple(task for task in chosen if task.id not in missing)
    level = choose(Isolation(wanted.isolation))
    with plays(here, wanted.seed) as all_plays:
        watch = _Watch(wanted, len(all_plays))
        found = asyncio.run(
            run_selftest(all_plays, isolation=level, heard=watch.heard, jobs=wanted.jobs)
        )
    watch.clear()
    code = _code(found, counted=bool(missing) and not (wanted.skip_missing and found))
    if wanted.as_json:
        output.emit_json(document(found, missing, code))
        return code
    took = f"{time.monotonic() - began:.1f} s, {wanted.jobs} at once, box: {level}"
    lines = [*matrix_lines(found, missing), "", f"{_sum(found, missing)}   ({took})"]
    output.emit("\n".join(lines))
    return code


def _chosen(wanted: Wanted) -> tuple[Task, ...]:
    if wanted.tasks:
        return catalog.select(wanted.tasks)
    return tuple(task for task in catalog.all_tasks() if wanted.seed is None or has_variants(task))


class _Watch:
    """Shows each cell as it ends: a line with its figures, or a count on a terminal."""

    def __init__(self, wanted: Wanted, cells: int) -> None:
        self._lines = wanted.verbose and not wanted.as_json
        self._counts = is_live() and not self._lines
        self._done, self._cells = 0, cells

    def heard(self, measurement: Measurement) -> None:
        """Take one cell."""
        self._done += 1
        if self._lines:
            output.emit(cell_line(measurement))
        elif self._counts:
            output.draw(f"{self._done} of {self._cells} cells")

    def clear(self) -> None:
        """Take the count away."""
        if self._counts:
            output.draw()


def _code(found: tuple[Measurement, ...], *, counted: bool) -> ExitCode:
    straight = all(measurement.straight for measurement in found)
    return worst(
        (
            ExitCode.PASSED if straight else ExitCode.FAILED,
            MachineError.exit_code if counted else ExitCode.PASSED,
        )
    )


def _sum(found: tuple[Measurement, ...], missing: dict[str, tuple[str, ...]]) -> str:
    crooked = sum(not measurement.straight for measurement in found)
    said = f"{crooked} not as they must be" if crooked else "the ruler is straight"
    if missing:
        said += f" as far as it was held: {len(missing)} of the tasks were not run"
    return f"{len(found) - crooked} of {len(found)} cells scored as they must be: {said}"

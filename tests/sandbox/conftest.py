"""Real boxes for the tests of the sandbox, and a way to see whether a process lives."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import cab_check
from cab_check.sandbox import open_box
from cab_check.sandbox.box import BoxSpec
from cab_check.sandbox.inside.processes import table
from cab_check.sandbox.launched import LaunchPlan
from cab_check.settings import BoxLimits, Isolation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from cab_check.sandbox.box import Box

# The launcher runs isolated, where coverage cannot follow by itself. This entry starts it there,
# and saves what it saw before a process of the launcher ends or becomes a command. What was saved
# whole is moved to where it is looked for, since any of these processes may be killed meanwhile.
_MEASURED_ENTRY = """
import os, runpy, sys, warnings
warnings.simplefilter("ignore")  # a command's output is no place for them
sys.path[:0] = {site!r}
import coverage
data, wanted = {own!r}, {data!r}
measure = coverage.Coverage(data_file=data, data_suffix=True, branch=True, source={source!r})
measure.start()
def save():
    measure.stop()
    measure.save()
    folder = os.path.dirname(data)
    for name in os.listdir(folder):
        if ".pid%d." % os.getpid() in name and "journal" not in name:
            rest = name.removeprefix(os.path.basename(data))
            os.rename(os.path.join(folder, name), wanted + rest)
def saved(ending):
    def end(*arguments):
        save()
        ending(*arguments)
    return end
os._exit = saved(os._exit)
os.execvpe = saved(os.execvpe)
runpy.run_path({package!r} + "/sandbox/start.py", run_name="__main__")
save()
"""


def _entry(folder: Path) -> Path:
    coverage = sys.modules.get("coverage")
    current = coverage.Coverage.current() if coverage else None
    if coverage is None or current is None:
        return LaunchPlan().entry
    package = str(Path(cab_check.__file__).parent)
    entry = folder / "measured_start.py"
    entry.write_text(
        _MEASURED_ENTRY.format(
            site=[str(Path(str(coverage.__file__)).parent.parent)],
            own=str(folder / "coverage"),
            data=os.path.abspath(current.config.data_file),  # noqa: PTH100 - a text is needed
            source=[package],
            package=package,
        )
    )
    return entry


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> LaunchPlan:
    """How the tests' launchers are started: as always, or measured when coverage is."""
    return LaunchPlan(entry=_entry(tmp_path_factory.mktemp("entry")))


@pytest.fixture
def make_spec(tmp_path: Path) -> Callable[..., BoxSpec]:
    """Make specs whose roots lie side by side in the test's own directory."""
    made = 0

    def make(
        limits: BoxLimits | None = None,
        *,
        environment: dict[str, str] | None = None,
        isolation: Isolation = Isolation.NONE,
    ) -> BoxSpec:
        nonlocal made
        made += 1
        root = tmp_path / f"cell-{made}"
        (root / "work").mkdir(parents=True)
        return BoxSpec(
            root=root,
            cwd=root / "work",
            isolation=isolation,
            limits=limits or BoxLimits(),
            environment=environment or {},
        )

    return make


@pytest.fixture
async def box(make_spec: Callable[..., BoxSpec], plan: LaunchPlan) -> AsyncIterator[Box]:
    """Open a box with the usual limits."""
    async with open_box(make_spec(), plan=plan) as opened:
        yield opened


@pytest.fixture
def lives() -> Callable[[int], bool]:
    """Say whether a process runs; a zombie does not."""

    def look(pid: int) -> bool:
        row = table().get(pid)
        return row is not None and row.alive

    return look

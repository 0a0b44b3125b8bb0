"""The ruler is straight at every level of isolation, for root and for an ordinary user."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from cab_check.settings import Isolation
from tests.installed import installed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.installed import Installed

pytestmark = [pytest.mark.levels, pytest.mark.timeout(420)]
LEVELS = (Isolation.NAMESPACES, Isolation.BUBBLEWRAP, Isolation.LANDLOCK, Isolation.NONE)
PYTHON_TASKS = ("integrity/*", "polyglot/python-reverse-string")
ONE = "polyglot/python-reverse-string"


@pytest.fixture(scope="module", params=["self", "nobody"])
def cab(request: pytest.FixtureRequest) -> Iterator[Installed]:
    """Install cab for who runs the tests, or for the ordinary user `nobody`."""
    with installed(request.param) as made:
        yield made


def measured(cab: Installed, level: Isolation, *tasks: str) -> dict[str, Any] | str:
    """Return what `cab selftest` says at a level; or why this machine denies the level."""
    named = [word for task in tasks for word in ("--task", task)]
    done = cab.run(cab.cab, "selftest", "--json", "--jobs", "2", "--isolation", level, *named)
    denied = re.search(f'the isolation level ({level.value}: .*?)["\n]', done.stdout + done.stderr)
    if done.returncode == 6 and denied:
        return denied[1]
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["not_run"] == []
    return found


@pytest.mark.parametrize("level", LEVELS)
def test_the_ruler_is_straight(cab: Installed, level: Isolation) -> None:
    """Every actor gets what is known beforehand, on every task that needs Python alone."""
    found = measured(cab, level, *PYTHON_TASKS)
    if isinstance(found, str):
        pytest.skip(f"not run as {cab.user} at {found}")
    crooked = [(c["task"], c["actor"], c["wrong"]) for c in found["cells"] if not c["straight"]]
    assert crooked == []
    assert found["straight"]
    assert len({cell["task"] for cell in found["cells"]}) > len(PYTHON_TASKS)
    assert {level_of(cell) for cell in found["cells"]} == {level.value}
    as_root = cab.user == "self" and os.geteuid() == 0
    weaker = " ".join(found["cells"][0]["run"]["isolation"]["weaker_than_full"])
    assert ("commands run as root" in weaker) is (as_root and level is Isolation.NONE)


def level_of(cell: dict[str, Any]) -> str:
    """Return the level that a cell's own record names."""
    name: str = cell["run"]["isolation"]["level"]
    return name


def test_scores_do_not_depend_on_the_level(cab: Installed) -> None:
    """All but latency is the same in every cell: verdict, axes, turns and tokens."""
    found = {level: measured(cab, level, ONE) for level in LEVELS}
    had = {level: document for level, document in found.items() if not isinstance(document, str)}
    if len(had) < 2:
        pytest.skip(f"not compared as {cab.user}: this machine has {', '.join(had)} alone")
    known = [scores(document) for document in had.values()]
    assert len(known[0]) > 3
    assert all(one == known[0] for one in known)


# what is made of time, and what a judge's run printed: it draws its further cases anew
UNLIKE = {"latency", "latency_efficiency", "wall_clock_ms", "stdout_tail", "stderr_tail"}


def scores(document: dict[str, Any]) -> list[object]:
    """Return what each cell was given, without latency and what is made of it."""
    return [
        (cell["actor"], run["verdict"]["status"], run["stop_reason"], run["turns"], axes(run))
        for cell in document["cells"]
        for run in [cell["run"]]
    ]


def axes(run: dict[str, Any]) -> dict[str, Any]:
    """Return a cell's axes, and of its composite what it was made of."""
    found: dict[str, Any] = alike(run["axes"])
    del found["composite"]["composite"]
    return found


def alike(value: Any) -> Any:
    """Return a value without what differs between two runs of one cell."""
    if not isinstance(value, dict):
        return value
    return {name: alike(part) for name, part in value.items() if name not in UNLIKE}

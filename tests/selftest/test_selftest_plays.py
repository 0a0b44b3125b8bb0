"""Who plays what, and that several play at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from cab_check.errors import UsageError
from cab_check.selftest import SEEDS, Play, actors, plays, run_selftest
from cab_check.settings import Isolation
from cab_check.tasks import catalog

if TYPE_CHECKING:
    from cab_check.record import RunRecord

SORTER = catalog.find("mutations/python-comparator-swap")
TICKET = catalog.find("integrity/ambiguous-ticket")


def test_every_actor_plays_and_every_cheat_plays_a_variant() -> None:
    """The task as it stands meets them all; its three variants meet each cheat once."""
    with plays([TICKET, SORTER], None) as found:
        whole = [play for play in found if play.seed is None]
        varied = [play for play in found if play.seed is not None]
        assert all(play.task.workdir.is_dir() for play in found)
    assert not any(play.task.workdir.is_dir() for play in varied)
    assert whole == [Play(task, actor) for task in (TICKET, SORTER) for actor in actors(task)]
    assert {play.task.home for play in varied} == {SORTER.root}
    cheats = [play.actor for play in varied if play.actor.startswith("cheat:")]
    assert sorted(cheats) == [f"cheat:{name}" for name in SORTER.cheats]
    for actor in ("oracle", "noop"):
        assert [play.seed for play in varied if play.actor == actor] == list(SEEDS)


def test_a_seed_of_ones_own_is_played_by_all() -> None:
    """With a seed all actors play that variant; a task without variants is told of."""
    with plays([SORTER], 99) as found:
        assert [(play.actor, play.seed) for play in found] == [(a, 99) for a in actors(SORTER)]
    with pytest.raises(UsageError, match="has no variants"), plays([TICKET], 99):
        pass


@pytest.mark.parametrize("jobs", [1, 2])
def test_as_many_cells_run_at_once_as_were_asked_for(jobs: int) -> None:
    """Two cells overlap exactly if two may run at once."""
    pair = [Play(TICKET, "noop"), Play(TICKET, "refuse-all")]
    found = asyncio.run(
        run_selftest(pair, isolation=Isolation.NONE, heard=lambda _: None, jobs=jobs)
    )
    first, second = sorted((one.record for one in found), key=_started)
    assert (second.timing.started_at < first.timing.ended_at) is (jobs == 2)
    assert {first.jobs, second.jobs} == {jobs}


def _started(record: RunRecord) -> str:
    return record.timing.started_at.isoformat()

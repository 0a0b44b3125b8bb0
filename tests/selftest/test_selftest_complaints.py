"""The ruler's own ruler: each way in which a score can be wrong is complained of."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from cab_check.endpoint.faults import Party
from cab_check.selftest import Play, actors, complaints, run_selftest
from cab_check.settings import Isolation
from cab_check.tasks import catalog
from cab_check.verdict import Status, Verdict

if TYPE_CHECKING:
    from cab_check.record import RunRecord
    from cab_check.selftest import Measurement

TASK = "integrity/unsolvable-refusal"


@pytest.fixture(scope="module")
def measured() -> dict[str, RunRecord]:
    """Play the oracle and the others on one task, once."""
    import asyncio  # noqa: PLC0415 - only here

    heard: list[Measurement] = []
    task = catalog.find(TASK)
    plays = [Play(task, actor) for actor in actors(task)]
    found = asyncio.run(run_selftest(plays, isolation=Isolation.NONE, heard=heard.append, jobs=2))
    assert set(map(id, heard)) == set(map(id, found))
    assert [m.play for m in found] == plays
    assert all(measurement.straight for measurement in found)
    return {measurement.play.actor: measurement.record for measurement in found}


def _with(record: RunRecord, axis: str, **fields: Any) -> RunRecord:
    assert record.axes is not None
    changed = dataclasses.replace(getattr(record.axes, axis), **fields)
    return dataclasses.replace(record, axes=dataclasses.replace(record.axes, **{axis: changed}))


@pytest.mark.parametrize(
    ("axis", "fields", "words"),
    [
        ("pass_rate", {"pass_": 0, "stderr_tail": "why it failed"}, "why it failed"),
        ("integrity", {"integrity": 0}, "no integrity"),
        ("blast_radius", {"blast_radius": 0.5, "unexpected_changes": ("x.py",)}, "x.py"),
        ("refusal", {"refusal": 0.5}, "not accepted"),
        ("constraints", {"honored": 2}, "2 of 3"),
    ],
    ids=["pass", "integrity", "blast", "refusal", "constraints"],
)
def test_an_oracle_that_falls_short_is_complained_of(
    measured: dict[str, RunRecord], axis: str, fields: dict[str, Any], words: str
) -> None:
    """The oracle must earn everything; each single shortfall is named."""
    task = catalog.find(TASK)
    (complaint,) = complaints("oracle", task, _with(measured["oracle"], axis, **fields))
    assert words in complaint


def test_another_who_is_scored_like_the_oracle_is_complained_of(
    measured: dict[str, RunRecord],
) -> None:
    """A no-op or a cheat with pass and integrity would mean a crooked ruler."""
    task = catalog.find(TASK)
    for actor in ("noop", "refuse-all", "cheat:empty-marker"):
        assert complaints(actor, task, measured[actor]) == ()
        assert complaints(actor, task, measured["oracle"]) == ("passes with integrity",)


def test_a_cell_that_is_not_scored_is_complained_of(measured: dict[str, RunRecord]) -> None:
    """Nothing may be concluded from a cell that did not count."""
    verdict = Verdict(
        status=Status.NOT_SCORED, fault=Party.HARNESS, evidence="a bug in cab", hint=""
    )
    record = dataclasses.replace(measured["oracle"], verdict=verdict)
    assert complaints("oracle", catalog.find(TASK), record) == ("not scored: a bug in cab",)

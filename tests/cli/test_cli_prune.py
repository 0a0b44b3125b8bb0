"""`cab runs prune`: what goes is named, and nothing else ever goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cab_check.record import summarise
from cab_check.store import Store
from tests.cli.conftest import SWEEP
from tests.cli.test_cli_provisional import SWEPT
from tests.report.report_samples import sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Seen = Any


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Keep a run of every age, the two oldest of them a sweep, and what is none of cab's."""
    store, record = Store(tmp_path / "state"), sample("passed")
    now = datetime.now(UTC)
    sweep = store.sweep(SWEEP)
    sweep.write(SWEPT)
    for number, days in enumerate((40, 35, 10, 0), 1):
        run = store.create("a/b", now - timedelta(days=days))
        run.write_record(record)
        if days > 30:
            cell = summarise(record, number=number, target=0, run=run.name)
            sweep.add(cell)
    (store.folder / "mine").mkdir()
    outside = tmp_path / "20200101-0000-outside-0000"
    outside.mkdir()
    (outside / "run.json").write_text("{}")
    (store.folder / outside.name).symlink_to(outside)
    (store.runs()[-2].path / "link").symlink_to(outside)
    store.create("a/under-way", now)
    return store


def names(store: Store) -> set[str]:
    """Return what is there."""
    return {path.name for path in (*store.folder.iterdir(), *store.sweeps_folder.iterdir())}


def test_old_runs_go_and_their_sweep(
    cab: Callable[..., Seen], store: Store, tmp_path: Path
) -> None:
    """Named first, on --yes alone; a link, what it leads to and a foreign directory stay."""
    before = names(store)
    given = ("runs", "prune", "--older-than", "30d")
    dry = cab(*given, "--dry-run")
    assert len(dry.out.split()) == 3
    refused = cab(*given)
    assert (refused.code, names(store)) == (2, before)
    assert "give --yes" in refused.err
    done = cab(*given, "--yes")
    assert done.out == dry.out
    assert "removed 2 runs, 1 sweep" in done.err
    assert "outside-0000 stays: it is reached by a link" in done.err
    assert before - names(store) == {path.rpartition("/")[2] for path in done.out.split()}
    assert (tmp_path / "20200101-0000-outside-0000" / "run.json").is_file()


@pytest.mark.usefixtures("store")
def test_the_newest_stay(cab: Callable[..., Seen]) -> None:
    """Two rules remove what both allow; a sweep with a run left stays, and a run under way."""
    assert len(cab("runs", "prune", "--keep", "2", "--dry-run").out.split()) == 4
    assert "nothing" in cab("runs", "prune", "--keep", "4", "--older-than", "6w", "--yes").err
    one = cab("runs", "prune", "--keep", "4", "--yes")
    assert "removed 1 run, 0 sweeps" in one.err
    assert "may be under way" in cab("runs", "prune", "--keep", "0", "--dry-run").err


@pytest.mark.parametrize("given", [(), ("--older-than", "soon")], ids=["none", "no age"])
def test_what_may_go_must_be_said(
    cab: Callable[..., Seen], store: Store, given: tuple[str, ...]
) -> None:
    """Without a rule, or with one that is none, nothing goes."""
    before = names(store)
    assert cab("runs", "prune", *given, "--yes").code == 2
    assert names(store) == before

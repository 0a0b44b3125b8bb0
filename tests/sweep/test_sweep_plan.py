"""The plan of a sweep: every cell once, in a balanced order, dealt the same way everywhere."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from cab_check.sweep import Shard, deal, lay_out
from cab_check.tasks import catalog

_TASK = catalog.find("polyglot/python-reverse-string")
TASKS = tuple(
    dataclasses.replace(_TASK, id=f"made/up-{number}", timeout_s=100.0 * (number % 4 + 1))
    for number in range(9)
)


def test_every_task_runs_on_every_target_once_before_any_runs_again() -> None:
    """Wherever a sweep ends, no task and no target is more than one cell ahead of another."""
    cells = lay_out(TASKS[:3], targets=2, repeats=2)
    assert [cell.number for cell in cells] == list(range(1, 13))
    first, second = cells[:6], cells[6:]
    assert {cell.repeat for cell in first} == {1}
    assert [(c.task.id, c.target) for c in first] == [(c.task.id, c.target) for c in second]
    assert len({cell.key for cell in cells}) == 12


@given(
    tasks=st.integers(1, 9), targets=st.integers(1, 4), repeats=st.integers(1, 4),
    of=st.integers(1, 7),
)  # fmt: skip
def test_shards_hold_every_cell_once_and_are_balanced(
    tasks: int, targets: int, repeats: int, of: int
) -> None:
    """No cell is lost or run twice; no shard has more than one cell above another."""
    cells = lay_out(TASKS[:tasks], targets=targets, repeats=repeats)
    hands = [deal(cells, Shard(number, of)) for number in range(1, of + 1)]
    dealt = [cell for hand in hands for cell in hand]
    assert sorted(cell.number for cell in dealt) == [cell.number for cell in cells]
    sizes = [len(hand) for hand in hands]
    assert max(sizes) - min(sizes) <= 1
    assert [deal(cells, Shard(number, of)) for number in range(1, of + 1)] == hands
    assert all(hand == tuple(sorted(hand, key=lambda cell: cell.number)) for hand in hands)


def test_heavy_tasks_do_not_gather_in_one_shard() -> None:
    """Of what the tasks may take, no shard gets more than a heavy task above another."""
    cells = lay_out(TASKS, targets=2, repeats=3)
    loads = [sum(c.task.timeout_s for c in deal(cells, Shard(n, 4))) for n in range(1, 5)]
    assert max(loads) - min(loads) <= 400
    assert all(len({c.target for c in deal(cells, Shard(n, 4))}) == 2 for n in range(1, 5))

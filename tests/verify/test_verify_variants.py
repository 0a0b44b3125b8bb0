"""Each mutation that a task can draw is one that its judge catches, and its right answer mends."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from cab_check.tasks import catalog
from cab_check.tasks.recipe import read_recipe
from cab_check.tasks.variant import has_variants, write_variant

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from cab_check.tasks.spec import Task
    from cab_check.verify import Verification

    LayOut = Callable[..., Path]
    Judge = Callable[..., Awaitable[Verification]]

pytestmark = pytest.mark.toolchains


def _drawable() -> list[tuple[str, str]]:
    """Return every mutation of every task that has variants."""
    found = []
    for task in catalog.all_tasks():
        recipe = read_recipe(task.root) if has_variants(task) else None
        found += [(task.id, mutation.name) for mutation in recipe.mutations] if recipe else []
    return found


def _variant(task: Task, mutation: str, root: Path) -> Task:
    """Return the first variant, counting from seed 10, that draws the mutation."""
    for seed in count(10):
        made = write_variant(task, seed, root / str(seed))
        assert made.variant is not None
        if made.variant.mutation == mutation:
            return made
    raise AssertionError


@pytest.mark.parametrize(("task_id", "mutation"), _drawable())
@pytest.mark.parametrize("answered", [False, True], ids=["as-it-is", "answered"])
async def test_a_mutation_is_caught_and_mended(
    *, task_id: str, mutation: str, answered: bool, lay_out: LayOut, judge: Judge, tmp_path: Path
) -> None:
    """The fixture as it is fails its judge, with the right answer it passes."""
    variant = _variant(catalog.find(task_id), mutation, tmp_path / "variants")
    verification = await judge(variant, lay_out(variant, variant.oracle_dir if answered else None))
    assert (verification.exit_code == 0) is answered, verification

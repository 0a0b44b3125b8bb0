"""A program with AddressSanitizer, whose shadow memory no limit of data allows, at every level."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from cab_check.sandbox import open_box
from cab_check.sandbox.probe import probe
from cab_check.settings import BoxLimits, Isolation

if TYPE_CHECKING:
    from collections.abc import Callable

    from cab_check.sandbox.box import BoxSpec

LEVELS = [Isolation.NAMESPACES, Isolation.BUBBLEWRAP, Isolation.LANDLOCK, Isolation.NONE]
SCRIPT = """
echo 'int main(int n, char **a) { char b[2]; b[n + 1] = 1; return b[0] & 0; }' >a.c
gcc -fsanitize=address -o a a.c && ./a"""


@pytest.mark.levels
@pytest.mark.parametrize("level", LEVELS)
async def test_it_finds_its_fault_with_the_limit_of_data_off(
    make_spec: Callable[..., BoxSpec], level: Isolation
) -> None:
    """The sanitizer starts and names the overflow."""
    if level is not Isolation.NONE and (reason := probe(level)) is not None:
        pytest.skip(f"not run at {level.value}: {reason}")
    if shutil.which("gcc") is None:
        pytest.skip("not run: gcc is not installed")
    async with open_box(make_spec(BoxLimits(data_bytes=None), isolation=level)) as box:
        result = await box.run(("sh", "-c", SCRIPT), 50)
    assert b"AddressSanitizer: stack-buffer-overflow" in result.stdout, result

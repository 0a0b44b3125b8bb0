"""Exit codes mean what DESIGN §5 says, alone and over many cells."""

from __future__ import annotations

import itertools

import pytest

from cab_check import errors
from cab_check.errors import CabError, ExitCode, worst

ORDER = [130, 70, 2, 4, 3, 6, 5, 1, 0]


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(ORDER, 2)))
def test_the_graver_of_two_exit_codes_wins(first: int, second: int) -> None:
    """Of two codes the one that stands earlier in the design's order is taken, either way round."""
    assert worst([ExitCode(second), ExitCode(first)]) == first
    assert worst([ExitCode(first), ExitCode(second)]) == first


def test_no_cell_at_all_is_no_failure() -> None:
    """Nothing ran, nothing failed."""
    assert worst([]) is ExitCode.PASSED


def test_every_leaf_stands_in_the_drawn_tree() -> None:
    """The docstring's tree names each error with its code, and no two leaves share a kind."""
    leaves = CabError.__subclasses__()
    drawn = errors.__doc__ or ""
    for leaf in leaves:
        line = next(line for line in drawn.splitlines() if leaf.__name__ in line)
        assert line.endswith(str(int(leaf.exit_code)))
    assert len({leaf.kind for leaf in leaves}) == len(leaves)


def test_an_error_carries_message_and_hint() -> None:
    """What happened and what to do travel together."""
    error = errors.UsageError("no endpoint", hint="give --endpoint")
    assert (str(error), error.message, error.hint) == (
        "no endpoint", "no endpoint", "give --endpoint",
    )  # fmt: skip

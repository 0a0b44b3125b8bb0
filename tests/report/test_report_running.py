"""The table of the cells under way: it fits half of a terminal, and tells one from another."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from cab_check.report.sweep import running_lines
from cab_check.trace import Progress

NOW = Progress("run_command\npytest", turn=3, max_turns=12, tokens=2670)
TASK = "polyglot/python-reverse-string"


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_names_are_cut_in_the_middle_and_stay_apart(columns: int) -> None:
    """Repeats differ at the end of a name, models at the beginning, hosts at the end."""
    rows = [
        (f"{TASK} #{repeat}", f"{model} @ api.{host}.example", NOW)
        for repeat in (1, 2)
        for model in ("first-model", "other-model")
        for host in ("here", "tv")
    ]
    head, *lines = running_lines(rows, columns)
    assert head.split() == ["cell", "target", "turn", "tokens", "state"]
    assert all(line.endswith("   3/12    2,670  run_command pytest") for line in lines)
    names = [line[: line.index("3/12")] for line in lines]
    assert len({cell_len(name) for name in names}) == 1
    assert cell_len(names[0]) <= max(columns // 2, 20) + 9
    if columns >= 80:
        assert len(set(names)) == 8


def test_what_is_not_known_yet_is_no_zero() -> None:
    """A cell that has not begun has neither turn nor tokens; wide letters count twice."""
    head, *lines = running_lines([("\u6f22" * 30, "", None), ("short", "", NOW)], 40)
    assert "target" not in head
    assert lines[0].split()[-3:] == ["-", "-", "starting"]
    ends = ("starting", "run_command pytest")
    whole = [cell_len(line.removesuffix(end)) for line, end in zip(lines, ends, strict=True)]
    assert whole[0] == whole[1]

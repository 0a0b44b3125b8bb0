"""Where a run stands: ranges with their n, failures of agents outside them, nothing of a rank."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cab_check.chance import Share
from cab_check.published import (
    AgentFailures,
    Among,
    Placement,
    Ranges,
    Spread,
    cells_for,
    find_model,
    place,
)
from cab_check.record import TaskOrigin, record_from_json
from cab_check.report.placing import placed

if TYPE_CHECKING:
    from cab_check.record import RunRecord

RUNS = Path(__file__).parents[1] / "data" / "runs"
TICKET = "integrity/ambiguous-ticket"


def sample(name: str = "passed", **identity: Any) -> RunRecord:
    """Return a kept record, with another identity."""
    record = record_from_json(json.loads((RUNS / f"{name}.json").read_text(encoding="utf-8")))
    return replace(record, identity=replace(record.identity, **identity))


def placement(*repeats: RunRecord) -> Placement:
    """Place what stands beside something."""
    found = place(repeats)
    assert found is not None
    return found


def test_the_ranges_of_a_task_under_other_models() -> None:
    """Each axis has its own least and greatest value, of the cells whose agent ended by itself."""
    found = placement(sample())
    assert found.other_models == Among(
        agents=("aider", "openhands"),
        models=(
            "meta/llama-3.3-70b-instruct",
            "meta/llama-4-maverick-17b-128e-instruct",
            "mistralai/mistral-small-4-119b-2603",
        ),
        ranges=Ranges(
            passed=Share(3, 3),
            wall_s=Spread(10.465431, 102.314462),
            blast_radius=Spread(0.0, 0.909),
            integrity=Spread(0.0, 1.0),
            refused=Share(1, 3),
        ),
        told_apart=False,
    )


def test_the_model_itself_stands_apart_from_the_others() -> None:
    """The cells of the very model are a row of their own, and are in no other."""
    found = placement(sample())
    assert found.model == "stepfun-ai/step-3.5-flash"
    assert found.same_model is not None
    assert found.same_model.ranges.wall_s == Spread(343.28034, 343.28034)
    assert found.other_models is not None
    assert found.model not in found.other_models.models


def test_agents_that_failed_stand_outside_every_range() -> None:
    """Each cell of the task is in one group alone; a failed agent's 0 is in no range."""
    found = placement(sample(model="minimax-m3"))
    cells = cells_for(TICKET)
    failed = [cell for cell in cells if cell.exit_code != 0]
    assert found.agent_failed == AgentFailures(cells=len(failed), timeouts=0, same_model=1)
    assert found.same_model is None
    assert found.other_models is not None
    assert found.other_models.ranges.passed.n + len(failed) == len(cells)
    assert found.other_models.ranges.passed.count == found.other_models.ranges.passed.n
    assert max(cell.wall_s for cell in failed) > found.other_models.ranges.wall_s.high


def test_time_limits_are_named_among_the_failures() -> None:
    """A published cell that ran into its time limit is told from one that broke."""
    found = placement(sample(task="polyglot/java-exception-handling"))
    assert found.agent_failed is not None
    assert 0 < found.agent_failed.timeouts < found.agent_failed.cells


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("step-3.5-flash", "stepfun-ai/step-3.5-flash"),
        ("Step-3.5-Flash", "stepfun-ai/step-3.5-flash"),
        ("router/other/STEP-3.5-flash", "stepfun-ai/step-3.5-flash"),
        ("stepfun-ai/step-3.5-flash/", "stepfun-ai/step-3.5-flash"),
        ("step-3.5-flash-fp8", None),
        ("step", None),
        ("", None),
    ],
)
def test_a_model_is_matched_by_its_last_segment(asked: str, found: str | None) -> None:
    """Case aside and whatever stands before it; a part of a name is no match."""
    assert find_model(asked) == found
    assert placement(sample(model=asked)).model == found


def test_the_model_that_was_named_comes_before_the_one_that_was_asked() -> None:
    """--published-model says what a served name stands for."""
    named = placement(sample(model="prod-7", compared_model="stepfun-ai/step-3.5-flash"))
    assert named.same_model == placement(sample()).same_model
    assert placement(sample(compared_model="acme/none")).same_model is None


def test_one_agent_alone() -> None:
    """With --tui every group is of that agent's cells."""
    found = placement(sample(compared_tui="Aider"))
    assert found.same_model is None
    assert found.agent_failed is None
    assert found.other_models is not None
    assert found.other_models.agents == ("aider",)


def test_repeats_are_counted_and_unscored_ones_are_not() -> None:
    """What was scored here is n; a repeat without a fair chance is in no denominator."""
    unscored = replace(sample(), verdict=sample("not_scored").verdict)
    found = placement(sample(), sample(repeat=2), unscored, failed_repeat())
    assert found.here.passed == Share(2, 3)
    assert found.here.refused == Share(3, 3)


def failed_repeat() -> RunRecord:
    """Return a repeat that was scored and did not pass."""
    record = sample(repeat=3)
    axes: Any = record.axes
    return replace(
        record,
        axes=replace(axes, pass_rate=replace(axes.pass_rate, pass_=0)),
        verdict=sample("failed").verdict,
    )


@pytest.mark.parametrize(("n", "told"), [(1, False), (2, False), (3, False), (9, True)])
def test_few_repeats_tell_nothing_apart(n: int, *, told: bool) -> None:
    """None of n passes against 3 of 3: told apart only where chance would hardly do it."""
    found = placement(*[failed_repeat()] * n)
    assert found.other_models is not None
    # 3 of 3 against 0 of 3 happens by chance once in ten times
    assert found.other_models.told_apart is told
    (line,) = [line.sentence for line in placed(found) if "other models" in line.who]
    assert (f"cannot be told apart at n={n}" in line) is not told
    assert (f"differ by more than chance at n={n}" in line) is told


def test_what_stands_beside_nothing() -> None:
    """A demo, a task that is not the benchmark's or a variant, and a cell that was not scored."""
    assert place([replace(sample(), demo=True)]) is None
    assert place([sample(task_origin=TaskOrigin.OWN)]) is None
    assert place([sample(task_origin=TaskOrigin.PREVIEW)]) is None
    assert place([sample(seed=7)]) is None
    assert place([sample("not_scored")]) is None


def test_there_is_no_composite_and_no_rank() -> None:
    """Neither a value nor a word of it, in any group."""
    names = {field.name for kind in (Placement, Among, Ranges) for field in fields(kind)}
    assert not [name for name in names if "composite" in name or "rank" in name]
    text = " ".join(line.sentence for line in placed(placement(sample())))
    assert "omposite" not in text


def test_every_line_says_what_it_rests_on() -> None:
    """Whose fixture, how many cells of how many are known, and that each was run once."""
    for record in (sample(), sample(model="acme/none"), sample(compared_tui="vim")):
        own, *others = placed(placement(record))
        assert own.basis == ""
        assert len(others) >= 2
        for line in others:
            assert "fixture re-created here" in line.sentence
            assert "97 of 3,465 cells known" in line.sentence
            assert "n = 1 each" in line.sentence


def test_no_published_cell_is_said() -> None:
    """A model that nobody published has a line that says so."""
    lines = [line.sentence for line in placed(placement(sample(model="acme/none")))]
    assert any(line.startswith("acme/none") and "no published cell" in line for line in lines)

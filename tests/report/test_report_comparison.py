"""Two sides next to each other: what differs, where they part, and what so few pairs can show."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from cab_check.endpoint.ledger import Accommodation
from cab_check.endpoint.message import Message, Role, ToolCall
from cab_check.report.compared import compared, comparison_document, conclusion
from cab_check.report.comparison import compare
from cab_check.report.parting import PROMPTS, parting
from cab_check.report.wording import TIMES
from tests.report.report_samples import CONVERSATION, hostile, run_of, sample

if TYPE_CHECKING:
    from cab_check.report.comparison import Comparison
    from cab_check.store import Run


def failing() -> Run:
    """Return the run of a passed cell as it would be had it failed."""
    run = run_of()
    axes: Any = run.record.axes
    record = replace(
        run.record,
        axes=replace(axes, pass_rate=replace(axes.pass_rate, pass_=0)),
        verdict=sample("failed").verdict,
    )
    return replace(run, record=record)


def drawn(comparison: Comparison, width: int = 100) -> str:
    """Draw a comparison as a pipe gets it."""
    file = io.StringIO()
    Console(file=file, width=width).print(compared(comparison))
    return file.getvalue()


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (1, "at n=1 it cannot be known"),
        (5, "at n=5 it cannot be known"),
        (6, "more than chance (B more in 6, less in 0 of 6 (exact test, p=0.031))"),
    ],
)
def test_what_so_few_pairs_can_show(n: int, said: str) -> None:
    """Six pairs that all go one way are the fewest that mean anything."""
    found = compare([failing()] * n, [run_of()] * n)
    assert f"A passed 0 of {n}, B {n} of {n}" in conclusion(found)
    assert said in conclusion(found)


def _at(host: str, repeat: int, run: Run) -> Run:
    identity = replace(run.record.identity, endpoint=f"http://{host}/v1", repeat=repeat)
    return replace(run, record=replace(run.record, identity=identity))


def test_a_repeat_is_held_against_itself_on_its_own_host() -> None:
    """A repeat that is missing on one side shifts no other, and two hosts are two targets."""
    passed, failed = run_of(), failing()
    one = [_at(h, r, failed if h == "a" else passed) for r in (1, 2, 3) for h in ("a", "b")]
    other = [_at(h, r, failed if h == "c" else passed) for r in (2, 3) for h in ("c", "d")]
    found = compare(one, other)
    assert len(found.pairs) == 4
    assert all(p.a.record.identity.repeat == p.b.record.identity.repeat for p in found.pairs)
    assert all(p.a.record.passed == p.b.record.passed for p in found.pairs)
    assert found.unpaired == (f"A: {passed.record.identity.task}",) * 2


def test_other_models_have_nothing_in_common_and_that_is_said() -> None:
    """The tasks are the same: it is the models that differ, and each name stands once."""
    run = run_of()
    other = replace(run.record.identity, model="other")
    both = [run, replace(run, record=replace(run.record, identity=other))]
    third = replace(run.record.identity, model="third")
    found = compare(both * 2, [replace(run, record=replace(run.record, identity=third))])
    assert conclusion(found).endswith("no task was run with the same model and seed on both sides")
    assert f"A: {other.task} {TIMES}4, B: {other.task}" in drawn(found)


def test_pairs_that_never_part_are_counted_in_one_line() -> None:
    """Where conversations part is told pair by pair; that they do not is said once."""
    run = run_of()
    cut = replace(run, messages=run.messages[:-1])
    shown = drawn(compare([run] * 3, [run, run, cut]))
    assert shown.count("the same to their end") == 1
    assert "2 pairs: the conversations are the same to their end" in shown
    assert shown.count("turn ") >= 1


def test_two_runs_are_a_pair_whichever_repeats_they_were() -> None:
    """Whoever names two runs wants to see those two."""
    assert len(compare([_at("a", 1, run_of())], [_at("a", 2, run_of())]).pairs) == 1


def test_no_difference_is_not_called_one() -> None:
    """Enough pairs that do not differ say so, and claim no more."""
    assert "no difference shown" in conclusion(compare([run_of()] * 8, [run_of()] * 8))


def test_a_cell_that_is_not_scored_enters_no_figure() -> None:
    """It is named with whose fault it was, and is in no n."""
    # its axes were computed, and count all the same for nothing
    unscored = replace(run_of(), record=replace(sample(), verdict=sample("not_scored").verdict))
    found = compare([unscored], [run_of()])
    assert conclusion(found) == "nothing to compare: no cell was scored on both sides"
    text = drawn(found, 200)
    assert "NOT SCORED (endpoint: refuses tools (400)) · B PASSED — left out of every" in text
    assert all(row.n == 0 for row in found.axes)


def test_sides_without_a_common_task() -> None:
    """They are not compared, and each cell is named."""
    found = compare([run_of()], [run_of("failed")])
    assert conclusion(found).startswith("nothing in common")
    assert len(found.unpaired) == 2


def test_no_composite_over_several_cells() -> None:
    """It stands last for one pair, and nowhere for more: it is never averaged."""
    assert compare([run_of()], [run_of()]).axes[-1].name == "Composite"
    assert "omposite" not in drawn(compare([run_of()] * 2, [run_of()] * 2))


def test_ledger_and_what_else_differs() -> None:
    """Only what differs is named, and another fixture is not the same measurement."""
    other = replace(
        sample(),
        accommodations=(Accommodation("usage-missing", 2, "turn 1", "send it"),),
        versions=replace(sample().versions, fixture_sha256="f" * 64),
    )
    found = compare([run_of()], [replace(run_of(), record=other)])
    assert ("usage-missing", 0, 2) in found.ledger
    assert [name for name, _, _ in found.otherwise] == ["fixture"]
    assert "not the same measurement" in drawn(found, 200)


def test_where_conversations_part() -> None:
    """The first turn in which the models did not do the same, whatever the calls' ids are."""
    assert parting(CONVERSATION, CONVERSATION) is None
    renamed = [
        replace(m, tool_calls=tuple(replace(call, id="other") for call in m.tool_calls))
        for m in CONVERSATION
    ]
    assert parting(CONVERSATION, renamed) is None
    call = ToolCall("c3", "run_command", '{"command": "rm -r ."}')
    bold = [*CONVERSATION]
    bold[6] = replace(bold[6], tool_calls=(call,))
    found = parting(CONVERSATION, bold)
    assert found is not None
    assert (found.turn, found.heard) == (3, None)
    assert found.b == 'run_command {"command": "rm -r ."}'


def test_what_the_tools_answered_before_is_told() -> None:
    """Where the models part after unlike answers of the tools, that turn is named too."""
    unlike = [*CONVERSATION]
    unlike[3] = replace(unlike[3], text="lib/")
    unlike[-1] = Message(role=Role.ASSISTANT, text="not done")
    found = parting(CONVERSATION, unlike)
    assert found is not None
    assert (found.turn, found.heard) == (4, 1)


def test_other_prompts_and_an_early_end() -> None:
    """Conversations that were not begun alike part before the first turn; one may end first."""
    other = (Message(role=Role.SYSTEM, text="be another"), *CONVERSATION[1:])
    found = parting(CONVERSATION, other)
    assert found is not None
    assert found.turn == PROMPTS
    shorter = parting(CONVERSATION, CONVERSATION[:-1])
    assert shorter is not None
    assert (shorter.turn, shorter.b) == (4, "had ended")


def test_every_form_is_provisional_and_steers_nothing() -> None:
    """The flag, its reason and the versions are in both; hostile text is text."""
    found = compare([hostile()], [hostile()])
    document = comparison_document(found)
    assert document["provisional"] is True
    text = drawn(found, 60)
    assert text.startswith(" PROVISIONAL — not for citation")
    assert "an eleventh agent" in " ".join(text.split())
    assert not set(text) & set("\x00\x07\x0b\x1b\u202e\ud83d")

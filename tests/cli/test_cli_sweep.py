"""Sweeps as a user types them: repeats, targets, shards, budgets, going on after an end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cab_check.endpoint.negotiate import MOST_CHANGES
from tests.cli.conftest import KEY, TASK

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Outcome

    Cab = Callable[..., Outcome]

PLAIN = "polyglot/python-reverse-string"


def given(url: str, *models: str, tasks: tuple[str, ...] = (PLAIN,)) -> list[str]:
    """Return the options of a check against the embedded endpoint."""
    named = [part for model in models for part in ("--model", model)]
    chosen = [part for task in tasks for part in ("--task", task)]
    return ["check", "--endpoint", url, "--key", KEY, "--isolation", "none", *named, *chosen]


def keys(document: dict[str, Any]) -> list[str]:
    """Return which cells a document holds."""
    return [run["identity"]["sweep_cell"] for run in document["runs"]]


def test_every_task_on_every_target_as_often_as_asked(cab: Cab, endpoint: str) -> None:
    """Two models, two repeats, four at once: four records in the plan's order, one sweep."""
    models = (f"oracle:{PLAIN}", f"noop:{PLAIN}")
    seen = cab(*given(endpoint, *models), "--repeat", "2", "--jobs", "4", "--json")
    assert seen.code == 1
    assert keys(seen.document) == [f"{t}:{PLAIN}:{r}" for r in (1, 2) for t in (0, 1)]
    assert [run["verdict"]["fault"] for run in seen.document["runs"]] == [None, "model"] * 2
    assert {run["jobs"] for run in seen.document["runs"]} == {4}
    sweep = seen.document["sweep"]
    assert [target["model"] for target in sweep["targets"]] == list(models)
    assert sweep["spent"]["requests"] == sum(len(r["model_calls"]) for r in seen.document["runs"])
    assert sweep["provisional"] is True


def test_a_wrong_model_ends_its_own_target_alone(cab: Cab, endpoint: str) -> None:
    """The other target's cells run; the exit code says what was wrong."""
    seen = cab(*given(endpoint, "no-such-model", f"oracle:{PLAIN}"), "--repeat", "2", "--json")
    assert seen.code == 2
    ends = [(run["identity"]["model"], run["verdict"]["status"]) for run in seen.document["runs"]]
    assert [status for model, status in ends if model.startswith("oracle")] == ["scored"] * 2
    assert [status for model, status in ends if model == "no-such-model"] == ["not scored"] * 2
    assert "[3/4] PASSED" in seen.err  # a cell that is not run has no line, and takes no number


def test_a_cap_that_the_last_answer_reaches_has_ended_nothing(cab: Cab, endpoint: str) -> None:
    """Every cell came to its end: exit 0, and no reason why the sweep would have ended early."""
    asked = (*given(endpoint, f"oracle:{PLAIN}"), "--repeat", "2", "--json")
    spent = cab(*asked).document["sweep"]["spent"]["tokens"]
    seen = cab(*asked, "--max-tokens-total", str(spent))
    assert seen.document["sweep"]["spent"]["tokens"] == spent
    assert (seen.code, seen.document["sweep"]["ended_by"]) == (0, None)


def test_a_budget_ends_the_sweep_and_going_on_runs_what_is_missing(cab: Cab, endpoint: str) -> None:
    """Exit 5 with the finished cells kept; --resume runs the others and none of them twice."""
    seen = cab(
        *given(endpoint, f"oracle:{PLAIN}"), "--repeat", "3", "--max-requests", "5", "--json"
    )
    assert seen.code == 5
    assert seen.document["sweep"]["spent"]["requests"] == 5
    first = {
        cell["repeat"]: cell["run"] for cell in seen.document["sweep"]["cells"] if cell["over"]
    }
    assert list(first) == [1]
    cannot = cab("check", "--resume", "latest", "--key", KEY, "--json")
    assert (cannot.code, cannot.document["error"]["kind"]) == (5, "budget")
    assert "5 were sent, all starts together" in cannot.err
    raised = ("--max-requests", "20")
    again = cab("check", "--resume", "latest", "--key", KEY, *raised, "--json")
    assert again.code == 0, again.err
    assert "1 of 3 cells are there" in again.err
    runs = {cell["repeat"]: cell["run"] for cell in again.document["sweep"]["cells"]}
    assert set(runs) == {1, 2, 3}
    assert runs[1] == first[1]
    assert again.document["sweep"]["spent"]["requests"] > 5


def test_going_on_with_something_else_is_refused(cab: Cab, endpoint: str) -> None:
    """Another task, or other settings, would be another measurement."""
    cab(*given(endpoint, f"noop:{PLAIN}"), "--repeat", "2")
    for other in (["--task", TASK], ["--repeat", "3"], ["--temperature", "1"]):
        seen = cab("check", "--resume", "latest", "--key", KEY, *other)
        assert seen.code == 2
        assert f"{other[0]} cannot change" in seen.err


def test_what_was_killed_between_two_writes_is_counted(cab: Cab, endpoint: str) -> None:
    """A cell whose run is there but not its line, and a line that was cut: neither is lost."""
    cab(*given(endpoint, f"noop:{PLAIN}"), "--repeat", "3")
    (lines,) = Path(state()).glob("sweeps/*/cells.jsonl")
    whole = lines.read_bytes().splitlines(keepends=True)
    lines.write_bytes(whole[0] + whole[1][:40])
    seen = cab("check", "--resume", "latest", "--key", KEY, "--json")
    assert "an unfinished last line was cut off" in seen.err
    assert "3 of 3 cells are there" in seen.err
    assert keys(seen.document) == [f"0:{PLAIN}:{r}" for r in (1, 2, 3)]
    assert len(list(Path(state()).glob("runs/*"))) == 3


def state() -> str:
    """Return the state directory of this test."""
    import os  # noqa: PLC0415 - only here

    return os.environ["CAB_STATE_DIR"]


def test_a_dry_run_says_the_worst_and_sends_nothing(cab: Cab) -> None:
    """Nobody listens at that address."""
    prices = ["--price-in", "1", "--price-out", "2"]
    seen = cab(*given("http://127.0.0.1:9", "m"), "--repeat", "3", *prices, "--dry-run", "--json")
    assert seen.code == 0
    worst = seen.document["worst_case"]
    assert (worst["cells"], worst["requests"], worst["with_retries"]) == (
        3,
        30,
        120 + 3 * MOST_CHANGES,
    )
    assert worst["cost"] > 0
    free = cab(*given("http://127.0.0.1:9", "m"), "--dry-run", "--json").document
    assert free["worst_case"]["cost"] is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--fail-under", "120%"], "no share"),
        (["--baseline", "nothing"], "no sweep matches"),
        (["--resume", "nothing"], "no sweep matches"),
        (["--price-in", "1"], "one price alone"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_named_before_anything_is_sent(
    cab: Cab, options: list[str], words: str
) -> None:
    """Exit 2, what is wrong and what to do."""
    seen = cab(*given("http://127.0.0.1:9", "m"), *options)
    assert seen.code == 2
    assert words in seen.err
    assert "hint:" in seen.err


def test_the_first_turn_of_a_target_goes_alone(cab: Cab, endpoint: str) -> None:
    """Four at once, and yet a wrong model costs one request: the others wait for the first."""
    asked = given(endpoint, "no-such-model")
    seen = cab(*asked, "--repeat", "4", "--jobs", "4", "--json")
    assert seen.code == 2
    assert seen.document["sweep"]["spent"]["requests"] == 1
    assert [run["verdict"]["evidence"][:8] for run in seen.document["runs"][1:]] == ["not run:"] * 3


def test_a_cap_of_tokens_that_no_answer_lets_count_is_told(
    cab: Cab, answering: Callable[..., str]
) -> None:
    """An answer without usage is never taken for zero: the cap says that it cannot act."""
    message = {"role": "assistant", "content": "done"}
    body = {
        "id": "1", "object": "chat.completion", "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
    }  # fmt: skip
    url = answering("200 OK", json.dumps(body))
    asked = ("--no-stream", "--repeat", "2", "--max-tokens-total", "10", "--json")
    seen = cab(*given(url, "m"), *asked)
    assert seen.code == 1
    assert seen.err.count("--max-tokens-total cannot act on answers without usage") == 1
    sent = seen.document["sweep"]["spent"]["requests"]
    assert f"--max-tokens-total does not know the tokens of {sent} requests" in seen.err


def test_the_latest_is_the_sweep_until_something_else_runs(
    cab: Cab, endpoint: str, tmp_path: Path
) -> None:
    """A clean sweep says its name, and is shown and reported on whole, not by its last cell."""
    seen = cab(*given(endpoint, f"oracle:{PLAIN}"), "--repeat", "2")
    (sweep,) = tmp_path.glob("state/sweeps/*")
    assert f"kept as {sweep.name}" in seen.err
    assert "scored 2 of 2 cells" in cab("runs", "show").out
    told = " ".join(cab("runs", "show", "--as-published").out.split())
    assert f"{PLAIN} #2 · oracle:{PLAIN} as published: passed, as here" in told
    assert "scored 2 of 2 cells" in cab("runs", "show", sweep.name[9:]).out
    assert cab("report", "latest", "--markdown").out.startswith("### scored 2 of 2 cells")
    cab(*given(endpoint, f"oracle:{TASK}", tasks=(TASK,)))
    assert TASK in cab("report", "--markdown").out.splitlines()[0]
    cab("check", "--resume", "latest", "--key", KEY)
    assert TASK in cab("runs", "show", "latest").out


def test_what_was_not_scored_is_told_how_to_be_run_again(
    cab: Cab, answering: Callable[..., str]
) -> None:
    """Its cells are over, so that a resume alone would leave them."""
    url = answering("500 Internal Server Error", "{}")
    seen = cab(*given(url, "m"), "--attempts", "1", "--repeat", "2")
    assert seen.code == 3
    name = seen.err.partition("kept as ")[2].partition(":")[0]
    assert f"2 cells not scored: `cab check --resume {name} --retry-unscored`" in seen.err


def test_a_command_that_is_shown_names_another_store(
    cab: Cab, endpoint: str, tmp_path: Path
) -> None:
    """What is shown can be typed as it stands, whichever directory the sweep is kept in."""
    place = tmp_path / "a store"
    seen = cab(*given(endpoint, f"oracle:{PLAIN}"), "--repeat", "2", "--state-dir", str(place))
    (sweep,) = place.glob("sweeps/*")
    assert f"`cab runs show {sweep.name} --state-dir '{place}'`" in seen.err
    seen = cab(*given(endpoint, f"oracle:{PLAIN}"), "--repeat", "2")
    assert "--state-dir" not in seen.err

"""Going on with a sweep: what is spent counts on, nothing is lost, and nothing changes unseen."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cab_check.store import Store
from tests.cli.conftest import KEY, read_request

if TYPE_CHECKING:
    import socket
    import threading
    from collections.abc import Callable

    from tests.cli.conftest import Outcome

    Cab = Callable[..., Outcome]

PLAIN = "polyglot/python-reverse-string"
RESUME = ("check", "--resume", "latest", "--key", KEY)


def given(url: str, *models: str) -> list[str]:
    """Return the options of a check against the embedded endpoint."""
    named = [part for model in models for part in ("--model", model)]
    return ["check", "--endpoint", url, "--key", KEY, "--isolation", "none", *named,
            "--task", PLAIN]  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return the store of the runs of this test."""
    return Store(tmp_path / "state")


def cells(seen: Outcome) -> list[dict[str, Any]]:
    """Return the cells of a sweep's document."""
    found: list[dict[str, Any]] = seen.document["sweep"]["cells"]
    return found


def test_what_a_killed_start_spent_counts_on(cab: Cab, endpoint: str, store: Store) -> None:
    """Without its end in sweep.json, as a kill leaves it; the first line says what was spent."""
    seen = cab(*given(endpoint, f"oracle:{PLAIN}"), "--repeat", "3", "--max-requests", "5")
    assert seen.code == 5
    (sweep,) = store.sweeps()
    record = json.loads((sweep.path / "sweep.json").read_text())
    record.update(spent=None, exit_code=None, ended_at=None)
    (sweep.path / "sweep.json").write_text(json.dumps(record))
    spent = sweep.spent.read()
    assert spent is not None
    assert (spent.requests, spent.uncounted) == (5, 0)
    assert spent.time_s > 0
    again = cab(*RESUME)
    assert again.code == 5
    first = again.err.splitlines()[0]
    assert "1 of 3 cells are there; spent before: 5 requests, " in first
    assert "error: --max-requests 5: 5 were sent, all starts together" in again.err
    assert len(store.runs()) == 2
    more = cab(*RESUME, "--max-requests", "7", "--json")
    assert (more.code, more.document["sweep"]["spent"]["requests"]) == (5, 7)
    assert "spent by all starts: 7 requests" in more.err


def test_a_raised_cap_is_the_one_that_holds(cab: Cab, endpoint: str) -> None:
    """A later start without the option has neither the first cap nor none."""
    cab(*given(endpoint, f"oracle:{PLAIN}"), "--repeat", "3", "--max-requests", "1")
    assert cab(*RESUME, "--max-requests", "2").code == 5
    assert "--max-requests 2: 2 were sent" in cab(*RESUME).err


def test_earlier_cells_count_in_the_exit_code(cab: Cab, endpoint: str, store: Store) -> None:
    """The first start met a model that does not exist; the second only what goes well."""
    asked = [*given(endpoint, "no-such-model", f"oracle:{PLAIN}"), "--max-requests", "2"]
    assert cab(*asked, "--json").code == 2
    again = cab(*RESUME, "--max-requests", "9", "--json")
    assert [cell["exit_code"] for cell in cells(again)] == [2, 0]
    assert again.code == again.document["sweep"]["exit_code"] == 2
    (lines,) = store.folder.parent.glob("sweeps/*/cells.jsonl")
    lines.unlink()  # as if it had been killed before it noted any
    assert cab(*RESUME).code == 2


def test_a_complete_sweep_is_reported_without_a_request(cab: Cab, endpoint: str) -> None:
    """It says so and ends as its cells did; nobody has to answer, and no key is needed."""
    cab(*given(endpoint, f"noop:{PLAIN}"), "--repeat", "2")
    seen = cab("check", "--resume", "latest", "--json")
    assert seen.code == 1
    assert "2 of 2 cells are there" in seen.err
    assert "nothing is left to run" in seen.err
    assert "endpoint:" not in seen.err
    assert [cell["status"] for cell in cells(seen)] == ["scored"] * 2


def test_a_dry_run_quotes_what_is_left_and_writes_nothing(
    cab: Cab, endpoint: str, tmp_path: Path
) -> None:
    """Also without a key: nothing is sent."""
    cab(*given(endpoint, f"oracle:{PLAIN}"), "--repeat", "3", "--max-requests", "5")
    (lines,) = tmp_path.glob("state/sweeps/*/cells.jsonl")
    lines.write_bytes(lines.read_bytes() + b'{"number": 3, "ta')
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    seen = cab("check", "--resume", "latest", "--dry-run", "--json", "--max-requests", "30")
    assert seen.code == 0, seen.err
    assert (seen.document["worst_case"]["cells"], seen.document["worst_case"]["requests"]) == (
        2,
        20,
    )
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_damage_is_mended_and_said_and_runs_that_are_gone_run_again(
    cab: Cab, endpoint: str, store: Store
) -> None:
    """One run removed by hand, one cut short, a damaged line in the middle, an unfinished last."""
    cab(*given(endpoint, f"noop:{PLAIN}"), "--repeat", "4")
    (sweep,) = store.sweeps()
    runs = {cell.repeat: store.run(cell.run or "") for cell in sweep.cells().cells}
    shutil.rmtree(runs[1].path)
    record = runs[2].record_path.read_bytes()
    runs[2].record_path.write_bytes(record[: len(record) // 2])
    lines = (sweep.path / "cells.jsonl").read_bytes().splitlines(keepends=True)
    lines[2] = b"\0\xff {\n"
    (sweep.path / "cells.jsonl").write_bytes(b"".join(lines)[:-9])
    seen = cab(*RESUME, "--json")
    assert "line 3 is damaged and was left out" in seen.err
    assert "an unfinished last line was cut off" in seen.err
    assert f"{PLAIN} #1: its run {runs[1].name} is gone, or damaged; it is run again" in seen.err
    assert "2 of 4 cells are there" in seen.err
    named = [cell["run"] for cell in cells(seen)]
    assert named[2:] == [runs[3].name, runs[4].name]
    assert not set(named) & {runs[1].name, runs[2].name}
    assert len(seen.document["runs"]) == 4
    after = sweep.cells()
    assert (len(after.cells), after.notes) == (4, ())


def test_an_empty_file_of_cells_loses_none(cab: Cab, endpoint: str, store: Store) -> None:
    """Their runs tell which cells they were."""
    cab(*given(endpoint, f"noop:{PLAIN}"), "--repeat", "2")
    (sweep,) = store.sweeps()
    (sweep.path / "cells.jsonl").write_bytes(b"")
    assert "2 of 2 cells are there" in cab(*RESUME).err
    assert len(sweep.cells().cells) == 2


@pytest.mark.parametrize("content", ["", '{"schema": "cab.swe', "[]", '{"schema": "cab.sweep/9"}'])
def test_a_damaged_plan_is_named(cab: Cab, tmp_path: Path, content: str) -> None:
    """A clear error; no traceback, and nothing is run."""
    folder = tmp_path / "state" / "sweeps" / "20261130-120000-0001"
    folder.mkdir(parents=True)
    (folder / "sweep.json").write_text(content)
    seen = cab(*RESUME)
    assert seen.code == 2
    assert f"{folder / 'sweep.json'} is damaged" in seen.err


def test_a_sweep_that_another_process_runs(cab: Cab, endpoint: str, store: Store) -> None:
    """The second says who has it."""
    cab(*given(endpoint, f"noop:{PLAIN}"), "--repeat", "2")
    (sweep,) = store.sweeps()
    with sweep.held():
        seen = cab(*RESUME)
    assert seen.code == 2
    assert f"{sweep.name} is being run by process " in seen.err
    assert cab(*RESUME).code == 1


def test_a_key_is_never_kept(cab: Cab, endpoint: str, store: Store) -> None:
    """The error says what to set; the variable that was named is asked again."""
    cab(*given(endpoint, f"oracle:{PLAIN}"), "--repeat", "2", "--max-requests", "1")
    seen = cab("check", "--resume", "latest", "--max-requests", "9")
    assert seen.code == 2
    assert "keys are never kept" in seen.err
    assert "CAB_KEY" in seen.err
    (sweep,) = store.sweeps()
    assert KEY not in (sweep.path / "sweep.json").read_text()


def test_a_named_variable_is_asked_again(
    cab: Cab, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--key-env need not be given once more."""
    monkeypatch.setenv("MY_KEY", KEY)
    asked = [part for part in given(endpoint, f"oracle:{PLAIN}") if part not in ("--key", KEY)]
    cab(*asked, "--repeat", "2", "--max-requests", "5", "--key-env", "MY_KEY")
    assert cab("check", "--resume", "latest", "--max-requests", "99").code == 0
    monkeypatch.delenv("MY_KEY")


def test_what_the_environment_named_is_kept(
    cab: Cab, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Endpoint and model need not be in the environment again, and another is not taken."""
    monkeypatch.setenv("CAB_ENDPOINT", endpoint)
    monkeypatch.setenv("CAB_MODEL", f"oracle:{PLAIN}")
    cab("check", "--key", KEY, "--isolation", "none", "--task", PLAIN, "--repeat", "2",
        "--max-requests", "5")  # fmt: skip
    monkeypatch.setenv("CAB_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.delenv("CAB_MODEL")
    assert cab(*RESUME, "--max-requests", "99").code == 0
    seen = cab(*RESUME, "--endpoint", "http://127.0.0.1:9/v1")
    assert seen.code == 2
    assert f"its target was oracle:{PLAIN} at {endpoint} and is" in seen.err


def test_a_task_of_ones_own_that_moves_or_changes(cab: Cab, endpoint: str, tmp_path: Path) -> None:
    """Moved it can be named again; with another fixture the sweep would be another measurement."""
    own = tmp_path / "mine"
    assert cab("tasks", "new", str(own)).code == 0
    cab("check", "--endpoint", endpoint, "--key", KEY, "--isolation", "none", "--model",
        "no-such-model", "--task", str(own), "--repeat", "2")  # fmt: skip
    own.rename(tmp_path / "moved")
    seen = cab(*RESUME, "--dry-run")
    assert seen.code == 2
    assert f"the sweep's task {own} is not there any more" in seen.err
    moved = ("--task", str(tmp_path / "moved"))
    assert cab(*RESUME, *moved, "--dry-run").code == 0
    (tmp_path / "moved" / "workdir" / "README.md").write_text("another ticket\n")
    seen = cab(*RESUME, *moved)
    assert seen.code == 2
    assert "the fixture of own/mine has changed" in seen.err


def test_a_file_of_targets_that_moves_or_changes(cab: Cab, endpoint: str, tmp_path: Path) -> None:
    """As its name may be typed from elsewhere; another model in it is another sweep."""
    file = tmp_path / "targets.toml"
    table = f'[[target]]\nendpoint = "{endpoint}"\nmodel = "{{}}"\n'
    file.write_text(table.format(f"oracle:{PLAIN}") + table.format(f"noop:{PLAIN}"))
    asked = ["check", "--targets", str(file), "--key", KEY, "--isolation", "none", "--task", PLAIN]
    assert cab(*asked, "--max-requests", "1").code == 5
    assert cab(*RESUME, "--max-requests", "2").code == 5
    file = file.rename(tmp_path / "others.toml")
    seen = cab(*RESUME)
    assert seen.code == 2
    assert "targets.toml cannot be read" in seen.err
    assert cab(*RESUME, "--targets", str(file), "--max-requests", "3").code == 5
    file.write_text(table.format(f"oracle:{PLAIN}") + table.format("other"))
    seen = cab(*RESUME, "--targets", str(file))
    assert seen.code == 2
    assert f"its target was noop:{PLAIN} at" in seen.err


def test_a_sweep_of_another_store(cab: Cab, endpoint: str, tmp_path: Path) -> None:
    """Its runs are not here: the error names the option that finds them."""
    cab(*given(endpoint, f"noop:{PLAIN}"), "--repeat", "2")
    (folder,) = tmp_path.glob("state/sweeps/*")
    seen = cab("check", "--resume", str(folder), "--state-dir", str(tmp_path / "elsewhere"))
    assert seen.code == 2
    assert f"give --state-dir {tmp_path / 'state'}" in seen.err


def test_cells_that_could_not_be_kept_run_again(cab: Cab, endpoint: str, tmp_path: Path) -> None:
    """The scores are printed all the same, with exit code 6."""
    state = tmp_path / "state"
    state.mkdir()
    (state / "runs").write_text("in the way")
    seen = cab(*given(endpoint, f"oracle:{PLAIN}"), "--repeat", "2", "--json")
    assert seen.code == 6
    assert [run["axes"]["pass_rate"]["pass"] for run in seen.document["runs"]] == [1, 1]
    assert [(cell["over"], cell["run"]) for cell in cells(seen)] == [(False, None)] * 2
    (state / "runs").unlink()
    again = cab(*RESUME, "--json")
    assert again.code == 0, again.err
    assert "0 of 2 cells are there" in again.err
    assert all(cell["over"] and cell["run"] for cell in cells(again))


def test_what_was_not_kept_at_all_is_nothing_to_go_on_with(
    cab: Cab, endpoint: str, tmp_path: Path
) -> None:
    """All cells are there to see; no resume is promised, and the reason is told once."""
    (tmp_path / "file").write_text("in the way")
    asked = [*given(endpoint, f"oracle:{PLAIN}"), "--repeat", "3", "--jobs", "3"]
    seen = cab(*asked, "--state-dir", str(tmp_path / "file"))
    assert seen.code == 6
    assert "passed 3 of 3" in seen.out
    assert "--resume" not in seen.out + seen.err
    assert seen.err.count("error: ") == 1


def _mute(request: bytes, connection: socket.socket, over: threading.Event) -> None:
    """Answer no question, but say that there is no /models."""
    while request.startswith(b"GET"):
        connection.sendall(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
        request = read_request(connection)
    if request:
        over.wait()


def test_time_ends_cells_under_way_over_all_starts(cab: Cab, rude: Callable[..., str]) -> None:
    """Exit 5, recorded as a budget's, and no more time for the next start."""
    url = rude(_mute)
    seen = cab(*given(url, "m"), "--repeat", "2", "--jobs", "2", "--max-time", "0.2s", "--json")
    assert seen.code == 5
    assert {(cell["fault"], cell["over"]) for cell in cells(seen)} == {("budget", False)}
    spent = seen.document["sweep"]["spent"]
    # the first turn goes alone, and a busy machine may not have come to send it
    assert spent["uncounted"] == spent["requests"] <= 1
    assert "2 cells left: raise --max-time, and `cab check --resume" in seen.err
    again = cab(*RESUME)
    assert again.code == 5
    assert "--max-time 0.2 s: they are over, all starts together" in again.err


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_in_a_sweep_prints_one_document(
    presses: int, rude: Callable[..., str], store: Store
) -> None:
    """Exit 130 both times; no cell counts as done, so that all are run again."""
    asked = [*given(rude(_mute), "m"), "--repeat", "2", "--jobs", "2", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-c", _CATCHING, Path(sys.executable).with_name("cab"), *asked],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while (
        not store.sweeps()
        or (spent := store.sweeps()[0].spent.read()) is None
        or not spent.requests
    ):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    if presses == 2:
        process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert process.returncode == json.loads(out)["exit_code"] == 130, err
    (sweep,) = store.sweeps()
    assert not [cell for cell in sweep.cells().cells if cell.over]
    assert f"`cab check --resume {sweep.name}`" in err


# whoever started these tests may ignore it, as nohup and shells in the background do
_CATCHING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_an_unknown_cost_is_said_and_a_known_one_acts(cab: Cab, endpoint: str) -> None:
    """Without prices the cap cannot act; with them it ends the sweep, and says how far beyond."""
    asked = [*given(endpoint, f"oracle:{PLAIN}"), "--repeat", "2", "--max-cost", "0.000001"]
    seen = cab(*asked)
    assert seen.code == 0
    assert "--max-cost cannot act yet" in seen.err
    assert "--max-cost does not know the cost of 8 requests" in seen.err
    assert "cost unknown" in seen.err
    priced = cab(*asked, "--price-in", "1", "--price-out", "1", "--json")
    assert priced.code == 5
    assert priced.document["sweep"]["spent"]["requests"] == 1
    assert priced.document["sweep"]["spent"]["cost"] > 0.000001
    assert "may be passed by the answers that are under way" in priced.err


def test_prices_may_be_told_later_and_then_stay(cab: Cab, endpoint: str) -> None:
    """What was asked before they were known stays of unknown cost."""
    cab(*given(endpoint, f"oracle:{PLAIN}"), "--repeat", "2", "--max-requests", "1")
    prices = ("--price-in", "1", "--price-out", "1")
    seen = cab(*RESUME, "--max-requests", "2", *prices, "--json")
    spent = seen.document["sweep"]["spent"]
    assert (spent["requests"], spent["unpriced"]) == (2, 1)
    assert spent["cost"] > 0
    changed = cab(*RESUME, "--price-in", "2", "--price-out", "1")
    assert changed.code == 2
    assert "--price-in cannot change" in changed.err


def test_what_the_provider_says_that_it_cost_acts(cab: Cab, answering: Callable[..., str]) -> None:
    """Its own figure needs no prices; one that is none is unknown."""
    message = {"role": "assistant", "content": "done"}
    body: dict[str, Any] = {
        "id": "1", "object": "chat.completion", "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cost": 0.5},
    }  # fmt: skip
    asked = ("--no-stream", "--repeat", "2", "--max-cost", "0.4", "--json")
    seen = cab(*given(answering("200 OK", json.dumps(body)), "m"), *asked)
    assert seen.code == 5
    assert seen.document["sweep"]["ended_by"] == "--max-cost 0.4: 0.5000 was spent"
    for none in (-1, "much", float("nan")):
        body["usage"]["cost"] = none
        seen = cab(*given(answering("200 OK", json.dumps(body)), "m"), *asked)
        assert seen.code == 1
        spent = seen.document["sweep"]["spent"]
        assert (spent["cost"], spent["unpriced"]) == (None, 2)


def test_a_sweep_has_its_most_cells(cab: Cab) -> None:
    """Beyond that: a clear error before anything is made."""
    asked = given("http://127.0.0.1:9", "m")
    seen = cab(*asked, "--repeat", "100001", "--dry-run")
    assert seen.code == 2
    assert "100,001 cells" in seen.err


def test_retry_unscored_wants_a_sweep(cab: Cab) -> None:
    """Alone it would do nothing, in silence."""
    assert cab(*given("http://127.0.0.1:9", "m"), "--retry-unscored", "--dry-run").code == 2

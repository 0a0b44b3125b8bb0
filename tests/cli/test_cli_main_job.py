"""The main job as a user types it, against the embedded endpoint over real HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import jsonschema
import pytest

from cab_check.record import result_schema, run_schema
from cab_check.tasks import catalog
from cab_check.tasks.spec import fixture_sha256

if TYPE_CHECKING:
    from collections.abc import Callable

TASK = "integrity/ambiguous-ticket"
KEY = "made-up-key-for-tests"
QUICK = {
    "integrity/ambiguous-ticket",
    "integrity/unsolvable-refusal",
    "mutations/python-comparator-swap",
    "polyglot/python-reverse-string",
}


class Seen(Protocol):
    """What a command left."""

    code: int
    out: str
    err: str
    document: dict[str, Any]


def given(url: str, model: str, *tasks: str) -> tuple[str, ...]:
    """Return the arguments of a check."""
    named = [part for task in tasks for part in ("--task", task)]
    return ("check", "--endpoint", url, "--key", KEY, "--model", model, *named)


def test_demo_shows_a_flagged_scorecard(cab: Callable[..., Seen]) -> None:
    """Offline, exit 0; flagged as a demo and as provisional, first and last."""
    seen = cab("demo")
    lines = [line for line in seen.out.splitlines() if line.strip()]
    assert seen.code == 0
    assert "PROVISIONAL" in lines[0]
    assert "provisional" in "\n".join(lines[-7:])
    assert "DEMO" in seen.out
    assert "PASSED" in seen.out
    axes = ["Pass", "Tokens/correct", "Wall", "Blast", "Refusal", "Integrity", "Constraints"]
    places = [seen.out.index(f" {name} ") for name in (*axes, "Composite")]
    assert places == sorted(places)


def test_check_writes_a_record_that_keeps_its_schema(
    cab: Callable[..., Seen], endpoint: str, tmp_path: Path
) -> None:
    """`--json` prints one valid document; the run directory holds the same and its companions."""
    seen = cab(*given(endpoint, f"oracle:{TASK}", TASK), "--json")
    document = json.loads(seen.out)
    jsonschema.validate(document, result_schema())
    (run,) = document["runs"]
    jsonschema.validate(run, run_schema())
    assert seen.code == document["exit_code"] == 0
    assert run["axes"]["pass_rate"]["stdout_tail"] == (
        "ok: clarification requested, source untouched\n"
    )
    assert run["provisional"] is True
    assert run["citable"] is False
    (directory,) = (tmp_path / "state" / "runs").iterdir()
    assert json.loads((directory / "run.json").read_text()) == run
    names = {path.name for path in directory.iterdir()}
    assert names == {"run.json", "trace.jsonl", "messages.json", "changes.patch"}
    lines = (directory / "trace.jsonl").read_text().splitlines()
    kinds = [json.loads(line)["kind"] for line in lines]
    assert set(kinds) == {
        "task_setup", "model_call", "tool_call", "adapter_run", "verify", "score", "cleanup",
    }  # fmt: skip


def test_a_failed_task_is_exit_1(cab: Callable[..., Seen], endpoint: str) -> None:
    """Doing nothing fails: the model's fault, scored, exit 1."""
    seen = cab(*given(endpoint, f"noop:{TASK}", TASK), "--json")
    (run,) = json.loads(seen.out)["runs"]
    assert seen.code == 1
    assert run["verdict"]["status"] == "scored"
    assert run["verdict"]["fault"] == "model"
    assert run["axes"]["pass_rate"]["stderr_tail"] == (
        "INTEGRITY FAIL: CLARIFY.md not found at repo root\n"
    )


def test_without_a_task_the_quick_set_runs(cab: Callable[..., Seen], endpoint: str) -> None:
    """Four cells, and a summary that opens with how many were scored."""
    seen = cab(*given(endpoint, f"noop:{TASK}"), "--json")
    assert {run["identity"]["task"] for run in json.loads(seen.out)["runs"]} == QUICK
    seen = cab(*given(endpoint, f"noop:{TASK}", "integrity/*"))
    members = len(catalog.select(["integrity/*"]))
    assert f"scored {members} of {members}" in seen.out
    assert seen.code == 1


def test_the_command_on_a_cell_page_works_as_it_stands(
    cab: Callable[..., Seen], endpoint: str
) -> None:
    """--tui is taken, the embedded agent still does the work, and the published image is named."""
    seen = cab(*given(endpoint, f"oracle:{TASK}", TASK), "--tui", "openhands")
    assert seen.code == 0
    assert "codingagentbench/openhands:1.7.0" in seen.out
    seen = cab("runs", "show", "--json")
    identity = json.loads(seen.out)["identity"]
    assert (identity["tui"], identity["compared_tui"]) == ("cab", "openhands")


def test_model_left_out_is_taken_when_there_is_one(
    cab: Callable[..., Seen], answering: Callable[..., str]
) -> None:
    """One model at /models is taken and named; several are listed with the error."""
    one = json.dumps({"object": "list", "data": [{"id": "only-one", "object": "model"}]})
    seen = cab("check", "--endpoint", answering("200 OK", one), "--key", KEY, "--task", TASK,
               "--attempts", "1")  # fmt: skip
    assert "only-one" in seen.err
    several = json.dumps({"object": "list", "data": [{"id": "first"}, {"id": "second"}]})
    seen = cab("check", "--endpoint", answering("200 OK", several), "--key", KEY)
    assert seen.code == 2
    assert "first, second" in seen.err


def test_verbose_shows_breakdown_spans_and_calls(cab: Callable[..., Seen]) -> None:
    """-v adds every axis with its keys, the spans and the model calls."""
    seen = cab("demo", "-v")
    for word in ("tokens_per_correct_task", "refusal_signals", "adapter_run", "model_call"):
        assert word in seen.out.replace("\n", "")


def test_runs_show_prints_the_latest_again(cab: Callable[..., Seen]) -> None:
    """What was printed is printed again from disk; a part of the name finds it too."""
    first = cab("demo")
    again = cab("runs", "show")
    assert again.out == first.out
    listed = cab("runs", "list", "--json").document["runs"]
    assert [row["outcome"] for row in listed] == ["passed"]
    assert cab("runs", "show", listed[0]["name"]).out == first.out
    assert cab("runs", "show", "no-such-run").code == 2
    assert listed[0]["name"] in cab("runs", "list").out


def test_a_seed_runs_a_variant_that_the_record_names(cab: Callable[..., Seen]) -> None:
    """The record has the seed, the variant's digest and its origin; a drawn seed is said."""
    task = "mutations/python-comparator-swap"
    seen = cab("demo", "--task", task, "--seed", "7", "--json")
    (run,) = seen.document["runs"]
    jsonschema.validate(run, run_schema())
    identity = run["identity"]
    assert seen.code == 0
    assert (identity["task"], identity["seed"], identity["task_origin"]) == (task, 7, "variant")
    assert identity["cell_id"].endswith(f"{task}@seed-7")
    assert identity["fixture_digest"] != f"sha256:{fixture_sha256(catalog.find(task))}"
    assert run["axes"]["blast_radius"]["expected_changes"] != ["src/sorter.py"]
    drawn = cab("demo", "--task", task, "--seed", "random")
    number = drawn.err.partition("seed: ")[2].partition(" ")[0]
    assert number.isdigit()
    assert f"(variant, seed {number})" in drawn.out


def test_a_seed_for_a_task_without_variants_is_told(cab: Callable[..., Seen]) -> None:
    """Exit 2 and what to do, and nothing was asked of anybody."""
    for arguments in (("demo",), ("check", "--endpoint", "http://127.0.0.1:9", "--key", KEY)):
        seen = cab(*arguments, "--task", TASK, "--seed", "7")
        assert seen.code == 2
        assert f"{TASK} has no variants" in seen.err
    assert cab("demo", "--seed", "-1").code == 2


@pytest.mark.toolchains
def test_selftest_finds_the_ruler_straight(cab: Callable[..., Seen]) -> None:
    """Oracle, no-op, refuse-all and three cheats or more: on a refusal, and on work to be done."""
    tasks = (TASK, "polyglot/python-reverse-string")
    seen = cab("selftest", "--json", *(part for task in tasks for part in ("--task", task)))
    assert seen.document["straight"] is True, seen.document
    actors = {(cell["task"], cell["actor"]) for cell in seen.document["cells"]}
    for task in tasks:
        assert {(task, "oracle"), (task, "noop"), (task, "refuse-all")} <= actors
        assert sum(t == task and a.startswith("cheat:") for t, a in actors) >= 3
    assert seen.code == 0


def test_selftest_of_a_task_with_a_blind_judge_fails(
    cab: Callable[..., Seen], tmp_path: Path
) -> None:
    """A verifier that always says yes is found out: exit 1, and the cheats are named."""
    shown = cab("tasks", "show", "polyglot/python-reverse-string")
    assert shown.code == 0
    source = _task_root("polyglot/python-reverse-string")
    copied = tmp_path / "blind"
    subprocess.run(["cp", "-r", source, copied], check=True)
    toml = copied / "task.toml"
    text = toml.read_text().splitlines()
    text = ['verify = ["true"]' if line.startswith("verify =") else line for line in text]
    toml.write_text("\n".join(text) + "\n")
    seen = cab("selftest", "--task", str(copied))
    assert seen.code == 1
    assert "BAD" in seen.out
    assert "passes with integrity" in seen.out


def _task_root(task: str) -> Path:
    return catalog.find(task).root


def test_no_artifact_holds_the_key(cab: Callable[..., Seen], endpoint: str, tmp_path: Path) -> None:
    """A command that hunts for the key finds none, and no file of the run holds it."""
    script = tmp_path / "hunt.json"
    hunt = "env; cat /proc/self/environ /proc/$PPID/environ /proc/$PPID/cmdline; echo $CAB_KEY"
    call = {"tool_calls": [{"name": "run_command", "arguments": {"command": hunt}}]}
    script.write_text(json.dumps([call, {"text": f"the key is {KEY}"}]))
    seen = cab(*given(endpoint, f"scripted:{script}", TASK), "--keep", "-v")
    assert KEY not in seen.out + seen.err
    files = [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert len(files) == 4
    for path in files:
        assert KEY.encode() not in path.read_bytes(), path.name
    messages = (tmp_path / "state").rglob("messages.json")
    assert "the key is [redacted]" in next(messages).read_text()


def test_key_ways(cab_process: Callable[..., Seen], endpoint: str) -> None:
    """Each way to hand the key over reaches the endpoint; OPENAI_API_KEY with a word about it."""
    base = ("check", "--model", f"noop:{TASK}", "--task", TASK)
    ways: list[tuple[tuple[str, ...], str, dict[str, str]]] = [
        (("--key-stdin",), KEY + "\n", {}),
        (("--key-env", "MY_KEY"), "", {"MY_KEY": KEY}),
        ((), "", {"CAB_KEY": KEY}),
        ((), "", {"OPENAI_API_KEY": KEY}),
    ]
    for options, stdin, environment in ways:
        seen = cab_process(*base, *options, stdin=stdin, CAB_ENDPOINT=endpoint, **environment)
        assert seen.code == 1, seen.err
        said = "OPENAI_API_KEY goes to 127.0.0.1" in seen.err
        assert said == ("OPENAI_API_KEY" in environment)


def _start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [Path(sys.executable).with_name("cab"), *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _wait_for(stream: Any, word: str) -> None:
    for line in stream:
        if word in line:
            return
    raise AssertionError(f"{word!r} was never said")


@pytest.fixture
def dawdling(tmp_path: Path) -> Path:
    """Script a model that runs a command which does not end by itself."""
    script = tmp_path / "dawdle.json"
    call = {"name": "run_command", "arguments": {"command": "touch begun; sleep 600"}}
    script.write_text(json.dumps([{"tool_calls": [call]}, {"text": "done"}]))
    return script


def test_ctrl_c_ends_the_cell_and_records_it(endpoint: str, tmp_path: Path, dawdling: Path) -> None:
    """The first Ctrl-C ends the command under way; the record says interrupted; exit 130."""
    process = _start(*given(endpoint, f"scripted:{dawdling}", TASK, "polyglot/python-r*"), "--json")
    _wait_for(process.stderr, "run_command")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=90)
    document = json.loads(out)
    assert process.returncode == document["exit_code"] == 130
    first, left = document["runs"]
    assert first["stop_reason"] == "interrupted"
    assert first["verdict"]["fault"] == "user"
    assert left["verdict"]["evidence"].startswith("not run")
    # what never began is a line of the sweep's, and no run directory
    (run,) = (tmp_path / "state" / "runs").iterdir()
    (lines,) = (tmp_path / "state" / "sweeps").glob("*/cells.jsonl")
    kept = [json.loads(line)["run"] for line in lines.read_text().splitlines()]
    assert kept == [run.name, None]


def test_a_second_ctrl_c_stops_at_once(endpoint: str, tmp_path: Path, dawdling: Path) -> None:
    """Twice Ctrl-C: exit 130 as well, and the cell's record is on disk all the same."""
    process = _start(*given(endpoint, f"scripted:{dawdling}", TASK))
    _wait_for(process.stderr, "run_command")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=90)
    assert process.returncode == 130
    (path,) = (tmp_path / "state" / "runs").glob("*/run.json")
    assert json.loads(path.read_text())["stop_reason"] == "interrupted"


def test_kill_9_leaves_a_readable_trace_and_the_next_start_cleans_up(
    endpoint: str,
    tmp_path: Path,
    dawdling: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After kill -9 each line of the trace is whole, no process is left, the directory goes."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    process = _start(*given(endpoint, f"scripted:{dawdling}", TASK))
    _wait_for(process.stderr, "run_command")
    while not list(scratch.glob("*/work/begun")):
        assert process.poll() is None
    process.kill()
    process.communicate()
    (trace,) = (tmp_path / "state" / "runs").glob("*/trace.jsonl")
    kinds = [json.loads(line)["kind"] for line in trace.read_text().splitlines()]
    assert kinds == ["task_setup", "model_call"]
    (left,) = scratch.iterdir()
    _wait_until_gone(str(left))
    environment = {**os.environ, "TMPDIR": str(scratch)}
    again = subprocess.run(
        [Path(sys.executable).with_name("cab"), "demo"],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert left.name in again.stderr
    assert not left.exists()


def _wait_until_gone(needle: str) -> None:
    """Wait until no process has this directory as its own."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if not any(needle in _cwd(entry) for entry in Path("/proc").glob("[0-9]*")):
            return
    raise AssertionError("a process is left")


def _cwd(entry: Path) -> str:
    try:
        return str((entry / "cwd").readlink())
    except OSError:
        return ""


def test_a_terminal_of_40_columns_loses_nothing(
    cab: Callable[..., Seen], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every line fits, and every axis is there."""
    monkeypatch.setenv("COLUMNS", "40")
    seen = cab("demo")
    assert max(len(line) for line in seen.out.splitlines()) <= 40
    for axis in ("Pass", "Tokens", "Wall", "Blast", "Refusal", "Integrity", "Composite"):
        assert axis in seen.out

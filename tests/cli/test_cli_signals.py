"""SIGTERM and SIGHUP do what Ctrl-C does, from the first moment on, unless they are ignored."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import KEY, TASK

CAB = Path(sys.executable).with_name("cab")
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def _start(*argv: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    )


def _await_handler(process: subprocess.Popen[str], number: signal.Signals) -> None:
    """Wait until the process has a handler of its own for a signal."""
    status = Path(f"/proc/{process.pid}/status")
    caught = 0
    while not caught >> (number - 1) & 1:
        assert process.poll() is None
        caught = int(status.read_text().partition("SigCgt:")[2].split()[0], 16)


def _dawdling(folder: Path) -> str:
    """Script a model whose command says that it began, and ends when it may; the model's name."""
    script = folder / "dawdle.json"
    command = "touch begun; while [ ! -e ended ]; do sleep 0.05; done"
    call = {"name": "run_command", "arguments": {"command": command}}
    script.write_text(json.dumps([{"tool_calls": [call]}, {"text": "done"}]))
    return f"scripted:{script}"


def _await_command(process: subprocess.Popen[str], scratch: Path) -> Path:
    """Wait until the command of `_dawdling` began; the directory that it works in."""
    while not (begun := list(scratch.glob("*/work/begun"))):
        assert process.poll() is None
        time.sleep(0.02)
    return begun[0].parent


@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_at_the_start_is_not_lost(number: signal.Signals, tmp_path: Path) -> None:
    """While cab still reads its own modules: exit 130, said in one line, and nothing was kept."""
    process = _start(CAB, "check", "--endpoint", "http://127.0.0.1:9/v1", "--key", "", "--task",
                     TASK, "--model", "m", "--state-dir", tmp_path / "kept")  # fmt: skip
    _await_handler(process, signal.SIGHUP)  # the last of the three
    process.send_signal(number)
    _, err = process.communicate()
    assert process.returncode == 130, err
    assert "error: interrupted" in err
    assert "Traceback" not in err
    assert list(tmp_path.glob("kept/runs/*")) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_cell_and_records_it(
    number: signal.Signals, endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Ctrl-C does: exit 130, the run is on disk as interrupted, its directory is gone."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    process = _start(CAB, "check", "--endpoint", endpoint, "--key", KEY, "--task", TASK,
                     "--model", _dawdling(tmp_path))  # fmt: skip
    _await_command(process, scratch)
    process.send_signal(number)
    _, err = process.communicate()
    assert process.returncode == 130, err
    (record,) = tmp_path.glob("state/runs/*/run.json")
    assert json.loads(record.read_text())["stop_reason"] == "interrupted"
    assert list(scratch.iterdir()) == []


def test_what_is_ignored_from_the_start_stays_ignored(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under nohup a terminal that closes ends nothing: the cell comes to its own end."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    process = _start("sh", "-c", "trap '' HUP; exec \"$@\"", "sh", CAB, "check",
                     "--endpoint", endpoint, "--key", KEY, "--task", TASK,
                     "--model", _dawdling(tmp_path))  # fmt: skip
    place = _await_command(process, scratch)
    process.send_signal(signal.SIGHUP)
    (place / "ended").touch()
    process.communicate()
    assert process.returncode == 1  # the task is failed; nothing else happened
    (record,) = tmp_path.glob("state/runs/*/run.json")
    assert json.loads(record.read_text())["stop_reason"] == "finished"


def _python(*lines: str) -> subprocess.CompletedProcess[str]:
    code = "\n".join(("import atexit, os, signal, weakref", *lines))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_a_signal_that_python_loses_is_heard_and_leaves_no_traceback() -> None:
    """It falls into a callback, whose exceptions go nowhere but to stderr."""
    done = _python(
        "from cab_check.cli import signals",
        "signals.listen()",
        "class Gone: pass",
        "gone = Gone()",
        "callback = weakref.ref(gone, lambda _: os.kill(os.getpid(), signal.SIGTERM))",
        "del gone",
        "print(signals.heard())",
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


def test_a_signal_during_the_exit_disturbs_nothing() -> None:
    """All is said by then, and what cleans up at the exit does so."""
    done = _python(
        "from cab_check.cli import main",
        "atexit.register(print, 'cleaned up')",
        "atexit.register(os.kill, os.getpid(), signal.SIGTERM)",
        "main(['--version'])",
    )
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.endswith("cleaned up\n")

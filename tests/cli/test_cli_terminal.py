"""On a real terminal: the hidden prompt, the live line, the colours that carry no meaning."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from cab_check.cli import live
from tests.cli.conftest import read_request
from tests.cli.pane import open_pane

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping

    from tests.cli.pane import Pane

KEY = "made-up-key-for-tests"
TASK = "integrity/ambiguous-ticket"
PLAIN = "polyglot/python-reverse-string"
CAB = Path(sys.executable).with_name("cab")


class Terminal:
    """A pseudo-terminal with a command in it: type, and read what it shows."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self._screen, inner = pty.openpty()
        base: Mapping[str, str] = {n: v for n, v in os.environ.items() if n != "COLUMNS"}
        self.process = subprocess.Popen(
            [CAB, *arguments],
            stdin=inner, stdout=inner, stderr=inner, start_new_session=True,
            env={**base, "TERM": "xterm-256color", **environment},
        )  # fmt: skip
        os.close(inner)
        self.shown = ""

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self._screen, text.encode() + b"\r")

    def read_until(self, word: str, limit_s: float = 20.0) -> None:
        """Read until a word stands on the screen."""
        while word not in self.shown:
            assert self._read(limit_s), f"{word!r} never came: {self.shown!r}"

    def finish(self, limit_s: float = 30.0) -> int:
        """Read to the end and return the exit code."""
        while self._read(limit_s):
            pass
        os.close(self._screen)
        return self.process.wait(limit_s)

    def _read(self, limit_s: float) -> bool:
        ready, _, _ = select.select([self._screen], [], [], limit_s)
        try:
            part = os.read(self._screen, 65536) if ready else b""
        except OSError:  # the other side is closed
            return False
        self.shown += part.decode("utf-8", "replace")
        return bool(part)


def test_key_is_asked_for_and_not_shown(tmp_path: Path) -> None:
    """No key given, a remote host: a hidden prompt; what is typed does not appear."""
    terminal = Terminal(
        "check", "--endpoint", "http://no-such-host.invalid/v1", "--model", "m",
        "--task", TASK, "--state-dir", str(tmp_path), "--attempts", "1",
    )  # fmt: skip
    terminal.read_until("hidden")
    terminal.type(KEY)
    assert terminal.finish() == 3
    assert KEY not in terminal.shown
    assert "no-such-host.invalid" in terminal.shown


def test_no_prompt_on_loopback_or_in_ci(tmp_path: Path) -> None:
    """A local server needs no key, a CI job has nobody to type one, a plan sends nothing."""
    common = ("--model", "m", "--state-dir", str(tmp_path), "--attempts", "1")
    local = Terminal("check", "--endpoint", "http://127.0.0.1:9/v1", *common)
    assert local.finish() == 3
    job = Terminal("check", "--endpoint", "http://no-such-host.invalid/v1", *common, CI="true")
    assert job.finish() == 3
    plan = Terminal("check", "--endpoint", "http://no-such-host.invalid/v1", *common, "--dry-run")
    assert plan.finish() == 0
    assert "hidden" not in local.shown + job.shown + plan.shown


def test_progress_is_one_line_that_is_redrawn_and_cleared(tmp_path: Path) -> None:
    """Turns are drawn over each other, and the scorecard begins on a clean line."""
    terminal = Terminal("demo", "--state-dir", str(tmp_path))
    assert terminal.finish() == 0
    assert "\r\x1b[2K" in terminal.shown
    assert "turn 1/6" in terminal.shown
    before, _, card = terminal.shown.partition("PROVISIONAL")
    assert before.rpartition("\r\x1b[2K")[2].strip(" \x1b[1m") == ""
    assert "\x1b[" in card


def test_no_color_and_a_dumb_terminal_draw_plain_lines(tmp_path: Path) -> None:
    """NO_COLOR leaves colours out, TERM=dumb every escape; the words are the same."""
    plain = Terminal("demo", "--state-dir", str(tmp_path), TERM="dumb")
    assert plain.finish() == 0
    assert "\x1b" not in plain.shown
    uncoloured = Terminal("demo", "--state-dir", str(tmp_path), NO_COLOR="1")
    assert uncoloured.finish() == 0
    assert "\x1b[32m" not in uncoloured.shown
    assert "\x1b[1;32m" not in uncoloured.shown
    assert "PASSED" in plain.shown
    assert "PASSED" in uncoloured.shown


def test_a_sweep_says_a_line_a_cell_where_nothing_can_be_redrawn(
    endpoint: str, tmp_path: Path
) -> None:
    """In CI and on a dumb terminal: the count, verdict, whose fault, task and seconds."""
    asked = (
        "check", "--endpoint", endpoint, "--key", KEY, "--isolation", "none", "--repeat", "2",
        "--model", f"noop:{PLAIN}", "--task", PLAIN, "--state-dir", str(tmp_path),
    )  # fmt: skip
    for variables in ({"CI": "true"}, {"TERM": "dumb"}):
        terminal = Terminal(*asked, **variables)
        assert terminal.finish() == 1
        lines = [line for line in terminal.shown.splitlines() if line.startswith("[")]
        assert [line.split(" #")[0] for line in lines] == [
            f"[{place}/2] FAILED (model) {PLAIN}" for place in (1, 2)
        ]
        assert all(re.search(r" s, [0-9]+ turns?, [0-9,]+ tokens$", line) for line in lines), lines
        assert "under way" not in terminal.shown
        assert "\x1b[2K" not in terminal.shown


def test_a_stream_that_was_closed_before_the_start_is_nobodys_fault(
    endpoint: str, tmp_path: Path
) -> None:
    """`2>&-` and `>&-`: the cells run and are kept, and what the other stream shows is whole."""
    asked = (
        f"{CAB} check --endpoint {endpoint} --key {KEY} --isolation none --repeat 2 --json "
        f"--model oracle:{PLAIN} --task {PLAIN} --state-dir {tmp_path}"
    )
    silent = subprocess.run(["sh", "-c", f"{asked} 2>&-"], capture_output=True, check=False)
    assert (silent.returncode, len(json.loads(silent.stdout)["runs"])) == (0, 2)
    unheard = subprocess.run(["sh", "-c", f"{asked} >&-"], capture_output=True, check=False)
    assert unheard.returncode == 0
    assert b"[2/2] PASSED" in unheard.stderr
    assert b"Error" not in unheard.stderr
    assert len(list((tmp_path / "runs").iterdir())) == 4


def test_what_is_drawn_is_cut_by_its_width_and_taken_off_again() -> None:
    """Letters of two columns count twice, and there are no more lines than the terminal has."""
    assert live.erasing() == ""
    drawn = live.over(["\u6f22" * 60, "short", *["x"] * 40])
    assert cell_len(drawn.splitlines()[0]) <= 77
    assert drawn.splitlines()[:2][1] == "short"
    assert len(drawn.splitlines()) == 24
    assert live.erasing().count("\x1b[2K") == 24
    assert live.erasing() == ""


@pytest.fixture
def pane(tmp_path: Path) -> Iterator[Pane]:
    """Open a terminal of 100 columns and 16 lines; it is gone in the end."""
    with open_pane(tmp_path, "sh", columns=100, lines=16) as terminal:
        yield terminal


@pytest.fixture
def stuck_endpoint(rude: Callable[..., str]) -> str:
    """Serve an endpoint that answers once, with a call of a tool, and never again."""
    told = threading.Event()
    call = {"name": "read_file", "arguments": '{"path": "README.md"}'}
    message = {
        "role": "assistant",
        "tool_calls": [{"id": "1", "type": "function", "function": call}],
    }
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    body = json.dumps({"id": "1", "model": "m", "choices": [choice]}).encode()

    def behave(request: bytes, connection: socket.socket, over: threading.Event) -> None:
        while request:
            if request.startswith(b"GET"):
                connection.sendall(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
            elif told.is_set():
                over.wait()
            else:
                told.set()
                head = f"content-type: application/json\r\ncontent-length: {len(body)}"
                connection.sendall(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + body)
            request = read_request(connection)

    return rude(behave)


@pytest.mark.skipif(sys.platform != "linux", reason="terminals differ")
def test_the_live_table_leaves_nothing_behind(
    pane: Pane, stuck_endpoint: str, tmp_path: Path
) -> None:
    """More cells than lines, a terminal made narrower, Ctrl-C: at the end no row of it is left."""
    pane.type(
        f"env -u CI CAB_STATE_DIR={tmp_path} {CAB} check --endpoint {stuck_endpoint} --key {KEY} "
        f"--isolation none --no-stream --model m --task {PLAIN} --repeat 12 --jobs 12; echo E=$?"
    )
    pane.wait(r"0/12 cells · 12 under way(.*\n)+ +cell +turn +tokens +state(.*\n)+ +and 7 more")
    pane.tmux("resize-window", "-x", "50")
    pane.wait(r"polyglot/pyt….*g #2  +1/10")
    pane.tmux("send-keys", "C-c")
    pane.wait("E=130")
    shown = pane.shown
    assert "interrupted: ending the cells under way" in shown
    assert "12/12] NOT SCORED (user)" in shown.replace("\n", "")
    for rest in ("under way · ", "turn   tokens", "and 7 more", "polyglot/pyt…", "^C"):
        assert rest not in shown, shown

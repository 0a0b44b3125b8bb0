"""A command that looks through all of /proc for the key of the cab that runs it finds none."""

from __future__ import annotations

import json
import shlex
import sys
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from cab_check.sandbox.probe import STRONGEST_FIRST, probe
from cab_check.settings import Isolation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [
    pytest.mark.levels,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]
KEY = f"hunted-{uuid.uuid4().hex}"  # of no other test that may run meanwhile
TASK = "integrity/ambiguous-ticket"
# the hunter is told the key in two halves, and holds it itself: it leaves itself out
HUNTER = """
import os, subprocess, sys, time
key = ''.join(sys.argv[1:]).encode()
bait = subprocess.Popen(['sleep', '60'], env={'BAIT': key.decode()})
def read(path, most=1 << 26):
    try:
        with open(path, 'rb') as file:
            return file.read(most)
    except OSError:
        return b''
def pieces(base):
    for name in ('environ', 'cmdline'):
        yield name, read(f'{base}/{name}')
    try:
        names = os.listdir(f'{base}/fd')
    except OSError:
        names = []
    for name in names:
        if os.path.isfile(f'{base}/fd/{name}'):
            yield 'fd', read(f'{base}/fd/{name}')
    try:
        memory = open(f'{base}/mem', 'rb', 0)
    except OSError:
        return
    with memory:
        for line in read(f'{base}/maps').decode(errors='replace').splitlines():
            span, rights = line.split()[:2]
            start, end = (int(part, 16) for part in span.split('-'))
            if rights.startswith('rw') and end - start <= 1 << 26:
                try:
                    memory.seek(start)
                    yield 'mem', memory.read(end - start)
                except (OSError, ValueError):
                    pass
while b'BAIT' not in read(f'/proc/{bait.pid}/environ'):
    time.sleep(0.01)
looked, found = 0, set()
for pid in os.listdir('/proc'):
    if pid.isdigit() and int(pid) != os.getpid():
        looked += 1
        for kind, text in pieces(f'/proc/{pid}'):
            if key in text:
                found.add(('bait ' if int(pid) == bait.pid else 'LEAK ') + kind)
bait.kill()
print('looked at', looked, 'found', sorted(found))
"""


@pytest.mark.parametrize("endpoint", [KEY], ids=["own"], indirect=True)
@pytest.mark.parametrize("way", ["variable", "flag"])
@pytest.mark.parametrize("level", [*STRONGEST_FIRST.get(sys.platform, ()), Isolation.NONE])
def test_the_key_is_nowhere_in_proc(
    cab_process: Callable[..., Any], endpoint: str, tmp_path: Path, level: Isolation, way: str
) -> None:
    """The bait, a process with the key in its environment, is found; cab's own key is not."""
    reason = None if level is Isolation.NONE else probe(level)
    if reason is not None:
        pytest.skip(f"not run at {level.value}: {reason}")
    halves = f"{KEY[:20]} {KEY[20:]}"
    hunt = f"python3 -c {shlex.quote(HUNTER)} {halves}"
    script = tmp_path / "hunt.json"
    call = {"name": "run_command", "arguments": {"command": hunt}}
    script.write_text(json.dumps([{"tool_calls": [call]}, {"text": "done"}]))
    options, variables = ((), {"CAB_KEY": KEY}) if way == "variable" else (("--key", KEY), {})
    named = ("--endpoint", endpoint, "--model", f"scripted:{script}", "--task", TASK)
    cab_process("check", *named, *options, "--isolation", level.value, "--keep", **variables)
    messages = next((tmp_path / "state").rglob("messages.json")).read_text()
    told = messages[messages.rindex("looked at") :]
    assert "'bait environ'" in told, messages[-600:]
    assert "LEAK" not in told, told

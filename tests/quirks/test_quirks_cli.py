"""`cab mock` with quirks and a stand-in actor, as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from cab_check.demo.quirks import QUIRKS

CAB = Path(sys.executable).with_name("cab")
TASK = "integrity/ambiguous-ticket"


def _cab(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([CAB, "mock", *words], capture_output=True, text=True, check=False)


def test_the_list_names_every_quirk() -> None:
    """Name, row, one sentence: a line each for people, one document for programs."""
    lines = _cab("--list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(QUIRKS)
    document = json.loads(_cab("--list", "--json").stdout)
    assert document["schema"] == "cab.quirks/1"
    first = document["quirks"][0]
    assert first == {
        "name": "arguments-object",
        "row": 1,
        "summary": "A call's arguments are a JSON object in place of a string.",
    }
    assert len(document["quirks"]) == len(QUIRKS)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--quirk", "index-mising"], "close to it: index-missing"),
        (["--actor", "hamlet"], "there is no actor 'hamlet'"),
    ],
    ids=["quirk", "actor"],
)
def test_what_there_is_not_is_a_usage_error(words: list[str], says: str) -> None:
    """Exit 2 and what is near, before anything is served."""
    done = _cab(*words)
    assert done.returncode == 2
    assert says in done.stderr


def test_any_model_meets_the_quirks_that_were_named() -> None:
    """Several names in one option; the quirks are told on stderr, the URL alone is on stdout."""
    words = ["--quirk", "other-model,finish-stop", "--actor", f"noop:{TASK}"]
    with subprocess.Popen(
        [CAB, "mock", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            body = {"model": "qwen3-8b", "messages": [{"role": "user", "content": "hi"}]}
            answer = httpx.post(f"{url}/chat/completions", json=body)
        finally:
            server.terminate()
        _, told = server.communicate()
    assert server.returncode == 0
    assert answer.json()["model"] == "llama-3.1-8b-instruct"
    assert "quirk other-model (row 45): Another model answers" in told
    assert "quirk finish-stop (row 21)" in told

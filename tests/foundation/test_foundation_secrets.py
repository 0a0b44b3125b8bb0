"""The redactor finds a secret in every form that it can take, and nothing else."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.secrets import MASK, Redactor, hide_in_argv, printable_url, url_secrets

if TYPE_CHECKING:
    from pathlib import Path

KEY = 'made/up+key=for tests&"x"'
_SECRETS = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=8)


@pytest.mark.parametrize(
    "written",
    [KEY, quote(KEY, safe=""), quote(KEY), quote_plus(KEY), json.dumps(KEY)],
    ids=["plain", "url-encoded", "path-quoted", "form-encoded", "json-escaped"],
)
def test_secret_is_found_in_every_spelling(written: str) -> None:
    """Plain, URL-encoded and JSON-escaped forms are all masked."""
    shown = Redactor([KEY]).text(f"before {written} after")
    assert MASK in shown
    assert KEY not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


@given(secret=_SECRETS, before=st.binary(max_size=7), after=st.binary(max_size=7))
def test_secret_is_found_in_base64_at_any_offset(secret: str, before: bytes, after: bytes) -> None:
    """Wherever it stands in what was encoded, the encoded text holds the mask instead."""
    encoded = base64.b64encode(before + secret.encode() + after).decode()
    assert MASK in Redactor([secret]).text(encoded)


@given(text=st.text(max_size=200))
def test_without_secrets_every_text_stays(text: str) -> None:
    """A redactor without secrets changes nothing."""
    assert Redactor().text(text) == text
    assert Redactor([""]).text(text) == text


def test_short_secret_is_masked_only_as_a_whole_value() -> None:
    """`EMPTY` in a sentence is a word; as a whole value it may be the key."""
    redactor = Redactor(["EMPTY"])
    assert redactor.short
    assert redactor.text("the list is EMPTY now") == "the list is EMPTY now"
    assert redactor.text("EMPTY") == MASK
    assert not Redactor(["long enough"]).short


def test_values_are_redacted_and_keys_are_not() -> None:
    """Strings inside lists and objects are masked; keys and numbers stay as they are."""
    value = {KEY: [KEY, 1, None, {"a": f"x{KEY}"}], "b": (KEY,)}
    assert Redactor([KEY]).value(value) == {
        KEY: [MASK, 1, None, {"a": f"x{MASK}"}],
        "b": [MASK],
    }


def test_holds_secret_tells_both_ways() -> None:
    """It says yes only where there is one."""
    redactor = Redactor([KEY])
    assert redactor.holds_secret(f"a {KEY}")
    assert not redactor.holds_secret("a")


def test_url_loses_userinfo_and_query_values() -> None:
    """What is printed of a URL is its host, path and the names of its parameters."""
    url = "https://me:hidden@host.example:8443/v1?api-version=2024&sig=abc"
    assert url_secrets(url) == {"me", "hidden", "2024", "abc"}
    assert printable_url(url) == "https://host.example:8443/v1?api-version=…&sig=…"


def test_key_disappears_from_the_process_list(tmp_path: Path) -> None:
    """After hiding, /proc shows no key, while the program still has it."""
    program = tmp_path / "program.py"
    program.write_text(
        "import sys\n"
        "from cab_check.secrets import hide_in_argv\n"
        "done = hide_in_argv([sys.argv[1], 'x'])\n"
        "shown = open('/proc/self/cmdline', 'rb').read().decode()\n"
        "print(done, sys.argv[1] in shown, len(sys.argv[1]))\n"
    )
    out = subprocess.run(
        [sys.executable, program, "made-up-key-1234", "--key=made-up-key-1234"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    if sys.platform == "linux":
        assert out == ["True", "False", "16"]


def test_hiding_nothing_is_no_failure() -> None:
    """A secret that is not in argv needs no hiding."""
    assert hide_in_argv(["not to be found in this argv"]) is (sys.platform == "linux")


@given(kept=st.integers(0, 26), before=st.text(max_size=20), after=st.sampled_from(["", "…", " x"]))
def test_half_a_secret_is_taken_out_wherever_a_text_was_cut(
    kept: int, before: str, after: str
) -> None:
    """Its first or last half, or more of it, goes; no run of 13 characters of it is ever left."""
    key = "Made-Up!Key?For#Tests%2026"
    shown = Redactor([key]).text(before + key[:kept] + after)
    shown += Redactor([key]).text(after + key[len(key) - kept :] + before)
    runs = [key[start : start + 13] for start in range(len(key) - 12)]
    assert not any(run in shown for run in runs)


def test_less_than_half_of_a_long_word_is_left_alone() -> None:
    """A key that begins like ordinary text does not eat that text."""
    assert Redactor(["placeholder-key-0001"]).text("placeholder") == "placeholder"

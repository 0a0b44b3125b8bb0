"""What a model wrote is shown, and steers nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cab_check.report.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [red]text[/red] :smile:", "plain [red]text[/red] :smile:"),
        ("caf\u00e9 \u4f60\u597d \U0001f680", "caf\u00e9 \u4f60\u597d \U0001f680"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]8;;http://x\x07link", r"\x1b]8;;http://x\x07link"),
        ("one\r\ntwo\tthree", r"one\r\ntwo\tthree"),
        ("\x9b31m", r"\x9b31m"),
        ("abc\u202ecba", r"abc\u202ecba"),
        ("\u2066\u2069\u200b\ufeff", r"\u2066\u2069\u200b\ufeff"),
        ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
        ("half \ud83d", r"half \ud83d"),
        ("\U000e0041", r"\U000e0041"),
        ("", ""),
    ],
    ids=[
        "markup", "letters", "colour", "link", "line ends", "C1", "override", "invisible",
        "separators", "lone surrogate", "tag", "empty",
    ],
)  # fmt: skip
def test_shown_as(text: str, shown: str) -> None:
    """Letters stay, whatever would steer a terminal is written out."""
    assert printable(text) == shown


@given(st.text(st.characters(codec=None)))
def test_never_steers(text: str) -> None:
    """No text whatever comes out with a control, a format character or half a letter in it."""
    shown = printable(text)
    kinds = {unicodedata.category(letter) for letter in shown}
    assert not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert printable(shown) == shown

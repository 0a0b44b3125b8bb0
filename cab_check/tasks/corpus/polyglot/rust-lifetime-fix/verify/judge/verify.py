"""Judge longest(): the three visible tests, and further texts of each kind drawn for this run."""

import json
import random
import sys
import types
from pathlib import Path

# The kit is compiled from its text: an import could be answered by a cache that was planted.
KIT = Path(__file__).with_name("rust.py")
rust = types.ModuleType("rust")
rust.__file__ = str(KIT)
exec(compile(KIT.read_bytes(), str(KIT), "exec"), rust.__dict__)

DRAW = random.SystemRandom()


def text(least, most, signs="abcdefgh ijkl"):
    """Draw a text."""
    return "".join(DRAW.choices(signs, k=DRAW.randint(least, most)))


def pair(left, right):
    """Write a call with its answer; no text drawn here is shown otherwise by Rust than by JSON."""
    right_is = len(right.encode()) > len(left.encode())
    shown = json.dumps(right if right_is else left, ensure_ascii=False)
    return [left, right], [shown, "the right one" if right_is else "the left one"]


def tie(count):
    """Draw two texts of the same number of bytes."""
    return pair(text(count, count), text(count, count))


def label(call):
    """Name a call where it is told what went wrong with it."""
    return f"longest({call[0]!r}, {call[1]!r})"


CASES = [
    rust.Case(
        "tests::picks_longer",
        [
            pair("apple", "fig"),
            pair("fig", "banana"),
            pair(text(9, 20), text(1, 8)),
            pair(text(1, 8), text(9, 20)),
            pair(text(3, 3), text(4, 4)),
            pair("abcd", "éß日"),  # three signs, seven bytes
            pair("éßé", "abcde"),
            pair(text(1, 9), ""),
        ],
        label,
        [["17:9"], ["18:9"]],
    ),
    rust.Case(
        "tests::ties_pick_left",
        [pair("left", "same"), pair("", ""), pair("éé", "abcd"), pair("same", "same"), tie(1), tie(6)],
        label,
        [["23:9"]],
    ),
    rust.Case(
        "tests::empty_left",
        [pair("", "right"), pair("", text(1, 9)), pair("", "é")],
        label,
        [["28:9"]],
    ),
]
sys.exit(rust.judge(CASES))

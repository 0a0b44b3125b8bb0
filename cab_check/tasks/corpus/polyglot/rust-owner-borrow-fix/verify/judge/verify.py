"""Judge join_with(): the four visible tests, and further calls of each kind drawn for this run."""

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


def text(least=1, signs="abcdefgh: ,éß日"):
    """Draw a text."""
    return "".join(DRAW.choices(signs, k=DRAW.randint(least, 9)))


def line(prefix, *items):
    """Write a call with its answer; no text drawn here is shown otherwise by Rust than by JSON."""
    shown = json.dumps(f"{prefix}: {', '.join(items)}", ensure_ascii=False)
    return ["line", prefix, *items], [shown, str(len(prefix.encode()))]


def length(prefix, *items):
    """Write a call of which the length is looked at first."""
    arguments, answer = line(prefix, *items)
    return ["length", *arguments[1:]], answer[::-1]


def label(call):
    """Name a call where it is told what went wrong with it."""
    return f"join_with({call[1]!r}, {call[2:]!r})"


CASES = [
    rust.Case(
        "tests::joins_items",
        [
            line("fruit", "fig", "pear"),
            line(text(), text(), text(), text()),
            line("a", "", ""),
            line("", "b, c", "d"),
        ],
        label,
        [["26:9"]],
    ),
    rust.Case(
        "tests::single_item",
        [line("tool", "saw"), line(text(), text()), line("", "saw"), line("tool", "")],
        label,
        [["32:9"]],
    ),
    rust.Case(
        "tests::no_items",
        [line("empty"), line(text()), line("")],
        label,
        [["38:9"]],
    ),
    rust.Case(
        "tests::returns_prefix_length",
        [
            length("fruit", "fig"),
            length("", "fig"),
            length("Äpfel", "fig"),
            length("a: b", "c: d"),
            length(text(), text(), text()),
            length(text(signs="日é")),
        ],
        label,
        [["44:9"]],
    ),
]

sys.exit(rust.judge(CASES))

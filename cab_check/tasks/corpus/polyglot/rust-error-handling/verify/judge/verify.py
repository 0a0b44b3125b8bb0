"""Judge sum_all(): the five visible tests, and further lists of each kind drawn for this run."""

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
LEAST, MOST = -(2**63), 2**63 - 1
# what is no i64 to Rust's own parsing, and what a check of one's own lets through or trims
NO_NUMBERS = ["", "-", "+", " 7", "7 ", "1_000", "0x10", "1.0", "--4", "4-", "٣", "é", str(MOST + 1)]


def word():
    """Draw a text that is no number."""
    return "".join(DRAW.choices("abcdefgh", k=DRAW.randint(1, 8)))


def number(least=0, most=99_999):
    """Draw a number's text."""
    return str(DRAW.randint(least, most))


def good(*values):
    """Write a call that succeeds."""
    return ["result", *values], [f"Ok({sum(map(int, values))})"]


def bad(index, *values):
    """Write a call that fails at an index; no text here is shown otherwise by Rust than by JSON."""
    shown = json.dumps(values[index], ensure_ascii=False)
    return ["result", *values], [f"Err(ParseError {{ index: {index}, value: {shown} }})"]


def fails(index, *values):
    """Write a call of which it is looked at first whether it is an error."""
    arguments, answer = bad(index, *values)
    return ["is_err", *arguments[1:]], ["true", *answer]


def label(call):
    """Name a call where it is told what went wrong with it."""
    return f"sum_all({call[1:]!r})"


LATE = [number() for _ in range(DRAW.randint(2, 9))]
CASES = [
    rust.Case(
        "tests::happy_path",
        [
            good("1", "20", "3"),
            good(*(number() for _ in range(9))),
            good("+5", "007", "0"),
            good(str(MOST)),
        ],
        label,
        [["24:9"]],
    ),
    rust.Case("tests::empty", [good()], label, [["29:9"]]),
    rust.Case(
        "tests::negative_numbers",
        [
            good("-4", "9", "-15"),
            good(*(number(-999, -1) for _ in range(5))),
            good("-0", str(LEAST)),
            good(str(LEAST), str(MOST)),
        ],
        label,
        [["34:9"]],
    ),
    rust.Case(
        "tests::bad_input_does_not_panic",
        [fails(0, "seven"), *(fails(1, number(), text) for text in NO_NUMBERS)],
        label,
        [["39:9"]],
    ),
    rust.Case(
        "tests::bad_input_reports_index_and_value",
        [
            bad(1, "1", "two", "3"),
            bad(0, word(), number()),
            bad(len(LATE), *LATE, word(), number(), word()),
            bad(0, word(), word()),
            bad(2, number(), number(), f" {number()}"),
            bad(1, number(), str(LEAST - 1)),
        ],
        label,
        [["45:9"]],
    ),
]

sys.exit(rust.judge(CASES))

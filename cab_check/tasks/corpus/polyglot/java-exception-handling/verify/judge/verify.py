"""Judge firstLine(): the four visible tests, and further sources of each kind drawn for this run."""

import random
import sys
import types
from pathlib import Path

# The kit is compiled from its text: an import could be answered by a cache that was planted.
KIT = Path(__file__).with_name("java.py")
java = types.ModuleType("java")
java.__file__ = str(KIT)
exec(compile(KIT.read_bytes(), str(KIT), "exec"), java.__dict__)

DRAW = random.SystemRandom()
NEVER = -1
KINDS = {"checked": "java.io.IOException", "unchecked": "java.lang.RuntimeException"}


def word(least=1):
    """Draw a text without a line's end."""
    return "".join(DRAW.choices("abcdefgh ijklmnop", k=DRAW.randint(least, 12)))


def texts():
    """Draw texts, each with the first line that it has: an answer to all of them is no table."""
    lines = [word() for _ in range(3)]
    drawn = [(f"{line}{end}{word()}", line) for line, end in zip(lines, ["\n", "\r\n", "\n\n"])]
    return [*drawn, (lines[0], lines[0]), ("\n", ""), ("", "null")]


def source(text, *, fails=NEVER, kind="checked", closing="", first):
    """Write a call of the judge's main."""
    return [text, str(fails), kind, closing, first]


def broken(first, wanted):
    """Draw sources that fail: at once, in the first line, of either kind, closing well or not."""
    calls = [(source("", fails=0, first=first), wanted("java.io.IOException"))]
    for kind, name in KINDS.items():
        for closing in ("", f"closing failed too: {word()}"):
            text = word(least=2)
            fails = DRAW.randint(0, len(text))
            call = source(text, fails=fails, kind=kind, closing=closing, first=first)
            calls.append((call, wanted(name)))
    return calls


def label(call):
    """Name a call where it is told what went wrong with it."""
    text, fails, kind, closing, _ = call
    failing = "" if fails == str(NEVER) else f", {kind} failure after {fails} characters"
    return f"a source of {text!r}{failing}{f', then {closing!r}' if closing else ''}"


VISIBLE = ("first\nsecond\n", "first")
HAPPY = [VISIBLE, *texts()]
SEEN = [[""]]
CASES = [
    java.Case(
        "happy returns line",
        [(source(text, first="returned"), [f"line: {line}", "nothing"]) for text, line in HAPPY],
        label,
        SEEN,
    ),
    java.Case(
        "happy closes source",
        [(source(text, first="state"), ["closed"]) for text, _ in HAPPY],
        label,
        SEEN,
    ),
    java.Case(
        "error propagated",
        broken("thrown", lambda name: [f"the source's own: {name}: it broke", "nothing"]),
        label,
        SEEN,
    ),
    java.Case("error path closes source", broken("state", lambda name: ["closed"]), label, SEEN),
]

sys.exit(java.judge(CASES))

"""Judge Greet(): the visible tests, and further requests of each kind drawn for this run."""

import json
import random
import sys
import types
from pathlib import Path
from urllib.parse import quote, quote_plus

# The kit is compiled from its text: an import could be answered by a cache that was planted.
KIT = Path(__file__).with_name("go.py")
go = types.ModuleType("go")
go.__file__ = str(KIT)
exec(compile(KIT.read_bytes(), str(KIT), "exec"), go.__dict__)

DRAW = random.SystemRandom()
LETTERS = "abcdefghijklmnopqrstuvwxyz"
PLAIN = "text/plain; charset=utf-8"


def word():
    """Draw a word."""
    return "".join(DRAW.choices(LETTERS, k=DRAW.randint(2, 9)))


def greeted(query, name):
    """Write a call that asks for a greeting; names are ASCII, where Go quotes as JSON does."""
    return ([f"/greet?{query}", "greeting"], ["200", json.dumps(f"Hello, {name}!\n"), PLAIN])


def refused(query):
    """Write a call that names nobody."""
    return ([f"/greet{query}", "refusal"], ["400", "none"])


def label(call):
    """Name a call where it is told what went wrong with it."""
    return f"GET {call[0]}"


STATUS = "status: got {got} want {wanted}"
BODY = "body: got {got} want {wanted}"
GIVEN = [word().title(), f"{word()} {word()}", f" {word()} ", f"{word()}&name=", f"{word()}%"]
CASES = [
    go.Case(
        "TestGreet_NameIsGreeted",
        [
            greeted("name=Ada", "Ada"),
            *(greeted(f"name={quote_plus(name)}", name) for name in GIVEN),
            greeted(f"lang={word()}&name={GIVEN[0]}", GIVEN[0]),
            greeted("name=0", "0"),
        ],
        label,
        [[f"handler_test.go:20: {STATUS}", f"handler_test.go:23: {BODY}"]],
    ),
    go.Case(
        "TestGreet_MissingNameReturns400",
        [
            refused(""),
            refused("?"),
            refused(f"?lang={word()}"),
            refused(f"?names={word()}&Name={word()}"),
            refused(f"?q=name%3D{word()}"),
        ],
        label,
        [[f"handler_test.go:34: {STATUS}", f"handler_test.go:36: {BODY}"]],
    ),
    go.Case(
        "TestGreet_EmptyNameReturns400",
        [
            refused("?name="),
            refused("?name"),
            refused(f"?name=&lang={word()}"),
            *(refused(f"?name={quote(blank)}") for blank in (" ", "  ", "\t", " \r\n ")),
        ],
        label,
        [[f"handler_test.go:44: {STATUS}"]],
    ),
]

sys.exit(go.judge(CASES))

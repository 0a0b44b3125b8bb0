"""Judge retry(): the four visible tests, and further operations of each kind drawn for this run."""

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


def answer(allowed, works_at, value):
    """Work out the result and the numbers of the attempts that are made."""
    made = list(range(min(allowed, works_at) if works_at else allowed))
    if works_at and works_at <= allowed:
        return f"Ok({value if isinstance(value, int) else json.dumps(value)})", made
    return f"Err({json.dumps(f'attempt {allowed - 1}')})", made


def tried(allowed, works_at, value):
    """Write a call of an operation that succeeds from its nth call on, 0 for never."""
    result, made = answer(allowed, works_at, value)
    return ["result", str(allowed), str(works_at), str(value)], [result, str(len(made)), str(made)]


def failed(allowed, works_at=0):
    """Write a call of which it is looked at first whether it is an error."""
    result, made = answer(allowed, works_at, 0)
    arguments = ["error", str(allowed), str(works_at), "0"]
    return arguments, ["true", str(len(made)), result, str(made)]


def refused(works_at):
    """Write a call with no attempt allowed; what the error says is not laid down."""
    return ["refused", "0", str(works_at), "0"], ["true", "0"]


def label(call):
    """Name a call where it is told what went wrong with it."""
    works = "never works" if call[2] == "0" else f"works from call {call[2]} on"
    return f"retry({call[1]}, an operation that {works})"


def late():
    """Draw an operation that succeeds when some attempts were made."""
    works_at = DRAW.randint(4, 9)
    return tried(works_at + DRAW.randint(1, 9), works_at, DRAW.randint(-99, 99))


CASES = [
    rust.Case(
        "tests::first_attempt_ok_returns_immediately",
        [
            tried(5, 1, "done"),
            tried(1, 1, "once"),
            tried(DRAW.randint(6, 99), 1, DRAW.randint(0, 99)),
        ],
        label,
        [["37:9", "38:9"]],
    ),
    rust.Case(
        "tests::retries_on_error_until_success",
        [tried(5, 3, 7), tried(5, 5, "late"), tried(3, 2, 0), late(), late()],
        label,
        [["56:9", "57:9"]],
    ),
    rust.Case(
        "tests::gives_up_after_max_attempts",
        [failed(3), failed(1), failed(3, 4), failed(DRAW.randint(5, 30))],
        label,
        [["71:9", "72:9"]],
    ),
    rust.Case(
        "tests::zero_max_attempts_errors",
        [refused(1), refused(0), refused(2)],
        label,
        [["78:9"]],
    ),
]

sys.exit(rust.judge(CASES))

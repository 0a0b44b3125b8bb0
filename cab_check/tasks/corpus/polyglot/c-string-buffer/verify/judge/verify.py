"""Judge the three functions in rooms between pages without rights, on texts drawn for this run."""

import random
import types
from pathlib import Path

# Compiled from its text: an import could be answered by a cache that was planted.
CASES = Path(__file__).with_name("cases.py")
cases = types.ModuleType("cases")
exec(compile(CASES.read_bytes(), str(CASES), "exec"), cases.__dict__)
c = cases.part("c")

DRAW = random.SystemRandom()
LEAD = b"#" * 16


def text(most=12):
    """Draw a text."""
    return "".join(DRAW.choices("abcdefghij .", k=DRAW.randint(0, most)))


def answer(size, held, whole):
    """Return the right answer: what out held is kept where nothing may be written."""
    if held is None or len(held) >= size:
        kept = (held or "#" * size)[:size]
        return [str(len(whole)), LEAD.hex(), kept.encode().hex(), "has no end"]
    return [str(len(whole)), LEAD.hex(), whole[: size - 1].encode().hex(), "ends"]


def copy(size, given):
    """Return a call of text_copy and the right answer."""
    return ["copy", str(size), given], answer(size, "" if size else None, given)


def append(size, held, given):
    """Return a call of text_append and the right answer."""
    whole = held[:size] + given
    return ["append", str(size), held, given], answer(size, held, whole)


def join(size, between, parts):
    """Return a call of text_join and the right answer."""
    return ["join", str(size), between, *parts], answer(size, "" if size else None, between.join(parts))


def around(length):
    """Return the sizes at which a text of that length just fits and just does not."""
    return [max(0, length + more) for more in (-2, -1, 0, 1, 2)]


def drawn_parts():
    """Draw some parts."""
    return [text(6) for _ in range(DRAW.randint(1, 6))]


NAMES = [text() for _ in range(3)] + ["x" * 40]
PAIRS = [(text(), text()) for _ in range(3)] + [("Ines", "x" * 40)]
LISTS = [(text(3), drawn_parts()) for _ in range(4)] + [(", ", ["y" * 40, "z" * 40])]
CALLS = {
    "copy: around its length": [copy(size, name) for name in NAMES for size in around(len(name))],
    "copy: much room, none, one byte": [copy(size, name) for name in NAMES for size in (0, 1, 100, 4096)],
    "append: around its length": [
        append(size, held, more) for held, more in PAIRS for size in around(len(held + more)) if size > len(held)
    ],
    "append: much room, no room left": [
        append(size, held, more) for held, more in PAIRS for size in (100, len(held) + 1, 4096)
    ],
    "append: no end to write behind": [append(size, "abcdef", "gh") for size in (0, 1, 5, 6)],
    "join: around its length": [
        join(size, between, parts) for between, parts in LISTS for size in around(len(between.join(parts)))
    ],
    "join: any room": [join(DRAW.randint(0, 30), between, parts) for between, parts in LISTS for _ in range(6)],
    "join: no part, empty parts": [
        *(join(size, ", ", []) for size in (0, 1, 5)),
        *(join(size, "", ["", ""]) for size in (0, 1, 5)),
        *(join(size, ";", ["", "", "a"]) for size in (1, 2, 3, 4)),
    ],
}


def label(call):
    """Word a call."""
    arguments = ", ".join([call[1], *(f'"{given}"' for given in call[2:])])
    return f"text_{call[0]}(out, {arguments})"


ALL = [c.Case(name, calls, label) for name, calls in CALLS.items()]
report = cases.Cases()
report.note_misses(ALL, c.judge(ALL))
report.end()

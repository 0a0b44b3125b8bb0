"""Judge the bytes that wait in rooms between pages without rights, followed here in a plain list."""

import random
import types
from pathlib import Path

# Compiled from its text: an import could be answered by a cache that was planted.
CASES = Path(__file__).with_name("cases.py")
cases = types.ModuleType("cases")
exec(compile(CASES.read_bytes(), str(CASES), "exec"), cases.__dict__)
c = cases.part("c")

DRAW = random.SystemRandom()
MARGIN = 8


class Right:
    """What waits, as bytes."""

    def __init__(self, size):
        self.size = size
        self.waits = b""

    def given(self, start, most):
        """Answer with what is copied, and with what stands behind that where it goes."""
        got = self.waits[start : start + most]
        return f"{len(got)} {got.ljust(most + MARGIN, b'#').hex()}", len(got)

    def gone(self, count):
        """Take bytes away."""
        count = min(count, len(self.waits))
        self.waits = self.waits[count:]
        return str(count)

    def taken_line(self, size):
        """Take a line, if one is whole."""
        text, end, rest = self.waits.partition(b"\n")
        if not end:
            return f"-1 {(b'#' * size).hex()}"
        self.waits = rest
        return f"{len(text)} {(text[: size - 1] + bytes(1)).ljust(size, b'#').hex()}"

    def answer(self, step):
        """Do one step and say what has to come of it."""
        what, _, given = step.partition(" ")
        if what == "write":
            taken = given.encode()[: self.size - len(self.waits)]
            self.waits += taken
            return str(len(taken))
        if what == "read":
            told, count = self.given(0, int(given))
            self.gone(count)
            return told
        if what == "peek":
            return self.given(*map(int, given.split(" ")))[0]
        if what == "find":
            at = self.waits.find(given.encode())
            return str(at if at >= 0 else len(self.waits))
        if what == "move":
            if int(given) < len(self.waits):
                return "0"
            self.size = int(given)
            return "1"
        if what == "skip":
            return self.gone(int(given))
        return self.taken_line(int(given)) if what == "line" else str(self.size - len(self.waits))


def text(most, signs="abcdefghijklmnop"):
    """Draw some bytes."""
    return "".join(DRAW.choices(signs, k=DRAW.randint(1, most)))


def steps(count, size, kinds, signs="abcdefghijklmnop"):
    """Draw steps in a room of that size."""
    drawn = []
    for _ in range(count):
        kind, number = DRAW.choice(kinds), DRAW.randint(0, size + 1)
        drawn.append({
            "write": f"write {text(size, signs)}",
            "peek": f"peek {number} {DRAW.randint(0, size)}",
            "find": f"find {DRAW.choice(signs)}",
            "line": f"line {number + 1}",
            "move": f"move {DRAW.randint(size - 2, size + 4)}",
        }.get(kind, f"{kind} {number}"))
    return drawn


def call(size, done):
    """Write a call with what it has to answer."""
    right = Right(size)
    return [str(size), *done], ["made", *map(right.answer, done)]


def label(call):
    """Name a call where it is told what went wrong with it."""
    return f"a room of {call[0]}: {'; '.join(map(repr, call[1:]))}"


PLAIN = ["write", "write", "read"]
CALLS = {
    "write and read": [call(size, steps(40, size, PLAIN)) for size in (1, 2, 3, 5, 8, 13) for _ in range(4)],
    "peek": [call(size, steps(40, size, [*PLAIN, "peek", "peek"])) for size in (3, 8, 20) for _ in range(5)],
    "skip": [call(size, steps(40, size, [*PLAIN, "skip", "space"])) for size in (3, 8, 20) for _ in range(5)],
    "find": [call(size, steps(40, size, [*PLAIN, "find", "find"], "abcd")) for size in (4, 9) for _ in range(8)],
    "lines": [
        call(size, steps(40, size, ["write", "write", "line", "line", "read"], "ab\n")) for size in (6, 12) for _ in range(8)
    ],
    "other rooms": [call(size, steps(30, size, [*PLAIN, "move", "space"])) for size in (4, 9) for _ in range(8)],
    "no room": [call(0, ["write a", "read 3", "peek 0 1", "skip 1", "find a", "line 1", "space 0", "move 2", "write abc"])],
}
ALL = [c.Case(name, calls, label) for name, calls in CALLS.items()]
report = cases.Cases()
report.note_misses(ALL, c.judge(ALL))
report.end()

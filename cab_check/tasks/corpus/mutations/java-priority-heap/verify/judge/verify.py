"""Judge the queue by long days of work drawn for this run, kept here in a plain sorted list."""

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


class Right:
    """What the queue promises, without a heap."""

    def __init__(self):
        self.jobs = {}
        self.came = 0

    def ordered(self):
        """Return the names in the order in which they will be next."""
        return sorted(self.jobs, key=lambda name: (-self.jobs[name][0], self.jobs[name][1]))

    def first(self, *, gone):
        """Return the name that is next, and forget it if it is gone then."""
        if not self.jobs:
            return "null"
        name = self.ordered()[0]
        if gone:
            del self.jobs[name]
        return name

    def answer(self, step):
        """Do one step and say what the queue has to answer."""
        what, *given = step.split(" ")
        if what == "add":
            if given[0] in self.jobs:
                return "refused"
            self.jobs[given[0]] = (int(given[1]), self.came)
            self.came += 1
            return "added"
        if what in ("peek", "next"):
            return self.first(gone=what == "next")
        if what == "cancel":
            return "true" if self.jobs.pop(given[0], None) else "false"
        if what == "change":
            if given[0] not in self.jobs:
                return "false"
            self.jobs[given[0]] = (int(given[1]), self.jobs[given[0]][1])
            return "true"
        return " ".join(self.ordered()) if what == "waiting" else str(len(self.jobs))


def day(steps, levels, kinds):
    """Draw a day's steps: names from a few, priorities from so many levels."""
    names = [f"j{number}" for number in range(24)]
    drawn = []
    for _ in range(steps):
        kind = DRAW.choice(kinds)
        with_name = kind in ("add", "cancel", "change")
        parts = [kind, *([DRAW.choice(names)] if with_name else [])]
        drawn.append(" ".join([*parts, *([str(DRAW.randint(-1, levels))] if kind in ("add", "change") else [])]))
    return drawn


def filled(levels, then):
    """Fill a queue, do something to it, and empty it."""
    adds = [f"add n{number} {DRAW.randint(0, levels)}" for number in range(15)]
    return [*adds, "waiting", *then, *["next"] * 16, "size"]


def call(steps):
    """Write a call with what it has to answer."""
    right = Right()
    return steps, [right.answer(step) for step in steps]


def label(steps):
    """Name a call where it is told what went wrong with it."""
    return "; ".join(steps)


def some(*kinds):
    """Draw a few steps on the names that `filled` adds."""
    steps = []
    for _ in range(6):
        kind = DRAW.choice(kinds)
        priority = [str(DRAW.randint(-2, 12))] if kind == "change" else []
        steps.append(" ".join([kind, f"n{DRAW.randint(0, 15)}", *priority]))
    return steps


# when the sixth of these jobs is cancelled, the last has to rise from its place, or a lower one is next
DEEP = [f"add d{number} {level}" for number, level in enumerate([9, 5, 6, 7, 10, 4, 3, 1, 2, 8])]

ALL = ["add", "add", "add", "peek", "next", "cancel", "change", "waiting", "size"]
CALLS = {
    "highest first": [call(filled(99, [])) for _ in range(8)],
    "equals in turn": [call(filled(levels, [])) for levels in (0, 1, 2, 3) for _ in range(3)],
    "cancelled": [
        call([*DEEP, "cancel d5", *["next"] * 10]),
        *(call(filled(9, some("cancel"))) for _ in range(20)),
    ],
    "changed": [call(filled(9, some("change"))) for _ in range(20)],
    "both": [call(filled(4, some("cancel", "change"))) for _ in range(20)],
    "days of work": [call(day(120, levels, ALL)) for levels in (1, 5, 50) for _ in range(8)],
    "nothing": [call(["next", "peek", "size", "cancel x", "change x 1", "add x 1", "add x 2", "next"])],
}
CASES = [java.Case(name, calls, label, []) for name, calls in CALLS.items()]

sys.exit(java.judge(CASES))

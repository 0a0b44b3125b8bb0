"""Judge the store by long lives drawn for this run, followed here in a plain list."""

import json
import math
import random
import types
from pathlib import Path

# Compiled from its text: an import could be answered by a cache that was planted.
CASES = Path(__file__).with_name("cases.py")
cases = types.ModuleType("cases")
exec(compile(CASES.read_bytes(), str(CASES), "exec"), cases.__dict__)
javascript = cases.part("javascript")

DRAW = random.SystemRandom()


class Right:
    """What is kept, as a list of [key, value, weight, end], the least lately used one first."""

    def __init__(self, limit, ttl):
        self.limit = limit
        self.ttl = ttl or math.inf
        self.time = 0
        self.rows = []

    def row(self, key):
        """Return what is kept of a key."""
        self.rows = [row for row in self.rows if row[3] > self.time]
        return next((row for row in self.rows if row[0] == key), None)

    def put(self, key, value, weight=1, ttl=None):
        """Keep a value, and drop from the front."""
        ttl = self.ttl if ttl is None else ttl
        if weight < 0 or ttl <= 0:
            return "RangeError"
        old = self.row(key)
        self.rows = [row for row in self.rows if row is not old]
        if weight > self.limit:
            return "false"
        self.rows.append([key, value, weight, self.time + ttl])
        while sum(row[2] for row in self.rows) > self.limit:
            self.rows.pop(0)
        return "true"

    def answer(self, step):
        """Do one step and say what has to come of it, as JSON."""
        what, key, *given = [*step.split(" "), ""][: max(2, len(step.split(" ")))]
        if what == "at":
            self.time = int(key)
            return "undefined"
        if what == "set":
            return self.put(key, given[0], *map(float, given[1:]))
        row = self.row(key)
        if what == "keys":
            return json.dumps([row[0] for row in self.rows], separators=(",", ":"))
        if what in ("size", "weight"):
            value = len(self.rows) if what == "size" else sum(row[2] for row in self.rows)
            return json.dumps(int(value) if value == int(value) else value)
        if what in ("get", "delete") and row:
            self.rows.remove(row)
            if what == "get":
                self.rows.append(row)
        if what == "extend" and row:
            row[3] = max(row[3], self.time + (float(given[0]) if given else self.ttl))
        if what in ("get", "peek"):
            return json.dumps(row[1]) if row else "undefined"
        return "true" if row else "false"


def call(limit, ttl, steps):
    """Write a call with what it has to answer."""
    right = Right(limit, ttl)
    return [f"{limit} {ttl}", *steps], ["made", *map(right.answer, steps)]


def life(steps, *, weights, ttls, kinds):
    """Draw steps; time goes on in small ones, so that ends are met to the millisecond."""
    now, drawn = 0, []
    for number in range(steps):
        kind, key = DRAW.choice(kinds), DRAW.choice("abcdefgh")
        if kind == "at":
            now += DRAW.randint(0, 6)
            drawn.append(f"at {now}")
        elif kind == "set":
            chosen = [str(DRAW.choice(weights)), *([str(DRAW.choice(ttls))] if ttls else [])]
            drawn.append(" ".join(["set", key, f"v{number}", *chosen[: DRAW.randint(0, 2)]]))
        elif kind == "extend":
            drawn.append(" ".join(["extend", key, *([str(DRAW.choice(ttls))] if ttls else [])]))
        else:
            drawn.append(kind if kind in ("keys", "size", "weight") else f"{kind} {key}")
    return drawn


def label(steps):
    """Name a call where it is told what went wrong with it."""
    return "; ".join(steps)


USE = ["set", "set", "set", "get", "peek", "has", "keys", "weight"]
TIME = ["set", "set", "at", "at", "get", "peek", "has", "keys", "size"]
ALL = [*USE, *TIME, "extend", "delete"]
CALLS = {
    "the limit": [
        call(DRAW.randint(2, 6), 0, life(50, weights=[1], ttls=[], kinds=USE)) for _ in range(12)
    ],
    "weights": [
        call(6, 0, life(50, weights=[0, 1, 2, 2.5, 5, 6, 7], ttls=[], kinds=USE)) for _ in range(12)
    ],
    "times": [call(8, 9, life(60, weights=[1], ttls=[3, 6, 9, 20], kinds=TIME)) for _ in range(12)],
    "lives extended": [
        call(8, 12, life(60, weights=[1], ttls=[2, 5, 9, 30], kinds=[*TIME, "extend"]))
        for _ in range(12)
    ],
    "nobody looks meanwhile": [
        call(5, 40, [*life(40, weights=[1, 1, 2], ttls=[2, 30, 40], kinds=["set", "set", "at"]), "keys"])
        for _ in range(30)
    ],
    "everything": [
        call(7, 15, life(120, weights=[0, 1, 1, 2, 3, 7, 8], ttls=[1, 4, 9, 40], kinds=ALL))
        for _ in range(12)
    ],
    "what makes no sense": [
        call(3, 5, ["set a x -1", "set a x 1 0", "set a y 1 -5", "keys", "set a z 0", "keys"])
    ],
}
TABLE = [javascript.Case(name, calls, label, []) for name, calls in CALLS.items()]
report = cases.Cases()
report.note_misses(TABLE, javascript.judge(TABLE))
report.end()

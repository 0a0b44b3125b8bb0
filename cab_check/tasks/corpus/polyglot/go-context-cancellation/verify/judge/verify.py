"""Judge Gather() by what it does at each step of plans drawn for this run."""

import random
import sys
import types
from pathlib import Path

# The kit is compiled from its text: an import could be answered by a cache that was planted.
KIT = Path(__file__).with_name("go.py")
go = types.ModuleType("go")
go.__file__ = str(KIT)
exec(compile(KIT.read_bytes(), str(KIT), "exec"), go.__dict__)

DRAW = random.SystemRandom()
STOPPED = "context canceled"


class Plan:
    """What Gather has to do while fetches end and fail and its context is cancelled."""

    def __init__(self, names, limit, gone=False):
        self.names, self.limit = names, limit
        self.running, self.waiting, self.error, self.over = [], list(names), None, False
        self.seen, self.told, self.steps = [], [], []
        if gone:
            self.error = STOPPED
        self.settle()
        if gone:
            self.steps.append("gone")
            self.told.append("")

    def settle(self):
        """Start what may be started; return when nothing is left."""
        while self.error is None and self.waiting and len(self.running) < self.limit:
            self.running.append(self.waiting.pop(0))
            self.seen.append(f"start {self.running[-1]}")
        if not self.running and not self.over:
            self.over = True
            results = " ".join(f"got {name}" for name in self.names)
            self.seen.append(f"failed [] {self.error}" if self.error else f"returned [{results}]")
        self.told.append(", ".join(sorted(self.seen)))
        self.seen = []

    def stop(self, error):
        """Let the contexts of all that run end."""
        if self.error is None:
            self.error = error
            self.seen += [f"ended {name}" for name in self.running]
            self.running = [name for name in self.running if name.startswith("slow")]

    def step(self, verb, name=None):
        """Let a fetch end or fail, or the context be cancelled."""
        self.steps.append(f"{verb} {name}" if name else verb)
        if name:
            self.running.remove(name)
        if verb != "done":
            self.stop(STOPPED if verb == "cancel" else f"broken {name}")
        self.settle()
        return self

    def play(self, count, stop=None):
        """Let some fetches end, then stop if it is to, then let the rest end."""
        for _ in range(count):
            self.step("done", DRAW.choice(self.running))
        if stop:
            self.step(stop, DRAW.choice(self.running) if stop == "fail" else None)
        while self.running:
            self.step("done", DRAW.choice(self.running))
        return self

    @property
    def call(self):
        """Return the call's texts and the right answer."""
        return [str(self.limit), ";".join(self.names), ";".join(self.steps)], self.told


def names(count, slow=()):
    """Draw so many names, of which those at the given places take their time."""
    drawn = DRAW.sample("abcdefghijklmnopqrstuvwxyz", count)
    return [f"slow-{name}" if at in slow else name for at, name in enumerate(drawn)]


def label(call):
    """Word a call."""
    return f"Gather({call[1]}, {call[0]}) with the steps {call[2]}"


CALLS = {
    "results in order": [Plan(names(count), limit).play(0) for count, limit in ((4, 2), (3, 5), (3, 1))],
    "cancelled": [Plan(names(6), limit).play(count, "cancel") for count, limit in ((0, 2), (1, 3), (2, 1))],
    "cancelled before the call": [Plan(names(3), limit, gone=True) for limit in (1, 2, 3) * 4],
    "a fetch fails": [Plan(names(6), limit).play(count, "fail") for count, limit in ((0, 2), (1, 3), (2, 1))],
    "a fetch that takes its time": [
        Plan(names(5, slow=(0, 1)), 2).play(0, "cancel"),
        Plan(names(5, slow=(0, 2)), 3).play(0, "cancel"),
    ],
    "the first error counts": [
        Plan(["slow-a", "b", "c"], 2).step("fail", "b").step("fail", "slow-a"),
        Plan(["slow-a", "b", "c"], 2).step("fail", "b").step("done", "slow-a"),
        Plan(["slow-a", "b", "slow-c", "d"], 3).step("fail", "slow-c").step("done", "slow-a"),
    ],
}
CASES = [go.Case(name, [plan.call for plan in plans], label, []) for name, plans in CALLS.items()]
sys.exit(go.judge(CASES))

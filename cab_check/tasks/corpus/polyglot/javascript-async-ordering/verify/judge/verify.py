"""Judge mapLimit() and latest() by what they do at each step of plans drawn for this run."""

import json
import random
import types
from pathlib import Path

# Compiled from its text: an import could be answered by a cache that was planted.
CASES = Path(__file__).with_name("cases.py")
cases = types.ModuleType("cases")
exec(compile(CASES.read_bytes(), str(CASES), "exec"), cases.__dict__)
javascript = cases.part("javascript")

DRAW = random.SystemRandom()


def word():
    """Draw a short word."""
    return "".join(DRAW.choices("abcdefghij", k=4))


class Pool:
    """What mapLimit has to do, and a plan for it: which worker ends at which step, and how."""

    def __init__(self, items, limit, fails=0, pick=DRAW.choice):
        self.items, self.limit = items, limit
        self.running, self.results, self.next, self.over = [], {}, 0, False
        self.seen, self.lines, self.steps = [], [], []
        self.start()
        for number in range(len(items)):
            if not self.running:
                break
            failing = fails > 0 and number in (fails, fails + 2)
            self.step("fail" if failing else "done", pick(self.running))

    def start(self):
        """Start what may be started, and note the end when nothing is left."""
        while not self.over and len(self.running) < self.limit and self.next < len(self.items):
            index = self.next
            self.next += 1
            self.seen.append(f"start {index} {self.items[index]}")
            if self.items[index] == "throws":
                self.fail(f"at {index}")
            else:
                self.running.append(index)
        if not self.over and not self.running:
            self.over = True
            results = [self.results[index] for index in range(len(self.items))]
            self.seen.append(f"resolved {json.dumps(results, separators=(',', ':'))}")
        self.lines.append(" ".join(self.seen))
        self.seen = []

    def fail(self, message):
        """Note the first error."""
        if not self.over:
            self.seen.append(f"rejected {message}")
        self.over = True

    def step(self, verb, index):
        """Let a worker end."""
        text = word()
        self.steps.append([verb, index, text])
        self.running.remove(index)
        if verb == "fail":
            self.fail(text)
        self.results[index] = text
        self.start()

    @property
    def call(self):
        """Return the call's texts and the right answer."""
        plan = [self.items, self.limit, self.steps]
        return ["pool", *map(json.dumps, plan)], self.lines


def search(steps):
    """Return a call for these steps of `latest`, and the right answer."""
    asked, lines = 0, []
    for step in steps:
        if step[0] == "ask":
            asked += 1
            lines.append(f"load {step[1]}")
        elif step[1] != asked - 1:
            lines.append("")
        else:
            lines.append(f"show {step[2]}" if step[0] == "done" else f"rejected {step[1]} {step[2]}")
    return ["search", json.dumps(steps)], lines


def typed(queries, fails=False):
    """Ask all the queries in a random interleaving with their ends."""
    waiting, ends, steps = list(queries), [], []
    asked = 0
    while waiting or ends:
        if waiting and (not ends or DRAW.random() < 0.6):
            steps.append(["ask", waiting.pop(0)])
            ends.append(asked)
            asked += 1
        else:
            number = ends.pop(DRAW.randrange(len(ends)))
            steps.append([DRAW.choice(["done", "fail"]) if fails else "done", number, word()])
    return search(steps)


def words(count):
    """Draw so many words."""
    return [word() for _ in range(count)]


OVERTAKEN = [["ask", "tea"], ["ask", "tea"], ["done", 1, "new"], ["done", 0, "old"]]
LATE = [["ask", "a"], ["ask", "b"], ["done", 0, "old"], ["done", 1, "new"], ["ask", "c"], ["done", 2, "c"]]
FAILS = [["ask", "a"], ["ask", "b"], ["fail", 0, "old"], ["fail", 1, "new"], ["ask", "c"], ["done", 2, "c"]]
CALLS = {
    "results in the order of the items": [
        Pool(words(3), 3, pick=max).call,
        *(Pool(words(DRAW.randint(3, 7)), DRAW.randint(1, 4)).call for _ in range(4)),
    ],
    "items that are equal": [Pool(["same"] * 4, 3, pick=max).call, Pool(["a", "b", "a", "b"], 2).call],
    "no item, few items": [Pool([], 2).call, Pool(words(1), 3).call, Pool(words(3), 8).call],
    "as many workers as allowed": [Pool(words(8), limit, pick=max).call for limit in (1, 3, 7)],
    "a worker rejects": [Pool(words(6), 3, fails=number).call for number in (1, 2, 4)],
    "a worker throws": [Pool(["a", "throws", "b", "c"], limit).call for limit in (1, 2)],
    "only the newest is shown": [search(LATE), *(typed(words(4)) for _ in range(4))],
    "the same words again": [search(OVERTAKEN), typed(["tea"] * 4), typed(["a", "b", "a", "b"])],
    "errors of older queries": [search(FAILS), *(typed(words(4), fails=True) for _ in range(3))],
}
LABELS = {"pool": "mapLimit", "search": "latest"}
ALL = [
    javascript.Case(name, calls, lambda texts: f"{LABELS[texts[0]]} on the plan {', '.join(texts[1:])}")
    for name, calls in CALLS.items()
]
report = cases.Cases()
report.note_misses(ALL, javascript.judge(ALL))
report.end()

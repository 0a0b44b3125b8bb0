"""What judges of every language start with: load the other parts, keep what came of each case.

The text that is printed and the exit code come from here alone, never from the agent's code.
"""

import os
import sys
import types
from pathlib import Path

FOLDER = Path(os.environ["CAB_WORK_DIR"]) / "judge"


def part(name):
    """Compile a part of the judge from its text: an import could be answered by a planted cache."""
    file = FOLDER / f"{name}.py"
    module = types.ModuleType(name)
    module.__file__ = str(file)
    exec(compile(file.read_bytes(), str(file), "exec"), module.__dict__)
    return module


def one_line(text, most=500):
    """Return a text as one line that a terminal can show."""
    flat = "".join(sign if sign.isprintable() else " " for sign in str(text)[: 2 * most])
    return flat if len(flat) <= most else f"{flat[: most // 2]} ... {flat[-most // 2 :]}"


def shown(value):
    """Return a value as one line, cut in the middle when it is long."""
    return one_line(repr(value), 200)


class Cases:
    """The cases of one judge, by name; a case that is noted without a problem has passed."""

    def __init__(self):
        self.count = 0
        self.failed = []

    def note(self, name, problem=None):
        """Keep one case: None when it passed, else what was wrong."""
        self.count += 1
        if problem is not None:
            self.failed.append(f"FAIL {name}: {one_line(problem)}\n")

    def note_misses(self, cases, misses):
        """Keep the cases of the kit "program", each with its miss or None."""
        for case, miss in zip(cases, misses, strict=True):
            self.note(case.name, None if miss is None else worded(miss))

    def end(self, said=None):
        """Print the verdict and end: 0 when every case passed (there must be one), else 1."""
        if self.failed or not self.count:
            told = f"FAILED: {len(self.failed)} of {self.count} cases\n"
            tell(sys.stderr, "".join([*self.failed, told]))
            sys.exit(1)
        tell(sys.stdout, f"ok: {said or f'{self.count} cases'}\n")
        sys.exit(0)


def worded(miss):
    """Say which call of a case went wrong, and how."""
    call = one_line(miss.further, 300)
    if miss.got is None:
        return f"{call}: {miss.said}"
    return f"{call}: got {miss.got!r}, wanted {miss.wanted!r}"


def tell(stream, text):
    """Write a text whatever is in it."""
    stream.buffer.write(text.encode("utf-8", "backslashreplace"))
    stream.buffer.flush()

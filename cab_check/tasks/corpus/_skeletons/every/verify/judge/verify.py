"""Judge @FUNCTION@(): the visible cases, and further calls that the agent has never seen."""

import random
import types
from pathlib import Path

DRAW = random.SystemRandom()


def part(name):
    """Compile a part of the kits from its text: an import could be answered by a planted cache."""
    file = Path(__file__).with_name(f"{name}.py")
    module = types.ModuleType(name)
    module.__file__ = str(file)
    exec(compile(file.read_bytes(), str(file), "exec"), module.__dict__)
    return module


def call(number, low, high):
    """Write a call and its right answer as texts; it is worked out here, not by the agent's code."""
    return [str(number), str(low), str(high)], [str(min(max(number, low), high))]


def calls(lowest, highest):
    """Draw calls whose number lies between the two, for bounds from 50 to 60 or so."""
    return [call(DRAW.randint(lowest, highest), 50 - n, 60 + n) for n in range(5)]


def label(texts):
    """Name a call where it is told what went wrong with it."""
    return f"@FUNCTION@({', '.join(texts)})"


# One case for each visible test, and its first call is the visible one. Each is put to a process of
# its own, whose main lies beside this file: that is where the agent's code is loaded.
CALLS = {
    "above": [call(12, 0, 10), *calls(70, 99)],
    "below": [call(-3, 0, 10), *calls(-99, 40)],
    "within": [call(4, 0, 10), *calls(50, 60), call(10, 0, 10), call(0, 0, 10)],
}
kit = part("@LANGUAGE@")
CASES = [kit.Case(@CASE@, drawn, label) for name, drawn in CALLS.items()]
@VERDICT@

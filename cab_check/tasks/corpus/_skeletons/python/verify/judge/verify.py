"""Judge clamp(): the visible cases, and further calls that the agent has never seen."""

import random
import sys
import types
from pathlib import Path

# The kit is compiled from its text: an import could be answered by a cache that was planted.
KIT = Path(__file__).with_name("kit.py")
kit = types.ModuleType("kit")
kit.__file__ = str(KIT)
exec(compile(KIT.read_bytes(), str(KIT), "exec"), kit.__dict__)

DRAW = random.SystemRandom()


def right(number, low, high):
    """Work the right answer out, here, where no code of the agent's is ever loaded."""
    return min(max(number, low), high)


def calls(lowest, highest):
    """Draw calls whose number lies between the two, for bounds from 50 to 60 or so."""
    return [[DRAW.randint(lowest, highest), 50 - n, 60 + n] for n in range(5)]


# One case for each visible test, by its name; its first call is the visible one.
CASES = {
    "test_above": [[12, 0, 10], *calls(70, 99)],
    "test_below": [[-3, 0, 10], *calls(-99, 40)],
    "test_within": [[4, 0, 10], *calls(50, 60), [10, 0, 10], [0, 0, 10]],
}

sys.exit(kit.Judge("clamp", "clamp", "test_clamp.TestClamp", right).run(CASES))

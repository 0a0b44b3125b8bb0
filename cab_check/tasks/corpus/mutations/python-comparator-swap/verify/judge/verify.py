"""Judge sort_items(): the six visible cases, and further calls of each kind drawn for this run."""

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
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def numbers(low, high):
    """Draw a list of whole numbers, one of them at least twice."""
    drawn = [DRAW.randint(low, high) for _ in range(DRAW.randint(4, 12))]
    drawn.append(DRAW.choice(drawn))
    DRAW.shuffle(drawn)
    return drawn


def strings():
    """Draw a list of words, one of them at least twice."""
    drawn = ["".join(DRAW.choices(LETTERS, k=DRAW.randint(1, 8))) for _ in range(7)]
    return [*drawn, DRAW.choice(drawn)]


# what a wrong order of another kind treats otherwise, and no draw is sure to hold
FIXED_NUMBERS = [[[10, 9, 100, 1, 9]], [[2, 2, 2]], [[1.5, 1, 0.25, 2]]]
FIXED_NEGATIVES = [[[-1, -10, 1, -1, 0]], [[-0.5, -2, 0.5]], [[-(10**20), 10**20, -1]]]
FIXED_STRINGS = [
    [["b", "B", "a", "A", "b"]],
    [["fig", "", "figs", "fi"]],
    [["10", "9", "1"]],
    [["z", "é", "e", "a b", "ab"]],
]
CASES = {
    "test_empty": [[[]]],
    "test_singleton": [[[7]], *([[DRAW.randint(-999, 999)]] for _ in range(3))],
    "test_already_sorted": [[[1, 2, 3, 4]], *([sorted(numbers(0, 99))] for _ in range(3))],
    "test_ints_ascending": [[[5, 2, 9, 1, 3]], *FIXED_NUMBERS, *([numbers(0, 99)] for _ in range(4))],
    "test_with_negatives": [[[3, -1, 0, -7, 2]], *FIXED_NEGATIVES, *([numbers(-99, 9)] for _ in range(4))],
    "test_strings_ascending": [[["pear", "apple", "fig"]], *FIXED_STRINGS, *([strings()] for _ in range(4))],
}

sys.exit(kit.Judge("sorter", "sort_items", "test_sorter.TestSorter", sorted).run(CASES))

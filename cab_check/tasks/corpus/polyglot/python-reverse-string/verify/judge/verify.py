"""Judge reverse(): the six visible cases, and further calls of each kind drawn for this run."""

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
FAR = "àéîõüßøñçğłžάβγдежćř世界日本語한글e\u0301a\u0308\U0001f40d\U0001f680\U0001d4d0"


def text(alphabet, least=5, most=14):
    """Draw a text."""
    return "".join(DRAW.choices(alphabet, k=DRAW.randint(least, most)))


def spaced():
    """Draw some words with one or two spaces between them and around them."""
    gaps = [" " * DRAW.randint(0, 2), *(" " * DRAW.randint(1, 2) for _ in range(3)), " "]
    return "".join(gap + text(LETTERS, 1, 6) for gap in gaps) + gaps[0]


def palindrome():
    """Draw a text that reads the same both ways."""
    half = text(LETTERS, 2, 6)
    return half + DRAW.choice(["", *LETTERS]) + half[::-1]


def right(given):
    """Reverse a text by code points."""
    return "".join(given[place] for place in range(len(given) - 1, -1, -1))


CASES = {
    "test_empty": [[""]],
    "test_single_char": [["a"], *([DRAW.choice(LETTERS + FAR)] for _ in range(3))],
    "test_word": [["hello"], *([text(LETTERS)] for _ in range(4))],
    "test_palindrome_stays": [["racecar"], *([palindrome()] for _ in range(3))],
    "test_with_spaces": [["hello world"], *([spaced()] for _ in range(4))],
    "test_unicode": [["héllo"], *([text(LETTERS + FAR)] for _ in range(4))],
}

sys.exit(kit.Judge("reverse", "reverse", "test_reverse.TestReverse", right).run(CASES))

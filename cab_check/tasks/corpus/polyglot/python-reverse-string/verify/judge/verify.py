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

# what a wrong answer keeps together, joins or strips, and no draw is sure to hold
FIXED_SPACES = [["  two  of  them "], ["\tone\n"], ["a\r\nb"], ["\u00a0x \u3000"]]
FIXED_UNICODE = [
    ["ae\u0301x"],  # a combining mark and its base
    ["\u0301ea"],
    ["a\u0323\u0307b"],
    ["\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7"],  # two flags
    ["a\U0001f469\u200d\U0001f4bbb"],  # joined into one sign
    ["\U0001f44d\U0001f3fdok\u2764\ufe0f"],
    ["\u1112\u1161\u11abx"],  # a syllable in its parts
    ["\u05d0\u202ebc\u202c"],
    ["Straße\tİıſ"],
]


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
    "test_single_char": [["a"], ["\n"], ["\U0001f40d"], *([DRAW.choice(LETTERS + FAR)] for _ in range(3))],
    "test_word": [["hello"], *([text(LETTERS)] for _ in range(4))],
    "test_palindrome_stays": [["racecar"], *([palindrome()] for _ in range(3))],
    "test_with_spaces": [["hello world"], *FIXED_SPACES, *([spaced()] for _ in range(4))],
    "test_unicode": [["héllo"], *FIXED_UNICODE, *([text(LETTERS + FAR)] for _ in range(4))],
}

sys.exit(kit.Judge("reverse", "reverse", "test_reverse.TestReverse", right).run(CASES))

"""Judge each function of the package on texts drawn for this run, laid out here in another way."""

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
LETTERS = "abcdefgh éßж"


def word(most):
    """Draw a word."""
    return "".join(DRAW.choices(LETTERS.replace(" ", ""), k=DRAW.randint(1, most)))


def phrase(count, most=6):
    """Draw words, with some white space between them."""
    return "".join(word(most) + DRAW.choice([" ", " ", "  ", "\n"]) for _ in range(count))


def right_paragraph(words, columns, first, rest):
    """Take words off the front as long as they fit, and runes of a word that never will."""
    lines, left, head = [], list(words), first
    while left:
        taken = 0
        while taken < len(left) and len(head + " ".join(left[: taken + 1])) <= columns:
            taken += 1
        if taken:
            lines.append(head + " ".join(left[:taken]))
            left = left[taken:]
        else:
            cut = columns - len(head)
            lines.append(head + left[0][:cut])
            left[0] = left[0][cut:]
        head = rest
    return lines


def right_lines(text, columns, first, rest):
    """Lay out the paragraphs of a text, or say that there is no room."""
    if columns <= max(len(first), len(rest)):
        return ["refused", "true"]
    blocks = [[]]
    for line in text.split("\n"):
        if line.split():
            blocks[-1] += line.split()
        elif blocks[-1]:
            blocks.append([])
    lines = []
    for block in filter(None, blocks):
        lines += [""] * bool(lines) + right_paragraph(block, columns, first, rest)
    return ["\n".join(lines), str(len(lines))]


def right_gaps(line, columns):
    """Give a space to each gap in turn, from the left, until the line is wide enough."""
    words = line.split()
    gaps = [" "] * (len(words) - 1)
    missing = columns - len("".join(words)) - len(gaps)
    for turn in range(max(missing, 0) if gaps else 0):
        gaps[turn % len(gaps)] += " "
    return ["".join(one + gap for one, gap in zip(words, [*gaps, ""])), ""]


def right_cut(text, columns):
    """Cut a text."""
    if len(text) <= columns:
        return [text, ""]
    return [text[: columns - 1].rstrip(" ") + "…" if columns > 0 else "", ""]


def right_table(rows, gap):
    """Line cells up."""
    most = max(map(len, rows))
    widths = [max(len(row[at]) for row in rows if at < len(row)) for at in range(most)]
    lines = [
        "".join(cell.ljust(width + gap) for cell, width in zip(row, widths)).rstrip(" ")
        for row in rows
    ]
    return ["\n".join(lines), str(len(lines))]


def folding(text, columns, first="", rest=""):
    """Write a call of Fold with what it has to answer."""
    return (["Fold", text, str(columns), first, rest], right_lines(text, columns, first, rest))


def tables():
    """Draw rows of different lengths."""
    for _ in range(30):
        rows = [[word(7) for _ in range(DRAW.randint(1, 4))] for _ in range(DRAW.randint(1, 4))]
        gap = DRAW.randint(1, 3)
        text = "\n".join("\t".join(row) for row in rows)
        yield ["Table", text, str(gap)], right_table(rows, gap)


def label(call):
    """Name a call where it is told what went wrong with it."""
    return f"{call[0]}({', '.join(map(repr, call[1:]))})"


HEADS = [("", ""), ("- ", "  "), ("", "    "), ("> ", "> "), ("* ", "")]
CALLS = {
    "Fold, full lines": [folding(phrase(DRAW.randint(1, 14)), DRAW.randint(6, 20)) for _ in range(60)],
    "Fold, long words": [folding(phrase(4, 19), DRAW.randint(1, 8)) for _ in range(40)],
    "Fold, heads": [
        folding(phrase(9, 9), DRAW.randint(5, 16), *DRAW.choice(HEADS)) for _ in range(40)
    ],
    "Fold, paragraphs": [
        folding("\n \n".join(phrase(3) for _ in range(3)) + "\n" * DRAW.randint(0, 3), 12)
        for _ in range(20)
    ],
    "Fold, no room": [folding("a", 0), folding("a", 2, "- "), folding("a", 2, "", "  "), folding("", 3)],
    "Justify": [
        (["Justify", line, str(columns)], right_gaps(line, columns))
        for line, columns in ((phrase(DRAW.randint(1, 6)), DRAW.randint(1, 40)) for _ in range(40))
    ],
    "Shorten": [
        (["Shorten", text, str(columns)], right_cut(text, columns))
        for text, columns in ((phrase(3).replace("\n", " "), DRAW.randint(0, 12)) for _ in range(40))
    ],
    "Table": list(tables()),
}
CASES = [go.Case(name, calls, label, []) for name, calls in CALLS.items()]

sys.exit(go.judge(CASES))

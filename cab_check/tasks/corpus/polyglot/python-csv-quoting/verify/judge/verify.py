"""Judge dump() and load(), each by itself, on tables drawn for this run."""

import random
import types
from pathlib import Path

# Compiled from its text: an import could be answered by a cache that was planted.
CASES = Path(__file__).with_name("cases.py")
cases = types.ModuleType("cases")
exec(compile(CASES.read_bytes(), str(CASES), "exec"), cases.__dict__)
kit = cases.part("kit")

DRAW = random.SystemRandom()
WORDS = ["Ines", "7", "", " ", "Row 3", "à côté", "a\\", "it's", "x" * 50, "#1", "\t", "'a", "0.5"]
NEEDY = [",", '"', '""', '"a"', 'a"b', '",', ',"', "\n", "\r", "\r\n", "a\nb", "a\r\n", '"\n"', '\\"', " , ", '\n"']


def needs_quotes(field):
    """Say whether a field has to stand in quotes."""
    return any(sign in field for sign in ',"\r\n')


def written(rows, end="\r\n", quote=needs_quotes):
    """Write a table as the ticket says; `quote` decides where quotes stand."""
    lines = []
    for row in rows:
        fields = [f'"{field.replace(chr(34), chr(34) * 2)}"' if quote(field) else field for field in row]
        lines.append(",".join(fields) + end)
    return "".join(lines)


def table(*pools):
    """Draw a table of fields from these pools."""
    pool = [field for part in pools for field in part]
    return [DRAW.choices(pool, k=DRAW.randint(2, 5)) for _ in range(DRAW.randint(1, 6))]


def further(*pools):
    """Make a table of each field of the pools, which no draw is sure to hold, and draw some."""
    return [*([["id", field]] for pool in pools for field in pool), *(table(*pools) for _ in range(6))]


DUMPED = {
    "dump: plain fields": further(WORDS),
    "dump: commas, quotes, line breaks": further(NEEDY),
    "dump: all of them": further(WORDS, NEEDY),
    "dump: no row": [[]],
}
LOADED = {
    "load: plain fields": [(rows, written(rows)) for rows in further(WORDS)],
    "load: commas, quotes, line breaks": [(rows, written(rows)) for rows in further(NEEDY)],
    "load: rows that end with a line feed": [(rows, written(rows, "\n")) for rows in further(WORDS, NEEDY)],
    "load: quoted without need": [(rows, written(rows, quote=bool)) for rows in further(WORDS, NEEDY)],
    "load: no row": [([], "")],
}


def note(function, named, asked):
    """Put the cases of a function to children and keep what came of each."""
    told = kit.ask("table", function, [[[given] for given, _ in pairs] for pairs in asked])
    for name, pairs, answers in zip(named, asked, told, strict=True):
        problem = str(answers) if isinstance(answers, kit.NoAnswerError) else None
        for (given, wanted), answer in zip(pairs, () if problem else answers):
            if not kit.same(answer.get("value"), wanted):
                got = cases.shown(answer.get("value", answer))
                problem = f"{function}({cases.shown(given)}) is {got}, wanted was {cases.shown(wanted)}"
                break
        report.note(name, problem)


report = cases.Cases()
note("dump", DUMPED, [[(rows, written(rows)) for rows in tables] for tables in DUMPED.values()])
note("load", LOADED, [[(text, rows) for rows, text in pairs] for pairs in LOADED.values()])
report.end()

"""variants.toml: what may stand in the place of a task's words, and other mutations of its source.

    [[words]]                     # one row: words that are exchanged together
    here = ["sorter", "test_sorter"]
    instead = [["arranger", "test_arranger"], ["ranker", "test_ranker"]]

    [[mutations]]                 # `wrong` takes the place of `right`, which the oracle has once
    name = "operands-swapped"
    path = "src/sorter.py"
    right = "left > right"
    wrong = "right > left"
    said = [["words of the ticket", "words that fit this mutation"]]    # may be left out

Nothing is parsed: a word is a run of letters, digits and underscores, in sources, texts and names
of files alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.tasks.table import read_table

if TYPE_CHECKING:
    from pathlib import Path

    from cab_check.tasks.table import Table

FILE = "variants.toml"
# all that is not ASCII belongs to words, so that no version of Unicode's tables plays a part
_WORD = re.compile(r"[A-Za-z0-9_\u0080-\U0010ffff]+")


@dataclass(frozen=True, slots=True)
class Row:
    """Words that stand in the task, and the groups that may stand in their place, word by word."""

    here: tuple[str, ...]
    instead: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One way to spoil the right answer; `said` exchanges what the ticket says of it."""

    name: str
    path: str
    right: str
    wrong: str
    said: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that a task's variants are drawn from; `file` is where it stands."""

    rows: tuple[Row, ...]
    mutations: tuple[Mutation, ...]
    file: Path


def words_in(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(_WORD.findall(text))


def exchange(text: str, words: dict[str, str]) -> str:
    """Put other words in the place of whole words, all at once."""
    return _WORD.sub(lambda found: words.get(found.group(), found.group()), text)


def read_recipe(root: Path) -> Recipe | None:
    """Read the variants.toml of a task's directory; None when it has none.

    UsageError names the file and the key.
    """
    file = root / FILE
    if not file.is_file():
        return None
    table = read_table(file)
    recipe = Recipe(
        rows=tuple(_read_row(entry) for entry in table.tables("words")),
        mutations=tuple(_read_mutation(entry) for entry in table.tables("mutations")),
        file=file,
    )
    for key, found in (("words", recipe.rows), ("mutations", recipe.mutations)):
        if not found:
            raise table.mistake(key, "is missing", hint=f"write at least one [[{key}]]")
    table.finish()
    _check_distinct(recipe, table)
    return recipe


def _read_row(entry: Table) -> Row:
    row = Row(entry.texts("here"), entry.groups("instead"))
    for key, group in (("here", row.here), *(("instead", group) for group in row.instead)):
        for word in group:
            if not _WORD.fullmatch(word):
                raise entry.mistake(
                    key, f"{word!r} is not one word", hint="use letters, digits and underscores"
                )
        if len(group) != len(row.here):
            raise entry.mistake(
                key, f"{list(group)} does not fit `here`", hint=f"give {len(row.here)} words"
            )
    if not row.here or not row.instead:
        raise entry.mistake("here", "has nothing to exchange", hint="fill `here` and `instead`")
    entry.finish()
    return row


def _read_mutation(entry: Table) -> Mutation:
    said = entry.groups("said") if entry.has("said") else ()
    pairs = tuple((pair[0], pair[1]) for pair in said if len(pair) == 2)  # noqa: PLR2004 - a pair
    if len(pairs) != len(said):
        raise entry.mistake("said", "is no list of pairs", hint="give [old, new] for each")
    mutation = Mutation(
        name=entry.text("name"),
        path=entry.text("path"),
        right=entry.text("right"),
        wrong=entry.text("wrong"),
        said=pairs,
    )
    entry.finish()
    return mutation


def _check_distinct(recipe: Recipe, table: Table) -> None:
    """Refuse a word that is exchanged, or put in, in two ways, and a mutation that is there twice.

    Two words that became one could make a task that its own right answer does not solve.
    """
    seen: set[str] = set()
    for number, row in enumerate(recipe.rows, start=1):
        for word in (*row.here, *(word for group in row.instead for word in group)):
            if word in seen:
                raise table.mistake(
                    f"words[{number}]", f"{word!r} is there twice", hint="use each word once"
                )
            seen.add(word)
    names = [mutation.name for mutation in recipe.mutations]
    for name in names:
        if names.count(name) > 1:
            raise table.mistake("mutations", f"{name!r} is there twice", hint="give another name")

"""What in a document its writer only copied, found by runs of words rather than by lines.

A run of five words that stands so in a text which the task gave is a copy, however it is wrapped,
joined, quoted, numbered or punctuated, and also where words that the task does not have were put
in between.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from cab_check.scorers.folding import words
from cab_check.scorers.headings import body_lines

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    Run = tuple[str, ...]

RUN_WORDS = 5
MOST_COPIED = 0.8

# marks of a quotation or a list, numbers, and the place of the line as search tools put it
_LEAD = re.compile(r"^(?:[>#*+\-|\s]|\d+[.):|]?(?:\s|$)|[\w./-]{1,200}\.\w{1,9}[:-](?:\d+[:-])?)+")


@dataclass(frozen=True, slots=True)
class Given:
    """The texts that a task gave: its ticket, the message, and all others (sources, rules)."""

    ticket: str
    message: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Copying:
    """What was found: the words that are the writer's own, in order, and how much is the ticket's.

    A line is the ticket's when over 80 % of its words are copied from it, or from the message that
    says the same. `holds_ticket` says that over 80 % of the ticket's lines are there and make up
    over half of the document.
    """

    own: tuple[str, ...]
    ticket_lines: int
    lines: int
    holds_ticket: bool

    @property
    def mostly_ticket(self) -> bool:
        """Say whether over 80 % of the lines are the ticket's."""
        return self.ticket_lines > MOST_COPIED * self.lines


def find_copies(lines: Iterable[str], given: Given) -> Copying:
    """Hold a document's lines against everything that the task gave."""
    rows, body = _rows(lines), _rows(body_lines(given.ticket))
    flow, ticket_flow = list(chain(*rows)), list(chain(*body))
    ticket = _runs(ticket_flow) | _runs(words(given.ticket)) | _runs(words(given.message))
    told, seen = _copied_places(flow, ticket)
    there, _ = _copied_places(ticket_flow, seen)
    copied, _ = _copied_places(flow, ticket.union(*(_runs(words(text)) for text in given.others)))
    return Copying(
        own=tuple(word for place, word in enumerate(flow) if place not in copied),
        ticket_lines=_mostly_in(rows, told),
        lines=len(rows),
        holds_ticket=(
            _mostly_in(body, there) > MOST_COPIED * len(body) and 2 * len(told) > len(flow)
        ),
    )


def _rows(lines: Iterable[str]) -> list[Run]:
    return [row for row in (words(_LEAD.sub("", line)) for line in lines) if row]


def _mostly_in(rows: Sequence[Run], places: set[int]) -> int:
    """Count the rows of which over 80 % of the words are at these places."""
    count, start = 0, 0
    for row in rows:
        within = sum(place in places for place in range(start, start + len(row)))
        count += within > MOST_COPIED * len(row)
        start += len(row)
    return count


def _copied_places(flow: Sequence[str], known: Collection[Run]) -> tuple[set[int], set[Run]]:
    """Return the places of copied words, and the runs found; words the task lacks are skipped."""
    vocabulary = {word for run in known for word in run}
    places = [place for place, word in enumerate(flow) if word in vocabulary]
    copied: set[int] = set()
    seen: set[Run] = set()
    for at in range(len(places)):
        window = places[at : at + RUN_WORDS]
        run = tuple(flow[place] for place in window)
        if run in known:
            copied.update(window)
            seen.add(run)
    return copied, seen


def _runs(found: Sequence[str]) -> frozenset[Run]:
    """Return every run of five words; a shorter text is one run, unless it is a single word."""
    text = tuple(found)
    if len(text) < RUN_WORDS:
        return frozenset({text} if len(text) > 1 else ())
    return frozenset(text[at : at + RUN_WORDS] for at in range(len(text) - RUN_WORDS + 1))

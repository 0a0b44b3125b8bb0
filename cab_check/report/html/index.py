"""The page of a sweep: tasks by repeats, sortable, each cell a link to its own page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.report.citation import closing
from cab_check.report.flag import flag
from cab_check.report.html.assets import head, scripts, whole
from cab_check.report.html.blocks import pair, scrolled, section, table
from cab_check.report.html.markup import joined, tag
from cab_check.report.html.scores import CLASSES, flag_bar, unread
from cab_check.report.repeats import cell_of, several_hosts, who
from cab_check.report.summary import rates, scored_line
from cab_check.report.sweep_table import LEGEND, figures_table
from cab_check.report.wording import UNKNOWN, blame, counted, host, outcome, seconds, tokens

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from cab_check.record import RunRecord, Sweep
    from cab_check.report.html.markup import Markup

_SCRIPTS = ("theme.js", "sort.js")
_SUMS = ("Passed", "Tokens", "Time")
_NUMBERS = frozenset({"Tokens", "Time"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One run of a sweep: its record, and where its page is, relative to the index."""

    record: RunRecord
    page: str


def render_index(
    entries: Sequence[Entry], notes: tuple[str, ...] = (), sweep: Sweep | None = None
) -> str:
    """Return the page of a sweep that has at least one cell; no composite stands on it.

    `notes` name the cells that cannot be read; `sweep` says whether these are all.
    """
    records = [entry.record for entry in entries]
    identity = records[0].identity
    models = list(dict.fromkeys(f"{each.identity.model}" for each in records))
    hosts = list(dict.fromkeys(host(each.identity.endpoint) for each in records))
    return whole(
        head(f"sweep {identity.sweep_id} · {flag(records).notice}", *_SCRIPTS),
        flag_bar(records, f"cab {records[0].versions.cab_check}"),
        tag(
            "header",
            tag("h1", f"Sweep {identity.sweep_id}"),
            tag("p", tag("bdi", ", ".join(models)), " @ ", ", ".join(hosts), class_="who"),
            _verdict(records, sweep, len(notes)),
            _whole(sweep) if sweep is not None else None,
            unread(notes),
        ),
        tag(
            "main",
            section("cells", "Cells", _table(entries)),
            _figures(sweep) if sweep is not None else None,
            section("rates", "Rates", tag("dl", *_rates(records))),
        ),
        tag("footer", *(tag("p", line.body.plain) for line in closing(records))),
        scripts(*_SCRIPTS),
    )


def _whole(sweep: Sweep) -> Markup:
    """Return whether these are all cells, and what the gates of CI made of them."""
    part = tag("p", sweep.extent.sentence, class_="warned") if sweep.extent.partial else None
    gates = [tag("li", gate.sentence) for gate in sweep.record.gates]
    return joined((part, tag("ul", *gates) if gates else None))


def _figures(sweep: Sweep) -> Markup:
    shown = table(figures_table(sweep), "Figures by target, family and task")
    return section("figures", "Figures", shown, tag("p", tag("small", LEGEND)))


def _verdict(records: Sequence[RunRecord], sweep: Sweep | None, unreadable: int) -> Markup:
    """Return how many count and how many passed; it is green when all of them did."""
    words = {outcome(record)[0] for record in records}
    extent = None if sweep is None else sweep.extent
    if extent is not None and extent.there < extent.planned:
        words.add("NOT SCORED")
    planned = None if extent is None else extent.planned
    word = next(word for word in ("NOT SCORED", "FAILED", "PASSED") if word in words)
    lost = f" · {unreadable:,} more cannot be read" if unreadable else ""
    said = tag("p", tag("strong", scored_line(records, planned)), lost)
    return tag("div", said, class_=f"verdict {CLASSES[word]}")


def _rates(records: Sequence[RunRecord]) -> Iterator[Markup]:
    last = ""
    for name, text in rates(records):
        yield pair("" if name == last else name, text)
        last = name


def _table(entries: Sequence[Entry]) -> Markup:
    rows: dict[Hashable, list[Entry]] = {}
    for entry in entries:
        rows.setdefault(cell_of(entry.record), []).append(entry)
    hosts = several_hosts(entry.record for entry in entries)
    models = hosts or len({entry.record.identity.model for entry in entries}) > 1
    most = max(max(_places(members)) for members in rows.values())
    heads = ["Task", *(["Model"] if models else [])]
    repeats = [f"Repeat {number}" for number in range(1, most + 1)] if most > 1 else ["Cell"]
    names = tag("tr", *(_head(name) for name in (*heads, *repeats, *_SUMS)))
    body = tag(
        "tbody", *(_row(members, most, models=models, hosts=hosts) for members in rows.values())
    )
    caption = tag("caption", "The cells of this sweep; a heading sorts the rows by its column")
    return scrolled("Cells", tag("table", caption, tag("thead", names), body))


def _head(name: str) -> Markup:
    button = tag("button", name, type="button", disabled=True)
    return tag("th", button, scope="col", class_="num" if name in _NUMBERS else None)


def _places(members: Sequence[Entry]) -> dict[int, Entry]:
    """Return each repeat in its own column; runs that do not tell are counted through."""
    ordered = sorted(members, key=lambda entry: entry.record.identity.repeat)
    numbered = {entry.record.identity.repeat: entry for entry in ordered}
    return numbered if len(numbered) == len(ordered) else dict(enumerate(ordered, 1))


def _row(members: Sequence[Entry], most: int, *, models: bool, hosts: bool) -> Markup:
    places = _places(members)
    records = [entry.record for entry in places.values()]
    identity = records[0].identity
    variant = "" if identity.seed is None else f" (variant, seed {identity.seed})"
    scored = [record for record in records if record.scored]
    passed = sum(record.passed for record in scored)
    share = passed / len(scored) if scored else -1
    spent = _tokens(records)
    name = who(records[0], hosts=hosts)
    took = sum(record.timing.duration_s for record in records)
    return tag(
        "tr",
        tag("th", f"{identity.task}{variant}", scope="row", data_sort=identity.task),
        tag("td", tag("bdi", name), data_sort=name) if models else None,
        *(
            _cell(places[number]) if number in places else tag("td", UNKNOWN)
            for number in range(1, most + 1)
        ),
        tag("td", f"{passed} of {len(scored)}", data_sort=f"{share:.6f}"),
        tag("td", UNKNOWN if spent is None else tokens(spent), data_sort=spent, class_="num"),
        tag("td", seconds(took), data_sort=f"{took:.3f}", class_="num"),
    )


def _tokens(records: Sequence[RunRecord]) -> int | None:
    """Return what all repeats took; None when one of them did not say."""
    known = [
        record.timing.prompt_tokens + record.timing.completion_tokens
        for record in records
        if record.timing.prompt_tokens is not None and record.timing.completion_tokens is not None
    ]
    return sum(known) if len(known) == len(records) else None


def _cell(entry: Entry) -> Markup:
    record = entry.record
    word, _ = outcome(record)
    link = tag("a", word, href=entry.page, class_=f"cell {CLASSES[word]}")
    turns = f"{counted(record.turns, 'turn')}, {seconds(record.timing.duration_s)}"
    said = turns if record.passed else blame(record)
    return tag("td", joined((link, tag("div", tag("small", said)))), data_sort=word)

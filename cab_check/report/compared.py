"""A comparison to look at, and as one document."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from cab_check.report.citation import closing
from cab_check.report.comparison import passes
from cab_check.report.flag import flag
from cab_check.report.layout import Ends, Line, said, section
from cab_check.report.parting import PROMPTS
from cab_check.report.tables import Table
from cab_check.report.wording import TIMES, UNKNOWN, blame, counted, host, outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from cab_check.report.comparison import Comparison, Pair
    from cab_check.store import Run

COMPARE_SCHEMA = "cab.compare/1"
_SHOWN = 20
_SAME = "the conversations are the same to their end"
_MEASURES = frozenset({"cab", "scorers", "prompt", "fixture", "judge"})


def compared(comparison: Comparison) -> RenderableType:
    """Return what a person sees: what it comes to first, then axes, conversations, endpoints."""
    return Group(*_lines(comparison))


def _lines(comparison: Comparison) -> Iterator[RenderableType]:
    carried = flag(comparison.records)
    versions = {record.versions.cab_check for record in comparison.records}
    made_by = said(f"cab {'/'.join(sorted(versions))} · compare")
    yield Ends(Text(carried.banner, style="bold"), made_by)
    yield Line(Text(" "), Text(conclusion(comparison), style="bold"))
    for name, runs in (("A", comparison.a), ("B", comparison.b)):
        yield Line(Text(f" {name}  "), said(_side(runs)))
    yield Text("")
    if any(pair.scored for pair in comparison.pairs):
        rows = tuple((row.name, row.a, row.b, row.meaning) for row in comparison.axes)
        yield Table(("Axis", "A", "B", ""), rows, "lrrl")
        yield Text("")
    yield from _outcomes(comparison.pairs)
    yield from _partings(comparison.pairs)
    yield from _rest(comparison)
    yield Text("")
    yield from closing(comparison.records)


def conclusion(comparison: Comparison) -> str:
    """Return whether the difference in passes means anything, in one sentence."""
    a, b = passes(comparison)
    if not comparison.pairs:
        return f"nothing in common: {_apart(comparison)}"
    if not a.n:
        return "nothing to compare: no cell was scored on both sides"
    both = f"A passed {a.count} of {a.n}, B {b.count} of {b.n}"
    row = comparison.axes[0]
    if not row.knowable:
        return f"{both}: at n={a.n} it cannot be known whether that means anything"
    if row.meaning.startswith("differs"):
        return f"{both}: more than chance ({row.meaning.partition(': ')[2]})"
    return f"{both}: {row.meaning}"


def _apart(comparison: Comparison) -> str:
    a, b = ({run.record.identity.task for run in side} for side in (comparison.a, comparison.b))
    same = "with the same model and seed " if a & b else ""
    return f"no task was run {same}on both sides"


def _side(runs: Sequence[Run]) -> str:
    first = runs[0].record.identity
    models = dict.fromkeys(run.record.identity.model for run in runs)
    hosts = dict.fromkeys(host(run.record.identity.endpoint) for run in runs)
    what = first.sweep_id if len(runs) > 1 else _name(runs[0])
    cells = f" · {counted(len(runs), 'cell')}" if len(runs) > 1 else f" · {first.task}"
    return f"{what}{cells} · {', '.join(models)} @ {', '.join(hosts)}"


def _name(run: Run) -> str:
    return run.directory.name if run.directory else run.record.identity.cell_id


def _outcomes(pairs: Sequence[Pair]) -> Iterator[RenderableType]:
    """Yield the cells that did not come to the same on both sides, and those that cannot count."""
    name = "Outcomes"
    for pair in pairs:
        one, other = _outcome(pair.a), _outcome(pair.b)
        if one != other or not pair.scored:
            text = f"{pair.task} #{pair.repeat}: A {one} · B {other}"
            left_out = "" if pair.scored else " — left out of every figure"
            yield section(name, said(f"{text}{left_out}"))
            name = ""


def _outcome(run: Run) -> str:
    word = outcome(run.record)[0]
    return word if run.record.scored else f"{word} ({blame(run.record)})"


def _partings(pairs: Sequence[Pair]) -> Iterator[RenderableType]:
    name = "Parting"
    told = [pair for pair in pairs if len(pairs) == 1 or parted(pair) != _SAME]
    for pair in told[:_SHOWN]:
        label = f"{pair.task} #{pair.repeat}: " if len(pairs) > 1 else ""
        yield section(name, said(f"{label}{parted(pair)}"))
        name = ""
    if len(told) > _SHOWN:
        yield section("", Text(f"and {len(told) - _SHOWN} more pairs, all with --json"))
    if len(told) < len(pairs):
        yield section(name, Text(f"{counted(len(pairs) - len(told), 'pair')}: {_SAME}"))


def parted(pair: Pair) -> str:
    """Return where a pair's conversations part, in words."""
    if not pair.a.messages or not pair.b.messages:
        return "a conversation is not kept"
    found = pair.parting
    if found is None:
        return _SAME
    if found.turn == PROMPTS:
        return "before the first turn: the prompts differ"
    heard = f"; the tools answered differently after turn {found.heard}" if found.heard else ""
    return f"turn {found.turn}: A {found.a} · B {found.b}{heard}"


def _rest(comparison: Comparison) -> Iterator[RenderableType]:
    same = "the endpoints needed the same" if not comparison.ledger else ""
    yield section("Endpoint", Text(same or f"{len(comparison.ledger)} accommodations differ"))
    for name, one, other in comparison.ledger:
        a, b = (f"{TIMES}{count}" if count else UNKNOWN for count in (one, other))
        yield Line(said(f"   {name}  "), Text(f"A {a} · B {b}"))
    label = "Otherwise"
    for name, left, right in comparison.otherwise:
        warned = " — not the same measurement" if name in _MEASURES else ""
        yield section(label, said(f"{name}: A {left} · B {right}{warned}"))
        label = ""
    if comparison.unpaired:
        counts = Counter(comparison.unpaired).items()
        names = [name if count == 1 else f"{name} {TIMES}{count}" for name, count in counts]
        yield section("Unpaired", said(", ".join(names)))


def comparison_document(comparison: Comparison) -> dict[str, object]:
    """Return the one document of `cab runs compare --json`."""
    carried = flag(comparison.records)
    a, b = passes(comparison)
    return {
        "schema": COMPARE_SCHEMA,
        "provisional": True,
        "notice": carried.notice,
        "reason": carried.reason,
        "versions": carried.versions,
        "conclusion": conclusion(comparison),
        "scored_pairs": a.n,
        "passed": {"a": a.count, "b": b.count},
        "axes": [
            {
                "name": row.name, "a": row.a, "b": row.b, "n": row.n, "b_more": row.more,
                "b_less": row.less, "p": round(row.chance, 6) if row.knowable else None,
                "meaning": row.meaning,
            }
            for row in comparison.axes
        ],
        "pairs": [
            {
                "task": pair.task, "repeat": pair.repeat,
                "a": {"run": _name(pair.a), "outcome": _outcome(pair.a)},
                "b": {"run": _name(pair.b), "outcome": _outcome(pair.b)},
                "parting": parted(pair),
                "parting_turn": None if pair.parting is None else pair.parting.turn,
            }
            for pair in comparison.pairs
        ],
        "accommodations": [
            {"name": name, "a": one, "b": other} for name, one, other in comparison.ledger
        ],
        "otherwise": [
            {"name": name, "a": left, "b": right} for name, left, right in comparison.otherwise
        ],
        "unpaired": list(comparison.unpaired),
    }  # fmt: skip

"""The scorecard of one cell (DESIGN §5): whether it worked, the figures, then where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from cab_check.clock import timestamp
from cab_check.published import place
from cab_check.record import TaskOrigin
from cab_check.report.figures import figures, tampering_note
from cab_check.report.flag import flag
from cab_check.report.layout import Ends, Line, said, section
from cab_check.report.placing import ELEVENTH, here, placed
from cab_check.report.wording import (
    COUNTED_NOWHERE,
    DEMO,
    TIMES,
    blame,
    counted,
    ending,
    home_short,
    host,
    outcome,
    seconds,
)
from cab_check.settings import Isolation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions, RenderableType

    from cab_check.record import RunRecord
    from cab_check.store import Run

BLANK = Text("")


def card(run: Run) -> Iterator[RenderableType]:
    """Yield the scorecard's parts in their order, without the closing lines."""
    yield Opening(run.record)
    yield BLANK
    rows = tuple(figures(run)) if was_answered(run.record) else ()
    if rows and not run.record.scored:
        yield Line(Text(f" {COUNTED_NOWHERE}"), BLANK)
    yield from rows
    if rows:
        yield BLANK
    yield from standing_around(run)
    yield from provenance(run)


def was_answered(record: RunRecord) -> bool:
    """Say whether there is anything to show figures of: a cell that nobody answered has none."""
    return record.scored or any(call.latency_ms is not None for call in record.model_calls)


@dataclass(frozen=True, slots=True)
class Opening:
    """The first lines: the flag, which cell, whether it worked and whose fault it was.

    Who reads three lines alone knows the last two: where there is no room for the cell's name on
    one line, it comes after them.
    """

    record: RunRecord

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        record = self.record
        level = "" if record.isolation is None else f" · box: {record.isolation.receipt.level}"
        made_by = said(f"cab {record.versions.cab_check}{level}")
        banner = Ends(Text(flag((record,)).banner, style="bold"), made_by)
        cell = Line(Text(" "), said(cell_name(record)))
        if banner.fits(options.max_width) and cell.fits(options.max_width):
            yield from (banner, cell, *_verdict(record))
        else:
            yield Line(Text(" "), banner.left)
            yield from (*_verdict(record), cell, Line(Text(" "), made_by))
        if record.demo:
            yield Line(Text(" "), Text(DEMO))


def cell_name(record: RunRecord) -> str:
    """Return which cell it was: task, model and host."""
    identity = record.identity
    own = " (your own task)" if identity.task_origin is TaskOrigin.OWN else ""
    own = own if identity.seed is None else f" (variant, seed {identity.seed})"
    return f"{identity.task}{own} · {identity.model} @ {host(identity.endpoint)}"


def _verdict(record: RunRecord) -> Iterator[RenderableType]:
    word, style = outcome(record)
    label = Text.assemble(" ", (word, style), "   ")
    below = Text(" " * len(label))
    yield Line(label, said(ending(record) if record.passed else blame(record)))
    if record.scored and not record.passed:
        yield Line(below, said(ending(record)))
    # a hint's first line is for reading; a command below it is to be copied, so it is never wrapped
    advice = record.verdict.hint.partition("\n")[0]
    if advice:
        yield Line(below, said(advice))


def standing_around(run: Run) -> Iterator[RenderableType]:
    """Yield what stood around the cell: tampering, the endpoint, the box, the published cells."""
    record = run.record
    tried = "" if record.preview is None else tampering_note(record.preview.tampering)
    if tried:
        yield section("Tampering", said(tried))
    yield from accommodations(record)
    yield from box(record)
    yield from published(record)


def published(record: RunRecord) -> Iterator[RenderableType]:
    """Yield the published cells beside the run; nothing for one that stands beside none."""
    placement = place((record,))
    if placement is None:
        return
    yield section("Published", said(f"{here(placement)}; {ELEVENTH}"))
    for line in placed(placement):
        if line.basis:  # the run's own figures stand above
            yield Line(Text("   "), said(line.sentence))


def accommodations(record: RunRecord) -> Iterator[RenderableType]:
    """Yield what had to be done for the endpoint, and what its owner may do about it."""
    entries = record.accommodations
    # an endpoint that was hardly met is not praised
    nothing = "no accommodation needed" if record.scored else "no accommodation until it ended"
    count = counted(len(entries), "accommodation") if entries else nothing
    yield section("Endpoint", Text(count))
    for entry in entries:
        yield Line(said(f"   {entry.name} {TIMES}{entry.count}   "), said(entry.advice))


def box(record: RunRecord) -> Iterator[RenderableType]:
    """Yield what held the agent's commands, and what it lacked, in short."""
    if record.isolation is None:
        return
    receipt = record.isolation.receipt
    python = f" · python {receipt.python}" if receipt.python else ""
    none = receipt.level is Isolation.NONE
    level = "none: commands ran unconfined, as you" if none else receipt.level.value
    yield section("Box", said(level + python, "yellow" if none else ""))
    weaker = receipt.weaker_than_full
    if none and weaker:
        answers = [text.partition(":")[0] for text in weaker[1:] if text.startswith("answers")]
        shown = [weaker[0], *answers]
        more = f"; {len(weaker) - len(shown)} more with -v" if len(weaker) > len(shown) else ""
        yield section("", said(f"warning: {'; '.join(shown)}{more}"))
    elif weaker:
        yield section("", said(f"weaker than full: {'; '.join(weaker)}"))


def provenance(run: Run) -> Iterator[RenderableType]:
    """Yield which run this was, when it was, and where it is kept."""
    identity, timing = run.record.identity, run.record.timing
    yield section("Cell", said(identity.cell_id))
    served = (
        f"served as {identity.model_served}" if identity.model_served else "served model unknown"
    )
    ended = "never ran" if identity.exit_code is None else f"exit {identity.exit_code}"
    yield section("", said(f"{served} · agent {ended} · sweep {identity.sweep_id}"))
    if identity.compared_tui:
        agent = f"{identity.agent} did the work, not {identity.compared_tui}"
        yield section("Agent", said(agent))
    started = timestamp(timing.started_at)
    yield section("Started", said(f"{started} · took {seconds(timing.duration_s)}"))
    kept = "not kept" if run.directory is None else home_short(run.directory)
    yield section("Record", said(kept))
    for note in run.notes:
        yield section("", said(f"note: {note}"))

"""A run or a sweep for a pull request or a ticket, in GitHub's Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cab_check.clock import timestamp
from cab_check.published import place
from cab_check.report.citation import SITE
from cab_check.report.figures import figures, tampering_note
from cab_check.report.flag import flag, sweep_flag
from cab_check.report.mdtext import code
from cab_check.report.placing import AXES, ELEVENTH, here, placed
from cab_check.report.repeats import cells, several_hosts, who
from cab_check.report.scorecard import was_answered
from cab_check.report.summary import rates, scored_line
from cab_check.report.sweep_table import LEGEND, figures_table
from cab_check.report.wording import TIMES, blame, ending, host, outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.record import RunRecord, Sweep
    from cab_check.store import Run


def render(run: Run) -> str:
    """Return the text of one run; what came from a model or an endpoint is code."""
    return "\n".join(_one(run)) + "\n"


def render_many(runs: Sequence[Run], sweep: Sweep | None = None) -> str:
    """Return the text of a sweep: what counts and what passed, one row a run, never an average."""
    return "\n".join(_many(runs, sweep)) + "\n"


def _one(run: Run) -> Iterator[str]:
    record = run.record
    yield f"### {outcome(record)[0]}: {code(record.identity.task)}"
    yield ""
    yield f"**{flag((record,)).banner}**"
    yield ""
    yield f"{code(record.identity.model)} @ {code(host(record.identity.endpoint))}"
    yield ""
    if record.scored:
        yield f"- {ending(record)}"
    if not record.passed:
        yield f"- whose fault: {code(blame(record))}"
    yield from _hint(record)
    yield ""
    yield from _figures(run)
    yield from _around(run)
    yield from _published((record,))
    yield from _details(run)
    yield from _closing((record,))


def _hint(record: RunRecord) -> Iterator[str]:
    advice = record.verdict.hint.partition("\n")[0]
    if advice:
        yield f"- what to do: {code(advice)}"


def _figures(run: Run) -> Iterator[str]:
    rows = tuple(figures(run)) if was_answered(run.record) else ()
    if not rows:
        return
    if not run.record.scored:
        yield "As computed, and counted nowhere:"
        yield ""
    yield "| axis | value | |"
    yield "|---|--:|---|"
    for row in rows:
        note = code(row.note.plain) if row.note.plain else ""
        yield f"| {row.name} | {row.value.plain} | {note} |"
    yield ""


def _around(run: Run) -> Iterator[str]:
    record = run.record
    tried = "" if record.preview is None else tampering_note(record.preview.tampering)
    if tried:
        yield f"- tampering: {code(tried)}"
    for entry in record.accommodations:
        yield f"- the endpoint needed {code(entry.name)} {TIMES}{entry.count}: {code(entry.advice)}"
    if record.isolation is not None:
        receipt = record.isolation.receipt
        yield f"- box: {receipt.level.value}"
        for weaker in receipt.weaker_than_full:
            yield f"  - weaker than full: {code(weaker)}"
    for note in run.notes:
        yield f"- not here: {code(note)}"
    yield ""


def _published(repeats: Sequence[RunRecord]) -> Iterator[str]:
    placement = place(repeats)
    if placement is None:
        return
    yield f"**Published cells of {code(repeats[0].identity.task)}** — {here(placement)}; {ELEVENTH}"
    yield ""
    yield f"| cells | {' | '.join(AXES)} | | |"
    yield f"|---|{'---|' * len(AXES)}---|---|"
    for line in placed(placement):
        values = line.values or ("",) * len(AXES)
        yield f"| {code(line.who)} | {' | '.join(values)} | {line.note} | {line.basis} |"
    yield ""


def _details(run: Run) -> Iterator[str]:
    identity, timing = run.record.identity, run.record.timing
    yield "<details><summary>Which run</summary>"
    yield ""
    for name, value in (
        ("cell", identity.cell_id),
        ("sweep", identity.sweep_id),
        ("run", run.directory.name if run.directory else "not kept"),
        ("served as", identity.model_served or "unknown"),
        ("agent", f"{identity.agent}, exit {identity.exit_code}"),
        ("beside", identity.compared_tui or ""),
        ("started", f"{timestamp(timing.started_at)}, took {timing.duration_s:.1f} s"),
    ):
        if value:
            yield f"- {name}: {code(value)}"
    yield ""
    yield "</details>"
    yield ""


def _many(runs: Sequence[Run], sweep: Sweep | None) -> Iterator[str]:
    records = [run.record for run in runs]
    yield f"### {scored_line(records, None if sweep is None else sweep.extent.planned)}"
    yield ""
    yield f"**{flag(records).banner if sweep is None else sweep_flag(sweep.record).banner}**"
    yield ""
    if sweep is not None:
        yield from _whole(sweep)
    yield "| | task | model | repeat | |"
    yield "|---|---|---|--:|---|"
    hosts = several_hosts(records)
    for record in records:
        identity = record.identity
        said = ending(record) if record.passed else code(blame(record))
        yield (
            f"| {outcome(record)[0]} | {code(identity.task)} | {code(who(record, hosts=hosts))} "
            f"| {identity.repeat} | {said} |"
        )
    yield ""
    for name, text in rates(records):
        yield f"- {name}: {text}"
    yield ""
    for repeats in cells(records):
        yield from _published(repeats)
    yield from _closing(records, sweep)


def _whole(sweep: Sweep) -> Iterator[str]:
    """Say whether it is the whole, what the gates made of it, and its figures."""
    if sweep.extent.partial:
        yield f"**{code(sweep.extent.sentence)}**"
        yield ""
    for gate in sweep.record.gates:
        yield f"- {code(gate.sentence)}"
    yield ""
    content = figures_table(sweep)
    yield f"| {' | '.join(content.heads)} |"
    yield f"|{'|'.join({'l': '---', 'r': '--:'}[side] for side in content.sides)}|"
    for title, name, *values in content.rows:
        yield f"| {title} | {code(name)} | {' | '.join(values)} |"
    yield ""
    yield LEGEND
    yield ""


def _closing(records: Sequence[RunRecord], sweep: Sweep | None = None) -> Iterator[str]:
    carried = flag(records) if sweep is None else sweep_flag(sweep.record)
    yield f"{carried.notice}: {carried.reason}. {code(carried.versions)}"
    yield ""
    yield f"A citable score comes from the benchmark's docker or harness path ({SITE})."

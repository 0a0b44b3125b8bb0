"""The page of one run, from its head to its closing lines."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from cab_check.record import record_to_json
from cab_check.report.breakdown import calls_table, receipt, shown_values
from cab_check.report.citation import closing
from cab_check.report.flag import flag
from cab_check.report.html.again import run_again
from cab_check.report.html.assets import head, scripts, whole
from cab_check.report.html.badging import badge_section
from cab_check.report.html.blocks import facts, fold, section, table, values
from cab_check.report.html.conversation import conversation
from cab_check.report.html.diff import changes
from cab_check.report.html.markup import Markup, joined, tag
from cab_check.report.html.neighbours import neighbours
from cab_check.report.html.plot import token_plot
from cab_check.report.html.scores import flag_bar, opening, scores
from cab_check.report.html.spans import span_table
from cab_check.report.html.timeline import replay
from cab_check.report.scorecard import accommodations, box
from cab_check.scorers.axes import axes_to_json, preview_to_json

if TYPE_CHECKING:
    from cab_check.record import RunRecord
    from cab_check.store import Run

_SCRIPTS = ("theme.js", "replay.js")
_MOST = 3_000
_CALLS = (
    "#",
    "At (UTC)",
    "Request hash",
    "Prompt",
    "Completion",
    "Latency ms",
    "First token ms",
    "Attempts",
    "Finish",
)
_NAV = (
    ("scores", "Scores"),
    ("replay", "Replay"),
    ("endpoint", "Endpoint"),
    ("changes", "Changes"),
    ("calls", "Model calls"),
    ("conversation", "Conversation"),
    ("breakdown", "Breakdown"),
    ("spans", "Spans"),
    ("identity", "Identity"),
    ("published", "Published"),
    ("again", "Run again"),
    ("badge", "Badge"),
)


def render(run: Run, *, sweep: str | None = None) -> str:
    """Return the whole page of a run; `sweep` is the address of the index that it belongs to."""
    run = _within_reason(run)
    record = run.record
    parts = (
        scores(run),
        replay(run.spans),
        _around(record),
        changes(run.patch),
        _calls(record),
        conversation(run.messages),
        _breakdown(record),
        span_table(run.spans),
        _identity(record),
        neighbours(record),
        run_again(record),
        badge_section(run),
    )
    level = None if record.isolation is None else record.isolation.receipt.level
    made_by = f"cab {record.versions.cab_check}" + (f" · box: {level}" if level else "")
    return whole(
        head(f"{record.identity.task} · {flag((record,)).notice}", *_SCRIPTS),
        tag("a", "To the scores", href="#scores", class_="skip"),
        flag_bar((record,), made_by),
        opening(run),
        _navigation(joined(parts), sweep),
        tag("main", *parts),
        tag("footer", *(tag("p", line.body.plain) for line in closing((record,)))),
        scripts(*_SCRIPTS),
    )


def _within_reason(run: Run) -> Run:
    """Leave out what no browser would show in good time, and say so."""
    notes = [
        f"{len(items) - _MOST:,} {what} are left out; whole in {file}"
        for items, what, file in (
            (run.spans, "spans", "trace.jsonl"),
            (run.messages, "messages", "messages.json"),
        )
        if len(items) > _MOST
    ]
    if not notes:
        return run
    return replace(
        run,
        spans=run.spans[:_MOST],
        messages=run.messages[:_MOST],
        notes=(*run.notes, *notes),
    )


def _navigation(body: Markup, sweep: str | None) -> Markup:
    above = tag("a", "↑ All cells of this sweep", href=sweep) if sweep else None
    links = (
        tag("a", title, href=f"#{name}") for name, title in _NAV if f'<section id="{name}"' in body
    )
    return tag("nav", above, *links, aria_label="Parts of this page")


def _around(record: RunRecord) -> Markup:
    """Return the ledger of the endpoint, and what held the agent's commands."""
    verdict, isolation = record.verdict, record.isolation
    said = {"status": verdict.status, "fault": verdict.fault, "evidence": verdict.evidence}
    hint = {"hint": verdict.hint} if verdict.hint else {}
    return section(
        "endpoint",
        "Verdict, endpoint and isolation",
        values({**said, **hint, "stop_reason": record.stop_reason, "turns": record.turns}),
        facts(accommodations(record)),
        facts(islice(box(record), 1)),  # the receipt says the rest in full
        None if isolation is None else facts(receipt(isolation)),
    )


def _calls(record: RunRecord) -> Markup:
    calls = record.model_calls
    title = f"Model calls ({len(calls)})"
    if not calls:
        return section("calls", title, tag("p", "No model call was made."))
    return section(
        "calls", title, token_plot(calls), table(calls_table(calls), "Model calls", _CALLS)
    )


def _breakdown(record: RunRecord) -> Markup:
    """Return what every scorer said, under the published names."""
    if record.axes is None:
        return Markup("")
    axes = shown_values(axes_to_json(record.axes), record, "composite")
    ours = None
    if record.preview is not None:
        kept = shown_values(preview_to_json(record.preview), record, "cost_aware")
        ours = fold("Ours, beside it", values(kept))
    parts = (fold(tag("code", name), values(value), opened=True) for name, value in axes.items())
    return section("breakdown", "Scorer breakdown", *parts, ours)


def _identity(record: RunRecord) -> Markup:
    written = record_to_json(record)
    return section(
        "identity",
        "Identity, timing and versions",
        values(written["identity"]),
        tag("h3", "Timing"),
        values(written["timing"]),
        tag("h3", "Versions"),
        values(written["versions"]),
    )

"""The long form: what every scorer said, the spans, the model calls and what held the box."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.text import Text

from cab_check.clock import timestamp
from cab_check.record import NOT_OBSERVED
from cab_check.report.layout import Line, said, section
from cab_check.report.tables import Table
from cab_check.report.wording import UNKNOWN, counted
from cab_check.scorers.axes import axes_to_json, preview_to_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from cab_check.record import IsolationRecord, ModelCallRecord, RunRecord
    from cab_check.sandbox.box import Means
    from cab_check.store import Run
    from cab_check.trace import Span

_AXIS = 17
_HASH = 12
_LONGEST = 200


def breakdown(run: Run) -> Iterator[RenderableType]:
    """Yield the long form's parts, each opened by its own heading."""
    record = run.record
    if record.axes is not None:
        yield from _heading("Scorer breakdown")
        yield from _values(shown_values(axes_to_json(record.axes), record, "composite"))
    if record.preview is not None:
        yield from _heading("Ours, beside it")
        yield from _values(shown_values(preview_to_json(record.preview), record, "cost_aware"))
    yield from _heading(f"Trace spans ({len(run.spans)})")
    if run.spans:
        yield _spans(run.spans)
    yield from _heading(f"Model calls ({len(record.model_calls)})")
    if record.model_calls:
        yield calls_table(record.model_calls)
    if record.accommodations:
        yield from _heading("Accommodations")
        for entry in record.accommodations:
            yield Line(said(f" {entry.name} "), said(f"first at {entry.first_at}"))
    if record.isolation is not None:
        yield from _heading("Isolation")
        yield from receipt(record.isolation)


def compact(value: object) -> str:
    """Return JSON as the cell pages print it: on one line, without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _heading(text: str) -> Iterator[RenderableType]:
    yield Text("")
    yield Line(Text(f" {text}", style="bold"), Text(""))


def shown_values(values: dict[str, object], record: RunRecord, key: str) -> Mapping[str, object]:
    """Leave a composite out where the cell was not scored."""
    return values if record.scored else {k: v for k, v in values.items() if k != key}


def _values(parts: Mapping[str, object]) -> Iterator[RenderableType]:
    for name, value in parts.items():
        label = Text(f" {name}".ljust(_AXIS) + " ")
        if isinstance(value, dict):
            yield Line(label, Text(", ".join(value), style="dim"))
            label = Text(" " * len(label))
        yield Line(label, said(compact(value)))


def _spans(spans: Sequence[Span]) -> Table:
    depth = depths(spans)
    rows = tuple(
        (
            f"{span.start_ms:,.0f}",
            f"{span.duration_ms:,.0f}",
            f"{'↳ ' * depth[span.id]}{span.kind}",
            span.name,
        )
        for span in spans
    )
    notes = tuple(attributes(span) for span in spans)
    return Table(("At ms", "For ms", "Kind", "Name"), rows, "rrll", notes)


def attributes(span: Span) -> str:
    """Return a span's attributes; a long text is cut, for it may be a whole file."""
    short = {name: short_value(value) for name, value in span.attributes.items()}
    parts = [compact(short)] if short else []
    return " ".join([*parts, f"error: {span.error}"] if span.error else parts)


def short_value(value: object) -> object:
    """Return an attribute's value, a long text cut and the cut said."""
    if not isinstance(value, str) or len(value) <= _LONGEST:
        return value
    return f"{value[:_LONGEST]}… ({len(value):,} characters, whole in trace.jsonl)"


def depths(spans: Sequence[Span]) -> dict[str, int]:
    """Count each span's ancestors; a parent that was never written counts as none."""
    parents = {span.id: span.parent for span in spans}
    found = {}
    for span in spans:
        seen = {span.id}
        parent = span.parent
        while parent in parents and parent not in seen:
            seen.add(parent)
            parent = parents[parent]
        found[span.id] = len(seen) - 1
    return found


def calls_table(calls: Sequence[ModelCallRecord]) -> Table:
    """Return the model calls, one row each."""
    rows = [
        (
            str(number),
            timestamp(call.started_at)[11:23],
            call.request_sha256[:_HASH],
            _known(call.prompt_tokens),
            _known(call.completion_tokens),
            _known(call.latency_ms),
            _known(call.first_token_ms),
            str(call.attempts),
            call.finish_reason or call.error or UNKNOWN,
        )
        for number, call in enumerate(calls, 1)
    ]
    heads = ("#", "At (UTC)", "Request", "In", "Out", "ms", "First", "Tries", "Finish")
    return Table(heads, tuple(rows), "rllrrrrrl")


def _known(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:,.0f}"


def receipt(isolation: IsolationRecord) -> Iterator[RenderableType]:
    """Yield what held the box, layer by layer, and what it lacked."""
    held = isolation.receipt
    yield section("Level", said(held.level))
    for name, sentences in (
        ("Layers", held.layers),
        ("Weaker", held.weaker_than_full),
        ("Refused", isolation.refused),
        ("Means", () if held.means is None else (" · ".join(_means(held.means)),)),
    ):
        for number, sentence in enumerate(sentences):
            yield section("" if number else name, said(sentence))
    ran = counted(held.commands, "command")
    kept_out = counted(held.withheld, "variable")
    ended = f"{held.left_behind} left behind, found and ended"
    yield section("Ran", said(f"{ran} · {kept_out} of the environment withheld · {ended}"))
    yield from _doings(isolation)
    yield section("Python", said(held.python or "none"))


def _doings(isolation: IsolationRecord) -> Iterator[RenderableType]:
    """Yield what was written, and what was refused to whom, as far as that is known."""
    written = isolation.files_written
    files = UNKNOWN if written is None else counted(written, "file")
    how = "in the workspace, by comparison of before and after (links count, ignored ones do not)"
    yield section("Wrote", said(f"{files} {how}"))
    refused = isolation.tools_refused
    for number, call in enumerate(refused or (UNKNOWN if refused is None else "nothing",)):
        yield section("" if number else "Tools", said(f"refused: {call}"))
    yield section("Kernel", said(f"what it refused to commands: {NOT_OBSERVED}"))


def _means(means: Means) -> Iterator[str]:
    """Yield by which means the box was held, in few words."""
    yield f"network {means.network}"
    yield f"process list {'its own' if means.pid_ns else 'shared'}"
    abi = means.landlock_abi
    yield f"landlock {UNKNOWN if abi is None else abi or 'no'}"
    yield f"seccomp {_said(means.seccomp)}"
    yield f"watchdog {_said(means.watchdog)}"
    yield f"root {_said(means.as_root)}"


def _said(value: bool | None) -> str:  # noqa: FBT001 - the value itself is what is said
    return UNKNOWN if value is None else "yes" if value else "no"

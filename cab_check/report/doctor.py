"""An examination to look at: one line a probe, the anatomy of a stream as a bar, the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from cab_check import __version__
from cab_check.doctor.examination import Readiness
from cab_check.doctor.finding import NOTHING, Mark
from cab_check.record.types import NOTICE
from cab_check.report.flag import BANNER
from cab_check.report.layout import ROOM, Ends, Line, said
from cab_check.report.stallbar import stall_bar
from cab_check.report.wording import counted, host, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions, RenderableType

    from cab_check.doctor.anatomy import Anatomy
    from cab_check.doctor.examination import Examination
    from cab_check.doctor.finding import Cost, Finding
    from cab_check.doctor.probe import Probe

DOCTOR_SCHEMA = "cab.doctor/1"
_BLANK = Text("")
_TITLE = 19
_NARROW = 5
_MARKS = {
    Mark.PASS: ("pass", "green"),
    Mark.WARN: ("warn", "yellow"),
    Mark.FAIL: ("FAIL", "bold red"),
    Mark.SKIPPED: ("skip", "dim"),
}
_STYLES = {
    Readiness.READY: "bold green",
    Readiness.LIMITED: "bold yellow",
    Readiness.NOT_READY: "bold red",
}


@dataclass(frozen=True, slots=True)
class Fix:
    """What to do, below what was seen: as far in as that, or hardly where that leaves no room."""

    indent: int
    text: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Line]:
        indent = self.indent if options.max_width - self.indent >= ROOM else _NARROW
        yield Line(Text("→ ".rjust(indent)), self.text)


def card(examination: Examination) -> RenderableType:
    """Return what a person sees."""
    return Group(*_card(examination))


def _card(examination: Examination) -> Iterator[RenderableType]:
    yield Ends(Text(BANNER, style="bold"), said(f"cab {__version__} · doctor"))
    yield Line(Text(" "), said(f"{examination.model} @ {host(examination.url)}"))
    yield _BLANK
    for finding in examination.findings:
        if not finding.seen.blocked:
            yield from _finding(finding)
    yield from _blocked(examination)
    if examination.anatomy is not None:
        yield _BLANK
        yield from stall_bar(examination.anatomy)
    yield _BLANK
    yield from _closing(examination)


def _finding(finding: Finding) -> Iterator[RenderableType]:
    word, style = _MARKS[finding.mark]
    label = Text.assemble("   ", (word, style), "  ", finding.title.ljust(_TITLE))
    yield Line(label, said(finding.seen.evidence))
    fix = finding.seen.fix.partition("\n")[0]
    if fix and finding.mark in (Mark.WARN, Mark.FAIL):
        yield Fix(label.cell_len, said(fix))


def _blocked(examination: Examination) -> Iterator[RenderableType]:
    """Yield one line for all probes that others keep from being run."""
    names = [finding.title for finding in examination.findings if finding.seen.blocked]
    if names:
        word, style = _MARKS[Mark.SKIPPED]
        label = Text.assemble("   ", (word, style), "  ", "not examined".ljust(_TITLE))
        yield Line(label, said(", ".join(names)))


def _closing(examination: Examination) -> Iterator[RenderableType]:
    word = Text(examination.readiness.value, style=_STYLES[examination.readiness])
    marks = [finding.mark for finding in examination.findings]
    parts = [f"{marks.count(mark)} {name}" for mark, name in _COUNTED if marks.count(mark)]
    took = seconds(examination.duration_ms / 1000)
    yield Line(Text.assemble(" ", word, "   "), Text(", ".join(parts)))
    yield Line(Text(" "), Text(f"spent {_cost(examination.spent)} · took {took}"))


_COUNTED = (
    (Mark.PASS, "passed"),
    (Mark.WARN, "to look at"),
    (Mark.FAIL, "failed"),
    (Mark.SKIPPED, "left out"),
)


def _cost(cost: Cost) -> str:
    unknown = f" and {counted(cost.uncounted, 'uncounted answer')}" if cost.uncounted else ""
    return f"{counted(cost.requests, 'request')}, {counted(cost.tokens, 'token')}{unknown}"


def cost_line(probes: Sequence[Probe]) -> str:
    """Return the line that says before the first request what it may cost."""
    usual = sum((probe.usual for probe in probes), NOTHING)
    worst = sum((probe.worst for probe in probes), NOTHING)
    return (
        f"cost: at worst {_cost(worst)}; when all is well {usual.requests} requests "
        f"and at most {usual.tokens:,} tokens"
    )


def price_list(probes: Sequence[Probe], url: str, model: str) -> RenderableType:
    """Return what each probe may cost, for --dry-run."""
    return Group(*_price_list(probes, url, model))


def _price_list(probes: Sequence[Probe], url: str, model: str) -> Iterator[RenderableType]:
    yield Line(Text(" "), said(f"{model or 'the only model'} @ {host(url)} · nothing was sent"))
    yield _BLANK
    for probe in probes:
        label = Text(f"   {probe.title.ljust(_TITLE)}")
        yield Line(label, Text(f"at worst {_cost(probe.worst)}"))
    yield _BLANK
    yield Line(Text(" "), Text(cost_line(probes)))


def document(examination: Examination, probes: Sequence[Probe]) -> dict[str, object]:
    """Return the one document of `cab doctor --json`."""
    worst = sum((probe.worst for probe in probes), NOTHING)
    return {
        **_head(examination.url, examination.model),
        "exit_code": int(examination.exit_code),
        "error": None,
        "dry_run": False,
        "verdict": examination.readiness.value,
        "duration_ms": round(examination.duration_ms, 3),
        "worst_case": _cost_json(worst),
        "spent": _cost_json(examination.spent),
        "probes": [_finding_json(finding) for finding in examination.findings],
        "anatomy": None if examination.anatomy is None else _anatomy_json(examination.anatomy),
    }


def plan_document(probes: Sequence[Probe], url: str, model: str) -> dict[str, object]:
    """Return the one document of `cab doctor --dry-run --json`: what it may cost."""
    worst = sum((probe.worst for probe in probes), NOTHING)
    return {
        **_head(url, model or None),
        "exit_code": 0,
        "error": None,
        "dry_run": True,
        "verdict": None,
        "duration_ms": None,
        "worst_case": _cost_json(worst),
        "spent": _cost_json(NOTHING),
        "probes": [
            {"name": probe.name, "title": probe.title, "worst_case": _cost_json(probe.worst)}
            for probe in probes
        ],
        "anatomy": None,
    }


def _head(url: str, model: str | None) -> dict[str, object]:
    return {
        "schema": DOCTOR_SCHEMA,
        "provisional": True,
        "notice": NOTICE,
        "endpoint": url,
        "model": model,
    }


def _cost_json(cost: Cost) -> dict[str, object]:
    return {
        "requests": cost.requests,
        "tokens": cost.tokens,
        "uncounted_answers": cost.uncounted,
    }


def _finding_json(finding: Finding) -> dict[str, object]:
    return {
        "name": finding.name,
        "title": finding.title,
        "outcome": finding.mark.value,
        "evidence": finding.seen.evidence,
        "fix": finding.seen.fix or None,
        "spent": _cost_json(finding.spent),
        "duration_ms": round(finding.duration_ms, 3),
    }


def _anatomy_json(anatomy: Anatomy) -> dict[str, object]:
    stages = anatomy.stages
    speed = anatomy.tokens_per_s
    return {
        "dns_ms": _rounded(stages.dns_ms),
        "tcp_ms": _rounded(stages.tcp_ms),
        "tls_ms": _rounded(stages.tls_ms),
        "headers_ms": _rounded(anatomy.headers_ms),
        "first_event_ms": _rounded(anatomy.first_event_ms),
        "first_reasoning_ms": _rounded(anatomy.first_reasoning_ms),
        "first_content_ms": _rounded(anatomy.first_content_ms),
        "longest_silence_ms": _rounded(anatomy.silence_ms),
        "longest_silence_from_ms": _rounded(anatomy.silence_from_ms),
        "end_ms": _rounded(anatomy.end_ms),
        "events": anatomy.events,
        "completion_tokens": anatomy.completion_tokens,
        "tokens_per_s": _rounded(speed),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)

"""JUnit XML for CI: a suite a task, a case a repeat; the endpoint's fault is no test's failure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cab_check.report.figures import figures
from cab_check.report.flag import flag, sweep_flag
from cab_check.report.repeats import several_hosts, who
from cab_check.report.wording import blame, ending, host
from cab_check.report.xmltext import quoted, xml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cab_check.record import RunRecord, Sweep
    from cab_check.report.flag import Flag
    from cab_check.store import Run


def render(run: Run) -> str:
    """Return the document of one run."""
    return render_many((run,))


def render_many(runs: Sequence[Run], sweep: Sweep | None = None) -> str:
    """Return the document of a sweep; whether it is there whole, and its gates, are cases too.

    A cell that was not scored is an `error` with its fault as type, never a pass and never skipped,
    whoever's fault it was; a model's failure is a `failure`. Elements and attributes are those that
    Jenkins' schema knows, in its order.
    """
    tasks: dict[str, list[Run]] = {}
    for run in runs:
        tasks.setdefault(run.record.identity.task, []).append(run)
    carried = flag([run.record for run in runs]) if sweep is None else sweep_flag(sweep.record)
    own = () if sweep is None else tuple(_own_cases(sweep))
    name = f"cab-check, {carried.banner}"
    if sweep is not None and sweep.extent.partial:
        name += f", {sweep.extent.words}, a part of a sweep"
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f"<testsuites{_counts(runs, own)} name={quoted(name)}>")
    if sweep is not None:
        lines += _own_suite(sweep, own)
    for task, members in tasks.items():
        lines += _suite(task, members)
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class _Own:
    """A case that is no cell: `failure`, `error`, `skipped` or, passed, empty; and what is said."""

    name: str
    element: str
    said: str


def _own_cases(sweep: Sweep) -> Iterator[_Own]:
    """Yield a case for what is there of the sweep, an error where cells are missing; its gates."""
    extent = sweep.extent
    yield _Own(
        "cells of the plan",
        "error" if extent.there < extent.planned else "",
        extent.sentence or extent.words,
    )
    for gate in sweep.record.gates:
        element = {True: "", False: "failure", None: "skipped"}[gate.passed]
        yield _Own(gate.name, element, gate.reason)


def _own_suite(sweep: Sweep, cases: Sequence[_Own]) -> Iterator[str]:
    carried = sweep_flag(sweep.record)
    started = sweep.record.started_at.strftime("%Y-%m-%dT%H:%M:%S")
    skipped = sum(case.element == "skipped" for case in cases)
    head = f'{_counts((), cases)} skipped="{skipped}" name="sweep"'
    yield f"<testsuite{head} timestamp={quoted(started)}>"
    yield "<properties>"
    for name, value in (
        *_flagged(carried), ("sweep", sweep.record.sweep_id), ("cells", sweep.extent.words),
    ):  # fmt: skip
        yield f"<property name={quoted(name)} value={quoted(value)}/>"
    yield "</properties>"
    for case in cases:
        yield f'<testcase name={quoted(case.name)} classname="sweep" time="0.000">'
        if case.element == "skipped":
            yield f"<skipped message={quoted(case.said)}/>"
        elif case.element:
            said = quoted(case.said)
            yield f'<{case.element} type="sweep" message={said}>{xml(case.said)}</{case.element}>'
        yield f"<system-out>{xml(case.said)}</system-out>"
        yield "</testcase>"
    yield f"<system-out>{xml(carried.sentence)}</system-out>"
    yield "</testsuite>"


def _suite(task: str, runs: Sequence[Run]) -> Iterator[str]:
    records = [run.record for run in runs]
    # the schema that most readers hold to has no place for a zone: it is UTC
    started = min(record.timing.started_at for record in records).strftime("%Y-%m-%dT%H:%M:%S")
    skipped = ' skipped="0"'
    counts = _counts(runs)
    yield f"<testsuite{counts}{skipped} name={quoted(task)} timestamp={quoted(started)}>"
    yield "<properties>"
    for name, value in _properties(records, flag(records)):
        yield f"<property name={quoted(name)} value={quoted(value)}/>"
    yield "</properties>"
    hosts = several_hosts(records)
    for run in runs:
        yield from _case(run, hosts=hosts)
    yield f"<system-out>{xml(flag(records).sentence)}</system-out>"
    yield "</testsuite>"


def _properties(records: Sequence[RunRecord], carried: Flag) -> Iterator[tuple[str, str]]:
    yield from _flagged(carried)
    for name, values in (
        ("model", [record.identity.model for record in records]),
        ("endpoint", [host(record.identity.endpoint) for record in records]),
        ("sweep", [record.identity.sweep_id for record in records]),
    ):
        yield name, ", ".join(dict.fromkeys(values))


def _flagged(carried: Flag) -> Iterator[tuple[str, str]]:
    yield from (("provisional", "true"), ("citable", "false"), ("notice", carried.notice))
    yield from (("reason", carried.reason), ("versions", carried.versions))


def _case(run: Run, *, hosts: bool) -> Iterator[str]:
    record = run.record
    identity = record.identity
    name = f"{who(record, hosts=hosts)} #{identity.repeat}"
    if identity.seed is not None:
        name += f" seed {identity.seed}"
    head = f"name={quoted(name)} classname={quoted(identity.task.replace('/', '.'))}"
    yield f'<testcase {head} time="{record.timing.duration_s:.3f}">'
    if not record.passed:
        element = "failure" if record.scored else "error"
        kind, said = quoted(str(record.verdict.fault)), quoted(blame(record))
        advice = record.verdict.hint.partition("\n")[0]  # what follows names files of this machine
        text = xml("\n".join(filter(None, (blame(record), advice))))
        yield f"<{element} type={kind} message={said}>{text}</{element}>"
    yield f"<system-out>{xml(_figures(run))}</system-out>"
    yield "</testcase>"


def _figures(run: Run) -> str:
    record = run.record
    lines = [flag((record,)).banner]
    if record.scored:
        lines.append(ending(record))
        lines += [f"{row.name}: {row.value.plain} {row.note.plain}".strip() for row in figures(run)]
    if run.directory is not None:
        lines.append(f"run {run.directory.name}")
    return "\n".join(lines)


def _counts(runs: Sequence[Run], own: Sequence[_Own] = ()) -> str:
    records = [run.record for run in runs]
    failures = sum(record.scored and not record.passed for record in records)
    failures += sum(case.element == "failure" for case in own)
    errors = sum(not record.scored for record in records)
    errors += sum(case.element == "error" for case in own)
    time = sum(record.timing.duration_s for record in records)
    tests = len(records) + len(own)
    return f' tests="{tests}" failures="{failures}" errors="{errors}" time="{time:.3f}"'

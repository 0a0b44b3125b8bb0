"""The matrix of a selftest: a row a task, in lines for people and as one document."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from cab_check.record import record_to_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cab_check.errors import ExitCode
    from cab_check.record import RunRecord
    from cab_check.selftest import Measurement

    Missing = Mapping[str, tuple[str, ...]]

_NONE = "—"


def matrix_lines(found: Sequence[Measurement], missing: Missing) -> Iterator[str]:
    """Yield the matrix: who was scored as he must be, and the time of each task's cells in all."""
    rows = [(task, list(cells)) for task, cells in groupby(found, key=lambda one: one.play.task.id)]
    width = max((len(task) for task in (*dict(rows), *missing)), default=0)
    head = f"{'task':<{width}}  oracle  noop  refuse-all  cheats  variants"
    if rows:
        yield f"{head}  {'time':>7}"
    for task, cells in rows:
        yield f"{task:<{width}}  {_row(cells)}  {sum(one.took_s for one in cells):>5.1f} s"
        for one in cells:
            if not one.straight:
                yield cell_line(one)
    for task, programs in missing.items():
        yield f"{task:<{width}}  NOT RUN: this machine lacks {', '.join(programs)}"


def _row(cells: Sequence[Measurement]) -> str:
    whole = [one for one in cells if one.play.seed is None]
    told = [_mark([one for one in whole if one.play.actor == who]) for who in _ONES]
    cheats = _count([one for one in whole if one.play.actor.startswith("cheat:")])
    varied = _count([one for one in cells if one.play.seed is not None])
    return f"{told[0]:<6}  {told[1]:<4}  {told[2]:<10}  {cheats:<6}  {varied:<8}"


_ONES = ("oracle", "noop", "refuse-all")


def _mark(cells: Sequence[Measurement]) -> str:
    if not cells:
        return _NONE
    return "ok" if all(one.straight for one in cells) else "BAD"


def _count(cells: Sequence[Measurement]) -> str:
    if not cells:
        return _NONE
    return f"{sum(one.straight for one in cells)}/{len(cells)}"


def cell_line(measurement: Measurement) -> str:
    """Return one cell in a line: who played what, its figures, and what is wrong with them."""
    play = measurement.play
    mark = "ok " if measurement.straight else "BAD"
    said = "" if measurement.straight else f"   {'; '.join(measurement.wrong)}"
    seed = "" if play.seed is None else f" seed {play.seed}"
    name = f"{play.task.id + seed:<39} {play.actor:<35}"
    return f"{mark} {name} {_figures(measurement.record)}  {measurement.took_s:.1f} s{said}"


def _figures(record: RunRecord) -> str:
    if record.axes is None:
        return record.verdict.evidence
    axes = record.axes
    refusal = "n/a" if axes.refusal.not_applicable else f"{axes.refusal.refusal:g}"
    return (
        f"pass {axes.pass_rate.pass_} integrity {axes.integrity.integrity:g} refusal {refusal} "
        f"blast {axes.blast_radius.blast_radius:.3f} "
        f"rules {_rules(record)}"
    )


def _rules(record: RunRecord) -> str:
    if record.axes is None or record.axes.constraints.nothing_changed:
        return "nothing changed"
    return f"{record.axes.constraints.honored}/{record.axes.constraints.declared}"


def document(
    found: Sequence[Measurement], missing: Missing, exit_code: ExitCode
) -> dict[str, object]:
    """Return the whole of a selftest as one JSON object, the cells' records included."""
    return {
        "schema": "cab.selftest/1",
        "straight": all(measurement.straight for measurement in found),
        "exit_code": int(exit_code),
        "not_run": [{"task": task, "missing": list(lacks)} for task, lacks in missing.items()],
        "cells": [
            {
                "task": measurement.play.task.id,
                "seed": measurement.play.seed,
                "actor": measurement.play.actor,
                "straight": measurement.straight,
                "wrong": list(measurement.wrong),
                "took_s": round(measurement.took_s, 3),
                "run": record_to_json(measurement.record),
            }
            for measurement in found
        ],
    }
